using Rideau.Namespaces;
using Rideau.Runtime;

namespace Rideau;

/// <summary>What the program ends with where no process of a container says it. docs/errors.md has the same list.</summary>
internal static class ExitCode
{
    internal const int Success = 0;

    /// <summary>Any failure, wrong usage included.</summary>
    internal const int Failure = 1;

    /// <summary>No command has that name; the field's number.</summary>
    internal const int UnknownCommand = 3;

    /// <summary>A command in namespaces was found and cannot be executed; the shell's number.</summary>
    internal const int CannotExecute = 126;

    /// <summary>A command in namespaces was not found; the shell's number.</summary>
    internal const int CommandNotFound = 127;

    /// <summary>exec itself failed: told apart from a process that ends with 1.</summary>
    internal const int ExecFailure = 255;

    /// <summary>Of "enter": the same as where a command is run in namespaces alone.</summary>
    internal static int Of(FailureCode code) => code switch
    {
        FailureCode.CannotExecute => CannotExecute,
        FailureCode.CommandNotFound => CommandNotFound,
        _ => Failure,
    };

    internal static int Of(NamespaceFailure kind) => kind switch
    {
        NamespaceFailure.CannotExecute => CannotExecute,
        NamespaceFailure.CommandNotFound => CommandNotFound,
        _ => Failure,
    };
}
