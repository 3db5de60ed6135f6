using System;

namespace Rideau.Kernel.Abi;

/// <summary>uapi: linux/capability.h · man: capabilities(7).</summary>
public static class Capability
{
    public const uint _LINUX_CAPABILITY_VERSION_3 = 0x20080522;
    public const int CAP_CHOWN = 0;
    public const int CAP_SETPCAP = 8;
    public const int CAP_SYS_ADMIN = 21;
    public const int CAP_SYS_RESOURCE = 24;

    /// <summary>CAP_CHECKPOINT_RESTORE, kernel 5.9.</summary>
    public const int Last = 40;

    // In the order of their numbers. The compiler lays it out: nothing is made when the program starts.
    private static readonly string[] s_names =
    [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID", "CAP_SETUID", "CAP_SETPCAP",
        "CAP_LINUX_IMMUTABLE", "CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST", "CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_IPC_LOCK", "CAP_IPC_OWNER",
        "CAP_SYS_MODULE", "CAP_SYS_RAWIO", "CAP_SYS_CHROOT", "CAP_SYS_PTRACE", "CAP_SYS_PACCT", "CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE",
        "CAP_SYS_RESOURCE", "CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_MKNOD", "CAP_LEASE", "CAP_AUDIT_WRITE", "CAP_AUDIT_CONTROL", "CAP_SETFCAP",
        "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG", "CAP_WAKE_ALARM", "CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ", "CAP_PERFMON", "CAP_BPF",
        "CAP_CHECKPOINT_RESTORE",
    ];

    /// <summary>The number of "CAP_KILL" (any case, the prefix may be missing), or -1.</summary>
    public static int NumberOf(string name)
    {
        int number = Array.IndexOf(s_names, name);
        return number >= 0 ? number : Find(name);
    }

    private static int Find(string name) =>
        Array.FindIndex(s_names, known => known.Equals(name, StringComparison.OrdinalIgnoreCase) || known.AsSpan(4).Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>"CAP_KILL" of 5; "CAP_63" of a number without a name.</summary>
    public static string NameOf(int number) => number > Last ? $"CAP_{number}" : s_names[number];
}

/// <summary>struct __user_cap_header_struct and two __user_cap_data_struct, as capset(2) takes them.</summary>
public struct cap_user_header
{
    public uint version;
    public int pid;
}

/// <summary>Both halves of the three sets.</summary>
public struct cap_user_data
{
    public uint effective0;
    public uint permitted0;
    public uint inheritable0;
    public uint effective1;
    public uint permitted1;
    public uint inheritable1;
}
