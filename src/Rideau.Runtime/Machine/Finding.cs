namespace Rideau.Runtime.Machine;

/// <summary>How well the machine can do something.</summary>
public enum FindingStatus
{
    Ok,
    /// <summary>Containers run; something that some of them ask for will fail.</summary>
    Warning,
    /// <summary>It is not there.</summary>
    Missing,
}

/// <summary>One thing that was looked at.</summary>
/// <param name="Group">What it belongs to: "kernel", "namespaces".</param>
/// <param name="Name">What was looked at.</param>
/// <param name="Status">How it is.</param>
/// <param name="Reason">What was found, half a sentence.</param>
/// <param name="Advice">What to do about it, or null.</param>
/// <param name="Required">No container runs for this caller without it.</param>
public sealed record Finding(string Group, string Name, FindingStatus Status, string Reason, string? Advice, bool Required);
