using Rideau.Child.Contract;
using Rideau.Child.Outside;
using Rideau.Kernel.Abi;
using Rideau.Runtime.Plan;

namespace Rideau.Runtime.Lifecycle;

/// <summary>What a child reported, as numbers, becomes an error that a person can act on.</summary>
internal static class ChildFailures
{
    private const string Find = "find_executable";

    /// <summary>The error of a step.</summary>
    /// <param name="attempt">"cannot create container \"web\"".</param>
    /// <param name="plan">The plan that the step is of.</param>
    /// <param name="failure">What came back.</param>
    internal static ContainerException Describe(string attempt, ChildPlanBuilder plan, ChildFailure failure)
    {
        StepDescription step = plan.Describe(failure.Step);
        string? filter = failure.Errno is Errno.EPERM or Errno.ENOSYS ? SeccompSteps.HintFor(plan, failure.Step) : null;
        return Describe(attempt, step.Purpose, step.Call, $"child, step {step.Number} of {plan.Count}", failure, filter);
    }

    /// <summary>The error of a step whose words were kept.</summary>
    internal static ContainerException Describe(string attempt, string purpose, string call, string stage, ChildFailure failure, string? otherwise = null)
    {
        StepFailure step = StepFailure.Parse(purpose, call, stage, failure.Errno);
        if (step.Operation is Find or "execve")
        {
            return Executable(attempt, purpose, failure);
        }

        if (step.Operation == "run_hook")
        {
            return new ContainerException($"{attempt}: cannot {purpose}: {HookOutcome(failure)}");
        }

        return new ContainerException(
            $"{attempt}: cannot {purpose}",
            failure.Errno is Errno.ENOSYS or Errno.EOPNOTSUPP ? FailureCode.NotSupported : FailureCode.General,
            ErrorHints.Find(step.Operation, failure.Errno, purpose) ?? otherwise,
            step.ToException());
    }

    // Engines look for these words (ENGINE-CONTRACT 11).
    private static ContainerException Executable(string attempt, string purpose, ChildFailure failure)
    {
        int quote = purpose.IndexOf('"', System.StringComparison.Ordinal);
        string program = quote < 0 ? "" : purpose[quote..];
        bool hasSlash = program.Contains('/', System.StringComparison.Ordinal);
        (string reason, FailureCode code, string hint) = failure.Errno switch
        {
            Errno.ENOENT when hasSlash => ("no such file or directory", FailureCode.CommandNotFound, "look at process.args and at the root file system; a script's or a dynamic program's interpreter may be what is missing"),
            Errno.EACCES or Errno.EISDIR or Errno.ENOTDIR when !hasSlash => ("executable file not found in $PATH", FailureCode.CommandNotFound, "what has that name there is no file that the container's user may execute"),
            Errno.ENOENT => ("executable file not found in $PATH", FailureCode.CommandNotFound, "look at process.args, and at PATH in process.env; the program must be in the container's root file system"),
            Errno.EACCES => ("permission denied", FailureCode.CannotExecute, "the file must be executable for the container's user, and so must every directory above it; a mount with noexec forbids it too"),
            Errno.EISDIR => ("is a directory: permission denied", FailureCode.CannotExecute, "name a program, not a directory, in process.args"),
            Errno.EPERM => ("operation not permitted", FailureCode.CannotExecute, "a security module, or a file capability that the container may not have, forbids it"),
            Errno.ENOEXEC => ("exec format error", FailureCode.CannotExecute, "the file is no program of this machine's architecture, or a script without #!"),
            _ => (Errno.Describe(failure.Errno), FailureCode.CannotExecute, "see the errno in man 2 execve"),
        };
        return new ContainerException($"{attempt}: exec: {program}: {reason}", code, hint);
    }

    private static string HookOutcome(ChildFailure failure) => failure.Errno switch
    {
        Errno.ETIME => "it did not end within its timeout, and was killed",
        Errno.ECANCELED when failure.Detail >> 16 == 1 => (failure.Detail & 0xffff) switch
        {
            127 => "it could not be executed: no such file (exit status 127)",
            126 => "it could not be executed: permission denied (exit status 126)",
            int status => $"exit status {status}",
        },
        Errno.ECANCELED => $"killed by signal {failure.Detail & 0xffff}",
        _ => Errno.Describe(failure.Errno),
    };
}
