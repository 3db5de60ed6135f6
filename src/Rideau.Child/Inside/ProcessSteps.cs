// RUNS IN: child of clone3, no GC
using System.Runtime.CompilerServices;
using Rideau.Child.Contract;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Raw;

namespace Rideau.Child.Inside;

/// <summary>Programs: looking for one, and running a hook.</summary>
[SkipLocalsInit] // clearing what stackalloc gives is a call into the runtime
internal static unsafe class ProcessSteps
{
    /// <summary>The address of the first candidate that is a file and may be executed; EACCES before EISDIR before ENOENT where none is.</summary>
    internal static nint FindExecutable(byte* candidates, nint count)
    {
        nint failure = -Errno.ENOENT;
        byte* candidate = candidates;
        for (nint i = 0; i < count; i++)
        {
            nint result = IsDirectory(candidate);
            if (result > 0)
            {
                failure = failure == -Errno.EACCES ? failure : -Errno.EISDIR;
            }
            else if (result == 0)
            {
                result = MayExecute(candidate);
                if (result >= 0)
                {
                    return (nint)candidate;
                }
            }

            if (result < 0 && result != -Errno.ENOENT && (result != -Errno.ENOTDIR || failure == -Errno.ENOENT))
            {
                failure = result;
            }

            while (*candidate != 0)
            {
                candidate++;
            }

            candidate++;
        }

        return failure;
    }

    /// <summary>1 for a directory, 0 for anything else that is there.</summary>
    /// <remarks>Without no_new_privs the container's filter is on already, and it may be older than statx(2).</remarks>
    private static nint IsDirectory(byte* path)
    {
        statx_buffer status;
        nint result = RawSyscall.Retry(SyscallNumber.statx, Fcntl.AT_FDCWD, (nint)path, 0, 1, (nint)(&status));
        if (result >= 0)
        {
            return (status.stx_mode & Stat.S_IFMT) == Stat.S_IFDIR ? 1 : 0;
        }

        if (!IsFiltered(result))
        {
            return result;
        }

        result = RawSyscall.Invoke(SyscallNumber.openat, Fcntl.AT_FDCWD, (nint)path, Fcntl.O_PATH | Fcntl.O_DIRECTORY | Fcntl.O_CLOEXEC);
        if (result < 0)
        {
            return result == -Errno.ENOTDIR ? 0 : result;
        }

        _ = RawSyscall.Invoke(SyscallNumber.close, result); // ignored: it was open
        return 1;
    }

    /// <summary>faccessat2 with X_OK and AT_EACCESS is of kernel 5.8, and profiles are older; where the filter forbids asking at all, execve will tell.</summary>
    private static nint MayExecute(byte* path)
    {
        nint result = RawSyscall.Retry(SyscallNumber.faccessat2, Fcntl.AT_FDCWD, (nint)path, 1, 0x200);
        if (IsFiltered(result))
        {
            result = RawSyscall.Invoke(SyscallNumber.faccessat, Fcntl.AT_FDCWD, (nint)path, 1);
        }

        return IsFiltered(result) ? 0 : result;
    }

    /// <summary>Not an answer that these calls have of themselves.</summary>
    private static bool IsFiltered(nint result) => result is -Errno.ENOSYS or -Errno.EPERM;

    /// <summary>getcwd(2) gives a path that does not begin with a slash where the directory is not below the root.</summary>
    internal static nint CheckWorkingDirectory()
    {
        byte* path = stackalloc byte[4096];
        nint length = RawSyscall.Invoke(SyscallNumber.getcwd, (nint)path, 4096);
        return length < 0 ? length : *path == (byte)'/' ? 0 : -Errno.ENOENT;
    }

    /// <param name="signals">Bit n - 1 stands for signal n.</param>
    internal static nint ResetSignals(ulong signals)
    {
        // struct sigaction of all zeros is SIG_DFL.
        nint* action = stackalloc nint[4];
        action[0] = action[1] = action[2] = action[3] = 0;
        for (nint signal = 1; signals != 0; signal++, signals >>= 1)
        {
            if ((signals & 1) != 0)
            {
                _ = RawSyscall.Invoke(SyscallNumber.rt_sigaction, signal, (nint)action, 0, 8); // ignored: KILL and STOP have no other
            }
        }

        return 0;
    }

    /// <summary>Closes every descriptor from a number on but the kept ones, which ascend.</summary>
    internal static nint CloseOthers(uint first, int* kept, nint count)
    {
        nint result = 0;
        for (nint i = 0; i < count && result >= 0; i++)
        {
            uint next = (uint)kept[i];
            result = next > first ? RawSyscall.Invoke(SyscallNumber.close_range, (nint)first, (nint)(next - 1), 0) : 0;
            first = next + 1;
        }

        return result < 0 ? result : RawSyscall.Invoke(SyscallNumber.close_range, (nint)first, int.MaxValue, 0);
    }

    internal static nint FormatNumber(byte* text, nint number, nint prefixBytes)
    {
        byte* digits = stackalloc byte[20];
        int length = 0;
        do
        {
            digits[length++] = (byte)('0' + (number % 10));
            number /= 10;
        }
        while (number > 0 && length < 20);
        byte* place = text + prefixBytes;
        while (length > 0)
        {
            *place++ = digits[--length];
        }

        *place = 0;
        return 0;
    }

