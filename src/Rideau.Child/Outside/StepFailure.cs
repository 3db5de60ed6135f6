// RUNS IN: caller
using System;
using Rideau.Child.Contract;
using Rideau.Kernel;

namespace Rideau.Child.Outside;

/// <summary>The step that a child could not carry out, taken apart into call and arguments.</summary>
/// <param name="Purpose">What it was for; completes "cannot …".</param>
/// <param name="Operation">The call: "setns".</param>
/// <param name="Arguments">By name.</param>
/// <param name="Stage">"child, step 14 of 31".</param>
/// <param name="Errno">The positive errno.</param>
public sealed record StepFailure(string Purpose, string Operation, string Arguments, string Stage, int Errno)
{
    /// <summary>The words of a failure, from the plan that it is of.</summary>
    public static StepFailure Of(ChildPlanBuilder plan, ChildFailure failure)
    {
        StepDescription step = plan.Describe(failure.Step);
        return Parse(step.Purpose, step.Call, $"child, step {step.Number} of {plan.Count}", failure.Errno);
    }

    /// <summary>The words of a step that were kept: <paramref name="call"/> is as <see cref="StepDescription.Call"/>.</summary>
    public static StepFailure Parse(string purpose, string call, string stage, int errno)
    {
        int open = call.IndexOf('(', StringComparison.Ordinal);
        string arguments = open < 0 ? "" : call[(open + 1)..].TrimEnd();
        int close = arguments.LastIndexOf(')');
        return new StepFailure(purpose, open < 0 ? call : call[..open], close < 0 ? arguments : arguments[..close], stage, errno);
    }

    /// <summary>As an exception, to be the cause of one that says what was attempted.</summary>
    public LinuxException ToException() => new(Operation, Errno, Arguments, Stage);
}
