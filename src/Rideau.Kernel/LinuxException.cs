using System;
namespace Rideau.Kernel;

/// <summary>A system call failed.</summary>
/// <remarks>It says which call, with which arguments by name, and with which error; what was being attempted is said by whoever wraps it.</remarks>
public sealed class LinuxException : Exception
{
    /// <param name="operation">The system call as the man page spells it: "mount".</param>
    /// <param name="errno">The positive error number.</param>
    /// <param name="arguments">The arguments by name, as a person would write the call: "\"proc\", \"/proc\", nosuid|nodev". May be empty.</param>
    public LinuxException(string operation, int errno, string arguments = "")
        : base($"{operation}({arguments}) failed with {Abi.Errno.Describe(errno)}")
    {
        Operation = operation;
        Errno = errno;
        Arguments = arguments;
    }

    /// <summary>The system call.</summary>
    public string Operation { get; }

    /// <summary>The positive error number.</summary>
    public int Errno { get; }

    /// <summary>The arguments by name.</summary>
    public string Arguments { get; }
}
