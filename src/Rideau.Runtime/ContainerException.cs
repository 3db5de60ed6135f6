using System;

namespace Rideau.Runtime;

/// <summary>What kind of failure it is; the program maps it to an exit status.</summary>
public enum FailureCode
{
    /// <summary>Anything that has no code of its own.</summary>
    General,
    /// <summary>The request or its configuration is wrong.</summary>
    InvalidArgument,
    /// <summary>No container has that id.</summary>
    NotFound,
    /// <summary>The id is taken.</summary>
    AlreadyExists,
    /// <summary>The container is not in the state that the verb needs.</summary>
    WrongState,
    /// <summary>The command was found and cannot be executed (126 where the field has it).</summary>
    CannotExecute,
    /// <summary>The command was not found (127 where the field has it).</summary>
    CommandNotFound,
    /// <summary>This kernel, or this machine's set-up, cannot do it.</summary>
    NotSupported,
}

/// <summary>An operation on a container failed. Made where it is known what was being attempted; printed once, by the program.</summary>
/// <param name="message">Lower case, "cannot VERB OBJECT: REASON", names quoted, no full stop.</param>
/// <param name="code">What kind of failure.</param>
/// <param name="hint">What to do about it, or null.</param>
/// <param name="inner">The cause.</param>
public sealed class ContainerException(string message, FailureCode code = FailureCode.General, string? hint = null, Exception? inner = null)
    : Exception(message, inner)
{
    public FailureCode Code { get; } = code;

    /// <summary>What to do, as a sentence in lower case; printed behind "hint: ".</summary>
    public string? Hint { get; } = hint;

    /// <summary>What to do about a call that failed and that nobody has put in words of his own; null where nothing better than the errno is known.</summary>
    public static string? HintFor(Kernel.LinuxException failure)
    {
        ArgumentNullException.ThrowIfNull(failure);
        return ErrorHints.Find(failure.Operation, failure.Errno);
    }
}
