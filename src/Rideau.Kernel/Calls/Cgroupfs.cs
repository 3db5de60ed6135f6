using System;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Handles;
using Rideau.Kernel.Raw;

namespace Rideau.Kernel.Calls;

/// <summary>What cgroup files need beside <see cref="Files"/>.</summary>
/// <remarks>man: cgroups(7), poll(2), kill(2) · runs in: caller</remarks>
public static unsafe class Cgroupfs
{
    /// <summary>Reads a short file of a cgroup in one read(2).</summary>
    /// <returns>The bytes that were read, or the negative errno.</returns>
    public static int TryReadOnce(string path, Span<byte> buffer, OwnedFd? directory = null)
    {
        int errno = Files.TryOpen(path, Fcntl.O_RDONLY, out OwnedFd? fd, 0, directory);
        if (fd is null)
        {
            return -errno;
        }

        using (fd)
        {
            fixed (byte* pointer = buffer)
            {
                return (int)Syscalls.Retry(SyscallNumber.read, fd.Number, (nint)pointer, buffer.Length);
            }
        }
    }

    /// <summary>Waits until cgroup.events has changed since it was last read from its beginning (POLLPRI).</summary>
    public static void WaitForChange(OwnedFd events, int timeoutMilliseconds) => Wait(events.Number, timeoutMilliseconds);

    /// <summary>Waits, where the kernel has no event to wait for.</summary>
    public static void Pause(int milliseconds) => Wait(-1, milliseconds);

    /// <summary>Reads again from the beginning: what arms the next <see cref="WaitForChange"/>.</summary>
    /// <returns>The bytes that were read, or the negative errno: ENODEV when the cgroup is gone.</returns>
    public static int TryReread(OwnedFd file, Span<byte> buffer)
    {
        fixed (byte* pointer = buffer)
        {
            return (int)Syscalls.Retry(SyscallNumber.pread64, file.Number, (nint)pointer, buffer.Length, 0);
        }
    }

    /// <summary>Sends a signal to a process by its number.</summary>
    /// <returns>0, or the positive errno: ESRCH, EPERM.</returns>
    public static int TrySignal(int pid, int signal) => (int)-RawSyscall.Invoke(SyscallNumber.kill, pid, signal);

    private static void Wait(int descriptor, int timeoutMilliseconds)
    {
        // struct pollfd: the descriptor (a negative one is passed over), POLLPRI, what came.
        ulong poll = (uint)descriptor | (2UL << 32);
        nint* limit = stackalloc nint[2];
        limit[0] = timeoutMilliseconds / 1000;
        limit[1] = timeoutMilliseconds % 1000 * 1000000;
        _ = RawSyscall.Invoke(SyscallNumber.ppoll, (nint)(&poll), 1, (nint)limit, 0, 8); // ignored: the caller looks again either way
    }
}
