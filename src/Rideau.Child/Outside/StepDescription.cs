using System.Collections.Generic;

namespace Rideau.Child.Outside;

/// <summary>A step of a plan in words.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Purpose">What it is for; completes "cannot …".</param>
/// <param name="Call">The call with its arguments by name.</param>
/// <param name="Tolerated">Errnos that are no failure.</param>
public sealed record StepDescription(int Number, string Purpose, string Call, IReadOnlyList<int> Tolerated)
{
    /// <summary>The part of the plan that the step is in; see <see cref="ChildPlanBuilder.Enter"/>.</summary>
    public string Stage { get; init; } = "";

    /// <summary>The number of the step at which it goes on after a tolerated errno, or after a jump; 0 is the next one.</summary>
    public int Otherwise { get; init; }

    /// <summary>The number of the step at which it goes on after success; 0 is the next one.</summary>
    public int Then { get; init; }

    /// <summary>What the step says to the caller: a message of one byte; 0 for nothing.</summary>
    public byte Says { get; init; }
}
