using Rideau.Kernel.Abi;
using Rideau.Kernel.Handles;

namespace Rideau.Kernel.Calls;

/// <summary>Bytes that go from one descriptor to another inside the kernel, by a pipe. man: splice(2), pipe(7) · runs in: caller</summary>
public static class Splicing
{
    /// <summary>Moves bytes without waiting. One of the two is a pipe.</summary>
    /// <returns>How many; 0 at the end of file; the negative errno: EAGAIN where there is nothing, or no room.</returns>
    public static int TryMove(OwnedFd from, OwnedFd to, int limitBytes) =>
        (int)Syscalls.Retry(SyscallNumber.splice, from.Number, 0, to.Number, 0, limitBytes, Epoll.SPLICE_F_MOVE | Epoll.SPLICE_F_NONBLOCK);

    /// <summary>A pipe that does not block, with room for so many bytes, or for what the kernel allows the user.</summary>
    /// <returns>0, or the positive errno: EMFILE, ENFILE.</returns>
    public static unsafe int TryPipe(int bytes, out OwnedFd? read, out OwnedFd? write)
    {
        int* ends = stackalloc int[2];
        nint result = Raw.RawSyscall.Invoke(SyscallNumber.pipe2, (nint)ends, Fcntl.O_CLOEXEC | Fcntl.O_NONBLOCK);
        read = result >= 0 ? new OwnedFd(ends[0]) : null;
        write = result >= 0 ? new OwnedFd(ends[1]) : null;
        if (write is not null)
        {
            _ = Raw.RawSyscall.Invoke(SyscallNumber.fcntl, write.Number, Epoll.F_SETPIPE_SZ, bytes); // ignored: a smaller one does the same work in more steps
        }

        return (int)(result < 0 ? -result : 0);
    }
}
