using System;

namespace Rideau.Kernel;

/// <summary>A system call failed.</summary>
/// <remarks>It says which call, with which arguments by name, and with which error; what was being attempted is said by whoever wraps it.</remarks>
public sealed class LinuxException : Exception
{
    /// <param name="operation">The system call as the man page spells it: "mount".</param>
    /// <param name="errno">The positive error number.</param>
    /// <param name="arguments">The arguments by name, as a person would write the call: "\"proc\", \"/proc\", nosuid|nodev". May be empty.</param>
    /// <param name="stage">Where it was made, if not in the caller: "child, step 14 of 31". May be empty.</param>
    public LinuxException(string operation, int errno, string arguments = "", string stage = "")
        : base($"{operation}({arguments}) failed with {Abi.Errno.Describe(errno)}{(stage.Length == 0 ? "" : $"   [{stage}]")}")
    {
        Operation = operation;
        Errno = errno;
        Arguments = arguments;
        Stage = stage;
    }

    /// <summary>The system call.</summary>
    public string Operation { get; }

    /// <summary>The positive error number.</summary>
    public int Errno { get; }

    /// <summary>The arguments by name.</summary>
    public string Arguments { get; }

    /// <summary>Where the call was made; empty in the caller.</summary>
    public string Stage { get; }
}
