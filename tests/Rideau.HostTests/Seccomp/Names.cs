namespace Rideau.HostTests.Seccomp;

/// <summary>Lists of system calls for profiles of tests.</summary>
internal static class Names
{
    /// <summary>What a runtime's child does behind its filter until the program is executed, and what a program of <see cref="SystemCallProgram"/> needs.</summary>
    internal const string ForStart = """
        "execve","write","exit","exit_group","read","openat","open","close","fcntl","recvfrom","recvmsg","sendto","sendmsg","rt_sigprocmask","rt_sigaction","rt_sigreturn","prctl","madvise",
        "mmap","munmap","futex","newfstatat","fstat","epoll_pwait","epoll_ctl","getpid","gettid","tgkill","sched_yield","nanosleep","clone","close_range","getppid","poll","ppoll","faccessat2","fstatfs","statfs","lseek","execveat","readlinkat","exit","sigaltstack","getcwd","setgid","setuid","setgroups","capset","chdir","fchdir","fchown","ioctl","umask"
        """;
}
