using System;

namespace Rideau.CommandLine;

/// <summary>The command line is wrong.</summary>
/// <param name="message">What is wrong with it.</param>
/// <param name="hint">What was meant perhaps, or null.</param>
/// <param name="code">The exit status.</param>
internal sealed class UsageException(string message, string? hint = null, int code = ExitCode.Failure) : Exception(message)
{
    internal string? Hint { get; } = hint;

    internal int Code { get; } = code;
}
