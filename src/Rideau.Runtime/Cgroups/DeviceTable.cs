using System;
using System.Collections.Generic;
using System.Globalization;

namespace Rideau.Runtime.Cgroups;

/// <summary>The devices controller of cgroup v1 as the kernel keeps it: one answer for all devices, and exceptions from it.</summary>
internal sealed class DeviceTable
{
    private readonly List<DeviceAccessRule> _exceptions = [];

    /// <summary>What is answered otherwise.</summary>
    internal IReadOnlyList<DeviceAccessRule> Exceptions => _exceptions;

    /// <summary>The answer for what is no exception.</summary>
    internal bool AllowsByDefault { get; private set; }

    /// <summary>What the rules come to, from "all forbidden" on.</summary>
    /// <exception cref="ContainerException">A rule cuts a hole into a wider exception, which v1 cannot say.</exception>
    internal static DeviceTable Of(List<DeviceAccessRule> rules)
    {
        var table = new DeviceTable();
        foreach (DeviceAccessRule rule in rules)
        {
            table.Apply(rule);
        }

        return table;
    }

    /// <summary>The table that devices.list shows. Where all is allowed it does not show the exceptions.</summary>
    internal static DeviceTable Parse(string list)
    {
        var table = new DeviceTable();
        foreach (string line in list.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] fields = line.Split(' ', ':');
            if (fields.Length != 4 || fields[0].Length != 1)
            {
                continue;
            }

            if (fields[0] == "a")
            {
                table.AllowsByDefault = true;
                return table;
            }

            table._exceptions.Add(new DeviceAccessRule(true, fields[0][0], Number(fields[1]), Number(fields[2]), Math.Max(0, DeviceAccessRule.AccessOf(fields[3]))));
        }

        return table;
    }

    /// <summary>What to write into a new group, whatever it inherited: the file (devices.allow or not) and the text, in order.</summary>
    internal List<(bool Allow, string Text)> WritesForNew()
    {
        var writes = new List<(bool, string)>(_exceptions.Count + 1) { (AllowsByDefault, "a") };
        foreach (DeviceAccessRule exception in _exceptions)
        {
            writes.Add((!AllowsByDefault, Text(exception, exception.Access)));
        }

        return writes;
    }

    /// <summary>What to write so that the current table becomes this one, without a moment in which all is allowed, or all forbidden unless the default changes.</summary>
    internal List<(bool Allow, string Text)> WritesFrom(DeviceTable current)
    {
        // Where all is allowed the exceptions that are there are not shown; "a" clears them, and is written only if there shall be none.
        if (current.AllowsByDefault != AllowsByDefault || (AllowsByDefault && _exceptions.Count == 0))
        {
            return WritesForNew();
        }

        var writes = new List<(bool, string)>();
        foreach (DeviceAccessRule exception in _exceptions)
        {
            int missing = exception.Access & ~current.AccessOf(exception);
            if (missing != 0)
            {
                writes.Add((!AllowsByDefault, Text(exception, missing)));
            }
        }

        foreach (DeviceAccessRule exception in current._exceptions)
        {
            int stale = exception.Access & ~AccessOf(exception);
            if (stale != 0)
            {
                writes.Add((AllowsByDefault, Text(exception, stale)));
            }
        }

        return writes;
    }

    private void Apply(in DeviceAccessRule rule)
    {
        if (rule.IsTotal)
        {
            AllowsByDefault = rule.Allow;
            _exceptions.Clear();
        }
        else if (rule.Type == 'a')
        {
            // v1 takes "a" for everything whatever follows it; what is meant is said for each type.
            Apply(rule with { Type = 'c' });
            Apply(rule with { Type = 'b' });
        }
        else if (rule.Allow != AllowsByDefault)
        {
            AddException(rule);
        }
        else
        {
            RemoveException(rule);
        }
    }

    private void AddException(in DeviceAccessRule rule)
    {
        for (int i = 0; i < _exceptions.Count; i++)
        {
            if (IsSame(_exceptions[i], rule))
            {
                _exceptions[i] = rule with { Access = _exceptions[i].Access | rule.Access };
                return;
            }
        }

        _exceptions.Add(rule);
    }

    private void RemoveException(in DeviceAccessRule rule)
    {
        for (int i = _exceptions.Count - 1; i >= 0; i--)
        {
            DeviceAccessRule exception = _exceptions[i];
            bool overlaps = exception.Type == rule.Type && (exception.Access & rule.Access) != 0
                && Overlaps(exception.Major, rule.Major) && Overlaps(exception.Minor, rule.Minor);
            if (!overlaps)
            {
                continue;
            }

            if (!Covers(rule.Major, exception.Major) || !Covers(rule.Minor, exception.Minor))
            {
                throw ResourceFailure.Missing(
                    "devices",
                    $"cgroup v1 cannot {(rule.Allow ? "allow" : "forbid")} {Text(rule, rule.Access)} within {Text(exception, exception.Access)}",
                    "order the rules so that none cuts a hole into a wider one, or use cgroup v2");
            }

            int left = exception.Access & ~rule.Access;
            if (left == 0)
            {
                _exceptions.RemoveAt(i);
            }
            else
            {
                _exceptions[i] = exception with { Access = left };
            }
        }
    }

    private int AccessOf(in DeviceAccessRule device)
    {
        foreach (DeviceAccessRule exception in _exceptions)
        {
            if (IsSame(exception, device))
            {
                return exception.Access;
            }
        }

        return 0;
    }

    private static bool IsSame(in DeviceAccessRule one, in DeviceAccessRule other) =>
        one.Type == other.Type && one.Major == other.Major && one.Minor == other.Minor;

    private static bool Overlaps(long one, long other) => one < 0 || other < 0 || one == other;

    private static bool Covers(long wide, long narrow) => wide < 0 || wide == narrow;

    private static long Number(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : -1;

    private static string Text(in DeviceAccessRule rule, int access) =>
        $"{rule.Type} {(rule.Major < 0 ? "*" : rule.Major)}:{(rule.Minor < 0 ? "*" : rule.Minor)} {DeviceAccessRule.AccessText(access)}";
}
