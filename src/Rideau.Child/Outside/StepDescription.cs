using System.Collections.Generic;

namespace Rideau.Child.Outside;

/// <summary>A step of a plan in words.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Purpose">What it is for; completes "cannot …".</param>
/// <param name="Call">The call with its arguments by name.</param>
/// <param name="Tolerated">Errnos that are no failure.</param>
public sealed record StepDescription(int Number, string Purpose, string Call, IReadOnlyList<int> Tolerated);
