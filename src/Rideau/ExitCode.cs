namespace Rideau;

/// <summary>What the program ends with where no process of a container says it. docs/errors.md has the same list.</summary>
internal static class ExitCode
{
    internal const int Success = 0;

    /// <summary>Any failure, wrong usage included.</summary>
    internal const int Failure = 1;

    /// <summary>No command has that name; the field's number.</summary>
    internal const int UnknownCommand = 3;

    /// <summary>exec itself failed: told apart from a process that ends with 1.</summary>
    internal const int ExecFailure = 255;
}