    /// <summary>The go-between of a join: its sibling goes on, itself ends. A pid namespace that was joined counts for children alone.</summary>
    /// <param name="namespaces">CLONE_NEW flags.</param>
    /// <param name="standsStill">It ends when the sibling has its program (CLONE_VFORK). Its memory is its own: it keeps all rights, of which the sibling, whom the container sees, lets go.</param>
    /// <param name="board">The plan's beginning.</param>
    internal static nint CloneOnward(ulong namespaces, bool standsStill, ChildBoard* board)
    {
        clone_args arguments;
        Clear(&arguments);

        // The kernel writes the sibling's pid before the sibling runs: whenever this process ends, the caller knows of both.
        arguments.flags = namespaces | (ulong)(Sched.CLONE_PARENT | Sched.CLONE_PARENT_SETTID | Sched.CLONE_CLEAR_SIGHAND);
        arguments.parent_tid = (ulong)&board->OnwardPid;
        arguments.flags |= standsStill ? (ulong)Sched.CLONE_VFORK : 0;
        nint pid = RawSyscall.Invoke(SyscallNumber.clone3, (nint)(&arguments), sizeof(clone_args));
        if (pid <= 0)
        {
            return pid;
        }

        ProcessEnd.Now(0);
        return 0; // never
    }

    /// <summary>Forks, executes, waits within the limit of time, kills what has not ended by then.</summary>
    /// <returns>0; ETIME after the limit, ECANCELED where it failed (Detail: code and status as waitid(2) gives them).</returns>
    internal static nint RunHook(HookProgram* hook, ChildBoard* board)
    {
        int pidfd = -1;
        clone_args arguments;
        Clear(&arguments);
        arguments.flags = (ulong)Sched.CLONE_PIDFD;
        arguments.pidfd = (ulong)&pidfd;
        arguments.exit_signal = 17; // SIGCHLD
        _ = RawSyscall.Invoke(SyscallNumber.lseek, hook->StandardInput, 0, 0); // ignored: a file in memory can be rewound
        nint pid = RawSyscall.Invoke(SyscallNumber.clone3, (nint)(&arguments), sizeof(clone_args));
        if (IsFiltered(pid))
        {
            // The container's filter is on already, and engines' profiles refuse clone3(2), whose flags they cannot look at.
            pid = RawSyscall.Invoke(SyscallNumber.clone, (nint)Sched.CLONE_PIDFD | 17, 0, (nint)(&pidfd), 0, 0);
        }

        if (pid < 0)
        {
            return pid;
        }

        if (pid == 0)
        {
            BecomeHook(hook);
        }

        nint result = Await(pid, pidfd, hook->TimeoutMilliseconds, board);
        _ = RawSyscall.Invoke(SyscallNumber.close, pidfd); // ignored: it was open
        return result;
    }

    private static void Clear(clone_args* arguments)
    {
        nint* words = (nint*)arguments;
        for (int i = 0; i < sizeof(clone_args) / sizeof(nint); i++)
        {
            words[i] = 0;
        }
    }

    private static void BecomeHook(HookProgram* hook)
    {
        _ = RawSyscall.Invoke(SyscallNumber.setpgid, 0, 0); // ignored: only the reach of a kill after the time limit depends on it
        nint result = RawSyscall.Invoke(SyscallNumber.dup3, hook->StandardInput, 0, 0);
        if (result >= 0 && hook->StandardOutput >= 0)
        {
            result = RawSyscall.Invoke(SyscallNumber.dup3, hook->StandardOutput, 1, 0);
        }

        if (result >= 0 && hook->StandardError >= 0)
        {
            result = RawSyscall.Invoke(SyscallNumber.dup3, hook->StandardError, 2, 0);
        }

        if (result >= 0)
        {
            ulong none = 0;
            ResetSignals(~0UL);
            _ = RawSyscall.Invoke(SyscallNumber.rt_sigprocmask, 2, (nint)(&none), 0, 8); // ignored: cannot fail with these arguments
            result = RawSyscall.Invoke(SyscallNumber.execve, (nint)hook->Path, (nint)hook->Arguments, (nint)hook->Environment);
        }

        ProcessEnd.Now(result == -Errno.ENOENT ? 127 : 126);
    }

    private static nint Await(nint pid, int pidfd, int timeoutMilliseconds, ChildBoard* board)
    {
        nint outcome = 0;
        if (timeoutMilliseconds > 0)
        {
            // struct pollfd and struct timespec. An interrupted wait begins anew; all signals are blocked here.
            nint* limit = stackalloc nint[2];
            nint waited;
            do
            {
                nint poll = pidfd | ((nint)1 << 32);
                limit[0] = timeoutMilliseconds / 1000;
                limit[1] = timeoutMilliseconds % 1000 * 1000000;
                waited = RawSyscall.Invoke(SyscallNumber.ppoll, (nint)(&poll), 1, (nint)limit, 0, 8);
            }
            while (waited == -Errno.EINTR);
            if (waited == 0)
            {
                _ = RawSyscall.Invoke(SyscallNumber.kill, -pid, 9); // ignored: the group may be gone
                _ = RawSyscall.Invoke(SyscallNumber.pidfd_send_signal, pidfd, 9, 0, 0); // ignored: likewise
                outcome = -Errno.ETIME;
            }
        }

        int* information = stackalloc int[32];
        nint result;
        do
        {
            result = RawSyscall.Invoke(SyscallNumber.waitid, 3, pidfd, (nint)information, 4, 0); // P_PIDFD, WEXITED
        }
        while (result == -Errno.EINTR);
        if (result < 0)
        {
            return result;
        }

        // siginfo_t: si_code is the third word, si_status the seventh.
        board->Detail = (information[2] << 16) | (information[6] & 0xffff);
        return outcome < 0 ? outcome : information[2] == 1 && information[6] == 0 ? 0 : -Errno.ECANCELED;
    }
}
