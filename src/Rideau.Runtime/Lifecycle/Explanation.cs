using System.Collections.Generic;
using Rideau.Child.Outside;

namespace Rideau.Runtime.Lifecycle;

/// <summary>Everything that a birth would do, in order, without doing it.</summary>
/// <param name="Bundle">Absolute.</param>
/// <param name="Stages">The caller's and the child's, as they take turns.</param>
public sealed record Explanation(string Bundle, IReadOnlyList<ExplainedStage> Stages);

/// <summary>A part of a birth that one of the two does.</summary>
/// <param name="InChild">The container's own process does it; else its caller.</param>
/// <param name="Name">What the part is.</param>
/// <param name="Actions">In their order.</param>
public sealed record ExplainedStage(bool InChild, string Name, IReadOnlyList<ExplainedAction> Actions);

/// <summary>Something that is done for one purpose.</summary>
/// <param name="Purpose">"mount proc on \"/proc\"".</param>
/// <param name="Steps">The child's steps; the caller's actions have none.</param>
public sealed record ExplainedAction(string Purpose, IReadOnlyList<StepDescription> Steps);
