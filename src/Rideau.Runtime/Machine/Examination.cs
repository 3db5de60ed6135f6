using System.Collections.Generic;
using Rideau.Kernel.Abi;

namespace Rideau.Runtime.Machine;

/// <summary>Findings as they come, and what the trials have in common.</summary>
/// <param name="context">The options before the command.</param>
internal sealed class Examination(RuntimeContext context)
{
    internal List<Finding> Findings { get; } = [];

    internal RuntimeContext Context { get; } = context;

    /// <summary>The group that findings go to.</summary>
    internal string Group { get; set; } = "";

    /// <summary>CLONE_NEWUSER where this caller has the rights for the other namespaces only in a user namespace of its own; otherwise 0.</summary>
    internal long UserNamespace { get; } = Trial.Run(Sched.CLONE_NEWNS, static _ => { }).Succeeded ? 0 : Sched.CLONE_NEWUSER;

    internal void Ok(string name, string reason) => Findings.Add(new Finding(Group, name, FindingStatus.Ok, reason, null, false));

    internal void Warning(string name, string reason, string? advice = null) => Findings.Add(new Finding(Group, name, FindingStatus.Warning, reason, advice, false));

    /// <summary>No container runs without it.</summary>
    internal void Missing(string name, string reason, string? advice) => Findings.Add(new Finding(Group, name, FindingStatus.Missing, reason, advice, true));

    /// <summary>Some containers ask for it.</summary>
    internal void MissingForSome(string name, string reason, string? advice) => Findings.Add(new Finding(Group, name, FindingStatus.Missing, reason, advice, false));

    /// <summary>What a trial showed.</summary>
    internal void Tried(string name, TrialResult result, string whenOk, string? advice, bool required = false)
    {
        if (result.Succeeded)
        {
            Ok(name, whenOk);
        }
        else if (required)
        {
            Missing(name, result.Reason, advice);
        }
        else
        {
            MissingForSome(name, result.Reason, advice);
        }
    }
}
