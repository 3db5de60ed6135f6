using System;
using System.Collections.Generic;
using Rideau.Kernel.Abi;
using Rideau.Runtime.Spec;

namespace Rideau.Runtime.Cgroups;

/// <summary>A rule of linux.resources.devices that was checked.</summary>
/// <param name="Allow">Allowed or forbidden.</param>
/// <param name="Type">'a' (both), 'b' or 'c'.</param>
/// <param name="Major">-1: all.</param>
/// <param name="Minor">-1: all.</param>
/// <param name="Access">BPF_DEVCG_ACC_ bits.</param>
internal readonly record struct DeviceAccessRule(bool Allow, char Type, long Major, long Minor, int Access)
{
    internal const int AllAccess = Bpf.BPF_DEVCG_ACC_MKNOD | Bpf.BPF_DEVCG_ACC_READ | Bpf.BPF_DEVCG_ACC_WRITE;

    /// <summary>True for the rule that speaks of everything.</summary>
    internal bool IsTotal => Type == 'a' && Major < 0 && Minor < 0 && Access == AllAccess;

    /// <summary>The configuration's rules, and behind them those that every container has: later rules win, so that they hold after "deny all".</summary>
    internal static List<DeviceAccessRule> Of(List<DeviceRule> rules)
    {
        var result = new List<DeviceAccessRule>(rules.Count + 11);
        for (int i = 0; i < rules.Count; i++)
        {
            result.Add(Of(rules[i], i));
        }

        // What the field's runtimes allow always, whatever the configuration says: the making of any node, and these.
        Add(result, 'c', -1, -1, Bpf.BPF_DEVCG_ACC_MKNOD);
        Add(result, 'b', -1, -1, Bpf.BPF_DEVCG_ACC_MKNOD);
        Add(result, 'c', 1, 3, AllAccess); // null
        Add(result, 'c', 1, 8, AllAccess); // random
        Add(result, 'c', 1, 7, AllAccess); // full
        Add(result, 'c', 5, 0, AllAccess); // tty
        Add(result, 'c', 1, 5, AllAccess); // zero
        Add(result, 'c', 1, 9, AllAccess); // urandom
        Add(result, 'c', 136, -1, AllAccess); // pts/*
        Add(result, 'c', 5, 2, AllAccess); // ptmx
        Add(result, 'c', 10, 200, AllAccess); // net/tun
        return result;
    }

    /// <summary>"rwm" of the bits, as cgroup v1 writes them.</summary>
    internal static string AccessText(int access) => string.Concat(
        (access & Bpf.BPF_DEVCG_ACC_READ) != 0 ? "r" : "",
        (access & Bpf.BPF_DEVCG_ACC_WRITE) != 0 ? "w" : "",
        (access & Bpf.BPF_DEVCG_ACC_MKNOD) != 0 ? "m" : "");

    /// <summary>The bits of "rwm", or -1 where another letter is in it.</summary>
    internal static int AccessOf(ReadOnlySpan<char> text)
    {
        int access = 0;
        foreach (char letter in text)
        {
            int bit = letter switch
            {
                'r' => Bpf.BPF_DEVCG_ACC_READ,
                'w' => Bpf.BPF_DEVCG_ACC_WRITE,
                'm' => Bpf.BPF_DEVCG_ACC_MKNOD,
                _ => -1,
            };
            if (bit < 0)
            {
                return -1;
            }

            access |= bit;
        }

        return access;
    }

    private static void Add(List<DeviceAccessRule> rules, char type, long major, long minor, int access) =>
        rules.Add(new DeviceAccessRule(true, type, major, minor, access));

    private static DeviceAccessRule Of(DeviceRule rule, int index)
    {
        char type = rule.Type switch
        {
            null or "" or "a" => 'a',
            "b" => 'b',
            "c" or "u" => 'c',
            _ => throw ResourceFailure.Invalid("devices", $"rule {index} has the type \"{rule.Type}\", which is none of a, b, c"),
        };
        int access = AccessOf(rule.Access);
        if (access <= 0)
        {
            throw ResourceFailure.Invalid("devices", $"rule {index} has the access \"{rule.Access}\", which is not made of r, w, m");
        }

        if (rule.Major is > uint.MaxValue || rule.Minor is > uint.MaxValue)
        {
            throw ResourceFailure.Invalid("devices", $"rule {index} has a device number beyond 32 bits");
        }

        return new DeviceAccessRule(rule.Allow, type, rule.Major is { } major and >= 0 ? major : -1, rule.Minor is { } minor and >= 0 ? minor : -1, access);
    }
}
