using Rideau.Kernel.Abi;
using Rideau.Kernel.Handles;

namespace Rideau.Kernel.Calls;

/// <summary>A counter that the kernel, or another process, raises. man: eventfd(2) · runs in: caller</summary>
public static unsafe class EventCounter
{
    /// <summary>Makes one. Reading it does not wait.</summary>
    public static OwnedFd Make() =>
        new((int)Syscalls.Check(Syscalls.Retry(SyscallNumber.eventfd2, 0, Fcntl.O_CLOEXEC | Fcntl.O_NONBLOCK), "eventfd2"));

    /// <summary>Takes the count and begins anew.</summary>
    /// <returns>The count; 0 where nothing was counted.</returns>
    public static long TryTake(OwnedFd counter)
    {
        long count = 0;
        nint result = Syscalls.Retry(SyscallNumber.read, counter.Number, (nint)(&count), sizeof(long));
        return result == sizeof(long) ? count : 0;
    }

    /// <summary>Counts one more; whoever waits for it wakes.</summary>
    public static void Raise(OwnedFd counter)
    {
        long one = 1;
        _ = Syscalls.Retry(SyscallNumber.write, counter.Number, (nint)(&one), sizeof(long)); // ignored: a full counter wakes as well
    }
}
