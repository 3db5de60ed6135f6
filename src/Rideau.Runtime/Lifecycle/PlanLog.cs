using Rideau.Child.Outside;

namespace Rideau.Runtime.Lifecycle;

/// <summary>Says in the log what the child is about to do: a line for each purpose, with the steps that serve it.</summary>
internal static class PlanLog
{
    internal static void Write(ChildPlanBuilder plan, Log log)
    {
        if (!log.IsDebug)
        {
            return;
        }

        log.Debug($"the child's plan has {plan.Count} steps");
        for (int first = 0, next; first < plan.Count; first = next)
        {
            string purpose = plan.PurposeOf(first);
            for (next = first + 1; next < plan.Count && plan.PurposeOf(next) == purpose; next++)
            {
            }

            log.Debug($"step {first + 1}{(next > first + 1 ? $" to {next}" : "")}: {purpose}");
        }
    }
}
