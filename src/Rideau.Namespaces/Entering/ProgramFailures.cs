using Rideau.Child.Outside;
using Rideau.Kernel.Abi;

namespace Rideau.Namespaces;

/// <summary>Why a command could not be run, in the words that a shell has for it.</summary>
internal static class ProgramFailures
{
    internal static NamespaceException Describe(string attempt, ChildPlanBuilder plan, string program)
    {
        if (plan.Failure is not { } failure || StepFailure.Of(plan, failure).Operation is not ("find_executable" or "execve"))
        {
            return PlanFailures.Describe(attempt, plan);
        }

        return failure.Errno is Errno.ENOENT or Errno.ENOTDIR
            ? new NamespaceException($"{attempt}: \"{program}\": not found", NamespaceFailure.CommandNotFound, "the program must be there in the mount namespace that is entered, and its interpreter too")
            : new NamespaceException($"{attempt}: \"{program}\": {Errno.Text(failure.Errno).ToLowerInvariant()}", NamespaceFailure.CannotExecute);
    }
}
