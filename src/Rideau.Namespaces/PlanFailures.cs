using Rideau.Child.Outside;
using Rideau.Kernel.Abi;

namespace Rideau.Namespaces;

/// <summary>What a child reported, as numbers, becomes an error that a person can act on.</summary>
internal static class PlanFailures
{
    /// <summary>The error of the step that failed, or that the child was at when it was killed.</summary>
    /// <param name="attempt">"cannot create \"lab\"".</param>
    /// <param name="plan">The plan.</param>
    internal static NamespaceException Describe(string attempt, ChildPlanBuilder plan)
    {
        if (plan.Failure is not { } failure)
        {
            return new NamespaceException($"{attempt}: the child was killed while it was to {plan.PurposeOf(plan.CurrentStep)}");
        }

        StepFailure step = StepFailure.Of(plan, failure);
        NamespaceFailure kind = failure.Errno switch
        {
            Errno.EPERM or Errno.EACCES => NamespaceFailure.NotPermitted,
            Errno.ENOSYS or Errno.EOPNOTSUPP => NamespaceFailure.NotSupported,
            _ => NamespaceFailure.General,
        };
        return new NamespaceException($"{attempt}: cannot {step.Purpose}", kind, NamespaceHints.Find(step.Operation, failure.Errno), step.ToException());
    }
}
