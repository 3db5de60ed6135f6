using System.Collections.Generic;

namespace Rideau.Runtime.Entering;

/// <summary>What was entered, and what was not.</summary>
/// <param name="Target">"container \"web\"".</param>
/// <param name="Entered">The types.</param>
/// <param name="Missing">What confines the target and not the command.</param>
public sealed record EnterReport(string Target, IReadOnlyList<string> Entered, IReadOnlyList<string> Missing);
