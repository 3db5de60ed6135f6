using System;
using System.Buffers.Binary;
using System.Buffers.Text;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Handles;
using Rideau.Kernel.Raw;

namespace Rideau.Kernel.Calls;

/// <summary>Signals read from a descriptor. man: signalfd(2), signal(7) · runs in: caller</summary>
public static unsafe class Signals
{
    public const int SIGHUP = 1;
    public const int SIGINT = 2;
    public const int SIGKILL = 9;
    public const int SIGPIPE = 13;
    public const int SIGTERM = 15;
    public const int SIGCHLD = 17;
    public const int SIGTSTP = 20;
    public const int SIGWINCH = 28;

    /// <summary>The mask of those by which people end a program: SIGHUP, SIGINT, SIGQUIT, SIGTERM.</summary>
    public const ulong Ending = (1UL << (SIGHUP - 1)) | (1UL << (SIGINT - 1)) | (1UL << 2) | (1UL << (SIGTERM - 1));

    private const int InformationBytes = 128; // struct signalfd_siginfo

    /// <summary>A descriptor of the blocked signals below the real-time ones; without O_NONBLOCK unless asked.</summary>
    public static OwnedFd Open(ulong mask) =>
        new((int)Syscalls.Check(RawSyscall.Invoke(SyscallNumber.signalfd4, -1, (nint)(&mask), 8, Fcntl.O_CLOEXEC | Fcntl.O_NONBLOCK), "signalfd4"));

    /// <summary>The next signal, or 0 where none waits.</summary>
    public static int Next(OwnedFd signals) => Next(signals, out _);

    /// <summary>The next signal, or 0 where none waits.</summary>
    /// <param name="signals">As opened here.</param>
    /// <param name="ofKernel">True where no process sent it: a key on the terminal, its hang-up, a child's end.</param>
    public static int Next(OwnedFd signals, out bool ofKernel)
    {
        // struct signalfd_siginfo: the signal, the errno, the code, of four bytes each. SI_USER is 0, SI_QUEUE and the like are negative.
        byte* information = stackalloc byte[InformationBytes];
        nint got = Syscalls.Retry(SyscallNumber.read, signals.Number, (nint)information, InformationBytes);
        ofKernel = got == InformationBytes && *(int*)(information + 8) > 0;
        return got == InformationBytes ? BinaryPrimitives.ReadInt32LittleEndian(new ReadOnlySpan<byte>(information, 4)) : 0;
    }

    /// <summary>Blocks signals in the calling thread; in the published program the entry has done it for all threads.</summary>
    public static void Block(ulong mask) =>
        Syscalls.Check(RawSyscall.Invoke(SyscallNumber.rt_sigprocmask, 0, (nint)(&mask), 0, 8), "rt_sigprocmask");

    /// <summary>The signals that this process ignores; all, where /proc does not say it.</summary>
    /// <returns>Bit n - 1 stands for signal n. man: proc_pid_status(5)</returns>
    public static ulong Ignored()
    {
        Span<byte> buffer = stackalloc byte[4096];
        int length = 0;
        if (Files.TryOpen("/proc/self/status", Fcntl.O_RDONLY, out OwnedFd? status) == 0 && status is not null)
        {
            using (status)
            {
                length = Math.Max(0, Files.TryReadSome(status.Number, buffer));
            }
        }

        ReadOnlySpan<byte> name = "\nSigIgn:\t"u8;
        int at = buffer[..length].IndexOf(name);
        return at >= 0 && Utf8Parser.TryParse(buffer[(at + name.Length)..length], out ulong ignored, out _, 'x') ? ignored : ulong.MaxValue;
    }

    /// <summary>Stops this process, until somebody continues it.</summary>
    public static void StopSelf() => _ = RawSyscall.Invoke(SyscallNumber.kill, RawSyscall.Invoke(SyscallNumber.getpid), 19); // ignored: SIGSTOP cannot fail

    /// <summary>Sends a signal to every process of a group.</summary>
    /// <returns>0, or the positive errno.</returns>
    public static int TrySendToGroup(int group, int signal) => (int)-RawSyscall.Invoke(SyscallNumber.kill, -group, signal);

    /// <summary>Processes whose parents have ended become the caller's children (prctl PR_SET_CHILD_SUBREAPER, kernel 3.4).</summary>
    public static void BecomeSubreaper() =>
        Syscalls.Check(RawSyscall.Invoke(SyscallNumber.prctl, Prctl.PR_SET_CHILD_SUBREAPER, 1), "prctl", "PR_SET_CHILD_SUBREAPER, 1");

    /// <summary>Collects every child that has ended, but one.</summary>
    public static void ReapAllBut(int pid)
    {
        int* information = stackalloc int[32];
        while (true)
        {
            // Look without collecting first (WNOWAIT), because one child is to stay.
            information[0] = 0;
            nint result = RawSyscall.Invoke(SyscallNumber.waitid, 0, 0, (nint)information, 0x1000005, 0); // P_ALL, WEXITED|WNOHANG|WNOWAIT
            int found = information[4]; // siginfo_t of 64-bit architectures: signo, errno, code, padding, pid
            if (result < 0 || information[0] != SIGCHLD || found == pid)
            {
                return;
            }

            if (RawSyscall.Invoke(SyscallNumber.waitid, 1, found, (nint)information, 5, 0) < 0) // P_PID, WEXITED|WNOHANG
            {
                return;
            }
        }
    }
}
