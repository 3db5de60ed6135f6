using System;
using System.Runtime.InteropServices;
using Rideau.Kernel.Abi;

namespace Rideau.Kernel.Calls;

/// <summary>struct pollfd: what is waited for on one descriptor, and what came.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct PollEntry
{
    /// <summary>The descriptor; -1 is passed over.</summary>
    public int Descriptor;

    /// <summary>POLLIN (1), POLLOUT (4).</summary>
    public short Wanted;

    /// <summary>The same, and POLLERR (8), POLLHUP (16), POLLNVAL (32).</summary>
    public short Came;
}

/// <summary>Waiting for several descriptors. man: poll(2) · runs in: caller</summary>
public static unsafe class Polling
{
    public const short POLLIN = 1;
    public const short POLLPRI = 2;
    public const short POLLOUT = 4;
    public const short POLLERR = 8;
    public const short POLLHUP = 16;

    /// <summary>Waits until something came, or the time ran out.</summary>
    /// <param name="entries">The descriptors.</param>
    /// <param name="timeoutMilliseconds">-1 waits without a limit. Time that an interruption took is not given back.</param>
    /// <returns>How many entries something came for; 0 after the time.</returns>
    public static int Wait(Span<PollEntry> entries, int timeoutMilliseconds)
    {
        nint* limit = stackalloc nint[2];
        limit[0] = timeoutMilliseconds / 1000;
        limit[1] = timeoutMilliseconds % 1000 * 1000000;
        fixed (PollEntry* first = entries)
        {
            return (int)Syscalls.Check(
                Syscalls.Retry(SyscallNumber.ppoll, (nint)first, entries.Length, timeoutMilliseconds < 0 ? 0 : (nint)limit, 0, 8),
                "ppoll");
        }
    }
}
