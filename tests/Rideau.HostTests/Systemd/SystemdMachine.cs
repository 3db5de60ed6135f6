using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Rideau.HostTests.Cgroups;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests.Systemd;

/// <summary>A machine on which systemd manages cgroup v2; elsewhere the test is skipped.</summary>
internal static class SystemdMachine
{
    public static bool IsThere => Directory.Exists("/run/systemd/system");

    public static void Require() =>
        Assert.SkipUnless(IsThere && Groups.Layout.Driver == "v2" && Environment.IsPrivilegedProcess, "needs root, and systemd as the manager of cgroup v2 alone");

    /// <summary>Properties of a unit as systemd knows them.</summary>
    public static Dictionary<string, string> Show(string unit, params string[] manager) =>
        RideauProgram.Execute("/usr/bin/systemctl", [.. manager, "show", unit]).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split('=', 2)).GroupBy(pair => pair[0]).ToDictionary(group => group.Key, group => string.Join(' ', group.Select(pair => pair[1])));

    /// <summary>A file of the group of a unit.</summary>
    public static string Read(string group, string file) => File.ReadAllText($"/sys/fs/cgroup{group}/{file}").TrimEnd('\n');

    /// <summary>Waits, at most ten seconds.</summary>
    public static bool Becomes(Func<bool> condition)
    {
        for (int tries = 0; tries < 200; tries++)
        {
            if (condition())
            {
                return true;
            }

            System.Threading.Thread.Sleep(50);
        }

        return false;
    }
}
