using System;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Handles;
using Rideau.Kernel.Raw;

namespace Rideau.Kernel.Calls;

/// <summary>The settings of a terminal, as the kernel keeps them (struct termios, 36 bytes).</summary>
public sealed class TerminalSettings
{
    internal byte[] Raw { get; } = new byte[64];
}

/// <summary>Terminals. man: ioctl_tty(2), termios(3) · runs in: caller</summary>
public static unsafe class Terminals
{
    private const long TCGETS = 0x5401;
    private const long TCSETSW = 0x5403;
    private const long TIOCGWINSZ = 0x5413;
    private const long TIOCSWINSZ = 0x5414;

    /// <summary>The settings of a descriptor, or null where it is no terminal.</summary>
    public static TerminalSettings? TryGet(int descriptor)
    {
        var settings = new TerminalSettings();
        fixed (byte* raw = settings.Raw)
        {
            return RawSyscall.Invoke(SyscallNumber.ioctl, descriptor, (nint)TCGETS, (nint)raw) < 0 ? null : settings;
        }
    }

    /// <summary>Puts settings back, when what was written has gone out.</summary>
    /// <returns>0, or the positive errno.</returns>
    public static int TrySet(int descriptor, TerminalSettings settings)
    {
        fixed (byte* raw = settings.Raw)
        {
            return (int)-Syscalls.Retry(SyscallNumber.ioctl, descriptor, (nint)TCSETSW, (nint)raw);
        }
    }

    /// <summary>The same settings as cfmakeraw(3) would have them: every byte goes through as it is.</summary>
    public static TerminalSettings AsRaw(TerminalSettings settings)
    {
        var raw = new TerminalSettings();
        settings.Raw.CopyTo(raw.Raw, 0);
        Span<uint> flags = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, uint>(raw.Raw.AsSpan());
        flags[0] &= ~0x5ebu; // IGNBRK BRKINT PARMRK ISTRIP INLCR IGNCR ICRNL IXON
        flags[1] &= ~0x1u; // OPOST
        flags[2] = (flags[2] & ~0x130u) | 0x30u; // CSIZE PARENB; CS8
        flags[3] &= ~0x804bu; // ISIG ICANON ECHO ECHONL IEXTEN
        raw.Raw[17 + 6] = 1; // VMIN
        raw.Raw[17 + 5] = 0; // VTIME
        return raw;
    }

    /// <summary>Gives one terminal the size of another, if both are terminals.</summary>
    public static void CopySize(int from, OwnedFd to)
    {
        ulong size = 0;
        if (RawSyscall.Invoke(SyscallNumber.ioctl, from, (nint)TIOCGWINSZ, (nint)(&size)) >= 0)
        {
            _ = RawSyscall.Invoke(SyscallNumber.ioctl, to.Number, (nint)TIOCSWINSZ, (nint)(&size)); // ignored: only the look depends on it
        }
    }
}
