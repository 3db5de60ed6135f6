using System;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Handles;
using Rideau.Kernel.Raw;

namespace Rideau.Kernel.Calls;

/// <summary>Times as descriptors, and the clock of the boot. man: timerfd_create(2), clock_gettime(2) · runs in: caller</summary>
public static unsafe class Timers
{
    /// <summary>A descriptor that is readable when the time has come that <see cref="Set"/> gives it.</summary>
    public static OwnedFd Make() =>
        new((int)Syscalls.Check(RawSyscall.Invoke(SyscallNumber.timerfd_create, 1, Fcntl.O_CLOEXEC | Fcntl.O_NONBLOCK), "timerfd_create")); // CLOCK_MONOTONIC

    /// <summary>Sets a timer anew.</summary>
    /// <param name="timer">As made here.</param>
    /// <param name="after">From now; null for never. It comes once.</param>
    public static void Set(OwnedFd timer, TimeSpan? after)
    {
        // struct itimerspec: the interval, none, and the time; 0 would turn it off.
        long ticks = after is { } time ? Math.Max(1, time.Ticks) : 0;
        long* times = stackalloc long[] { 0, 0, ticks / TimeSpan.TicksPerSecond, ticks % TimeSpan.TicksPerSecond * 100 };
        Syscalls.Check(RawSyscall.Invoke(SyscallNumber.timerfd_settime, timer.Number, 0, (nint)times, 0), "timerfd_settime");
    }

    /// <summary>The time since the boot, with the time that the machine slept, in nanoseconds.</summary>
    public static long BootTimeNanoseconds()
    {
        long* time = stackalloc long[2];
        Syscalls.Check(RawSyscall.Invoke(SyscallNumber.clock_gettime, 7, (nint)time), "clock_gettime", "CLOCK_BOOTTIME");
        return time[0] * 1_000_000_000 + time[1];
    }
}
