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

    private static ReadOnlySpan<byte> Names =>
        "CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE "u8;

    /// <summary>The number of "CAP_KILL" (any case, the prefix may be missing), or -1.</summary>
    public static int NumberOf(string name)
    {
        ReadOnlySpan<char> wanted = name.StartsWith("CAP_", StringComparison.OrdinalIgnoreCase) ? name.AsSpan(4) : name;
        ReadOnlySpan<byte> rest = Names;
        for (int number = 0; number <= Last; number++)
        {
            int length = rest.IndexOf((byte)' ');
            if (length == wanted.Length && System.Text.Ascii.EqualsIgnoreCase(rest[..length], wanted))
            {
                return number;
            }

            rest = rest[(length + 1)..];
        }

        return -1;
    }

    /// <summary>"CAP_KILL" of 5; "CAP_63" of a number without a name.</summary>
    public static string NameOf(int number)
    {
        ReadOnlySpan<byte> rest = Names;
        for (int i = 0; i < number && i <= Last; i++)
        {
            rest = rest[(rest.IndexOf((byte)' ') + 1)..];
        }

        return number > Last ? $"CAP_{number}" : "CAP_" + System.Text.Encoding.ASCII.GetString(rest[..rest.IndexOf((byte)' ')]);
    }
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
