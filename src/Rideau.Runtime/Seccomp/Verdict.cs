using System.Collections.Generic;

namespace Rideau.Runtime.Seccomp;

/// <summary>What becomes of one call: an action, or rules on its arguments with the default action behind them.</summary>
/// <param name="Action">The filter's return value, where there are no rules.</param>
/// <param name="Rules">In the order in which they are tested, or null.</param>
internal readonly record struct Verdict(uint Action, List<ConditionalRule>? Rules)
{
    internal bool IsSameAs(in Verdict other) => Action == other.Action && ReferenceEquals(Rules, other.Rules);
}
