using System;
using System.Collections.Generic;
using Rideau.Child.Outside;
using Rideau.Kernel.Abi;
using Rideau.Runtime.Cgroups;
using Rideau.Runtime.Plan;
using Rideau.Runtime.Spec;

namespace Rideau.Runtime.Lifecycle;

/// <summary>What the caller does for a birth, in the order of docs/stages.md, each a sentence.</summary>
internal sealed class CallersPart(Configuration configuration, MachineView machine)
{
    private readonly Linux _linux = configuration.Linux ?? new Linux();

    internal required NamespacesPlan Namespaces { get; init; }

    internal required ContainerCgroup Cgroup { get; init; }

    internal required string StateDirectory { get; init; }

    internal required string RootPath { get; init; }

    internal required bool DeviceRulesAfterMounts { get; init; }

    /// <summary>Up to the child, and what is done to it before it does anything itself.</summary>
    internal IEnumerable<string> BeforeTheChild()
    {
        yield return $"make the directory \"{StateDirectory}\", lock it, and write state.json and config.json there";
        yield return $"open the root file system \"{RootPath}\"";
        foreach (Namespace one in _linux.Namespaces)
        {
            if (!string.IsNullOrEmpty(one.Path))
            {
                yield return $"open the {one.Type} namespace \"{one.Path}\"";
            }
        }

        foreach ((string hierarchy, string path) in Cgroup.Paths)
        {
            yield return $"make the cgroup \"{MountTargets.Clean($"{hierarchy}/{path}")}\"";
        }

        yield return "write this plan; make the start gate, two FIFOs in the directory";
        yield return $"clone3({CloneFlags()})";
    }

    /// <summary>Between the child's first instruction and its first step.</summary>
    internal IEnumerable<string> BeforeItsFirstStep()
    {
        if (Cgroup.Paths.Count > 0 && Cgroup.Driver != "v2")
        {
            yield return "put the child into the cgroups of v1";
        }

        if ((Namespaces.CloneFlags & Sched.CLONE_NEWUSER) != 0)
        {
            if (IdMaps.DeniesGroups(_linux.GidMappings, machine.EffectiveUid, machine.EffectiveGid))
            {
                yield return "write setgroups: deny";
            }

            yield return Map("gid_map", "newgidmap", _linux.GidMappings, machine.EffectiveGid);
            yield return Map("uid_map", "newuidmap", _linux.UidMappings, machine.EffectiveUid);
        }

        foreach (Rlimit limit in configuration.Process?.Rlimits ?? [])
        {
            yield return $"raise the hard {limit.Type} to {limit.Hard}, where the caller's is lower";
        }

        if (configuration.Process?.OomScoreAdj is { } score)
        {
            yield return $"set its oom_score_adj to {score}";
        }

        yield return "say Go";
        if (Limits() is { Length: > 0 } limits && Cgroup.Paths.Count > 0)
        {
            yield return $"while the child works: set the cgroup's limits: {limits}";
        }

        if (_linux.Resources is { Devices.Count: > 0 } resources && Cgroup.Paths.Count > 0 && !DeviceRulesAfterMounts)
        {
            yield return $"while the child works: {DeviceRules(resources)}";
        }

        yield return "while the child works: write the new state.json beside its place";
    }

    /// <summary>What it does when the child says something; nothing where it only takes note.</summary>
    internal IEnumerable<string> Answer(byte message)
    {
        switch (message)
        {
            case Protocol.MountWanted:
                yield return "open the mount in the child's mount namespace, with the caller's rights";
                yield return "say Go, and send its descriptor";
                break;
            case Protocol.HooksWanted:
                foreach (string sentence in OutsideHooks())
                {
                    yield return sentence;
                }

                yield return "say Go";
                break;
            case (byte)'s':
                yield return $"send the listener and the container's state to \"{_linux.Seccomp?.ListenerPath}\"";
                yield return "say Go";
                break;
            case Protocol.Ready:
                yield return "put state.json in its place: the container is created";
                yield return "write the pid file, where --pid-file asks for one";
                yield return "say Go";
                break;
        }
    }

    /// <summary>What start, and run, do at the gate and after it.</summary>
    internal IEnumerable<string> Start()
    {
        yield return "start: open the gate (run has none, and comes here at once)";
    }

    /// <summary>When the program has been executed.</summary>
    internal IEnumerable<string> AfterTheStart() => HookSentences("poststart", configuration.Hooks?.Poststart);

    private static string DeviceRules(Resources resources) => $"set its rules for devices: {resources.Devices.Count} of linux.resources.devices, and the default devices";

    private static IEnumerable<string> HookSentences(string kind, List<Hook>? hooks)
    {
        for (int i = 0; i < hooks?.Count; i++)
        {
            yield return $"run {kind} hook {i} \"{hooks[i].Path}\"{(hooks[i].TimeoutSeconds is { } limit and > 0 ? $", for {limit} s at most" : "")}";
        }
    }

    private IEnumerable<string> OutsideHooks()
    {
        if (DeviceRulesAfterMounts && _linux.Resources is { } resources)
        {
            yield return DeviceRules(resources);
        }

        foreach (string sentence in HookSentences("prestart", configuration.Hooks?.Prestart))
        {
            yield return sentence;
        }

        foreach (string sentence in HookSentences("createRuntime", configuration.Hooks?.CreateRuntime))
        {
            yield return sentence;
        }
    }

    private string CloneFlags()
    {
        string flags = NamespaceFlags.Describe(Namespaces.CloneFlags);
        string into = Cgroup.Driver == "v2" ? "CLONE_INTO_CGROUP|" : "";
        string shared = (Namespaces.CloneFlags & (Sched.CLONE_NEWUSER | Sched.CLONE_NEWTIME)) == 0 ? "CLONE_VM|CLONE_VFORK|" : "";
        return $"CLONE_PIDFD|CLONE_CLEAR_SIGHAND|{shared}{into}{(flags == "0" ? "" : flags)}".TrimEnd('|');
    }

    private string Map(string file, string helper, List<IdMapping> mappings, uint own)
    {
        List<string> ranges = new(mappings.Count);
        foreach (IdMapping mapping in mappings)
        {
            ranges.Add(mapping.Size == 1
                ? $"{mapping.ContainerId} in the container is {mapping.HostId} outside"
                : $"{mapping.ContainerId} to {(long)mapping.ContainerId + mapping.Size - 1} in the container are {mapping.HostId} to {(long)mapping.HostId + mapping.Size - 1} outside");
        }

        string how = IdMaps.NeedsHelper(mappings, machine.EffectiveUid, own) ? $"have {helper} write" : "write";
        return $"{how} {file}: {string.Join("; ", ranges)}";
    }

    private string Limits()
    {
        if (_linux.Resources is not { } resources)
        {
            return "";
        }

        ReadOnlySpan<(bool Asked, string Name)> parts =
        [
            (resources.Memory is not null, "memory"), (resources.Cpu is not null, "cpu"), (resources.Pids is not null, "pids"),
            (resources.BlockIo is not null, "blockIO"), (resources.HugepageLimits.Count > 0, "hugepageLimits"), (resources.Network is not null, "network"),
            (resources.Rdma.Count > 0, "rdma"), (resources.Unified.Count > 0, "unified"),
        ];
        var names = new List<string>(parts.Length);
        foreach ((bool asked, string name) in parts)
        {
            if (asked)
            {
                names.Add($"linux.resources.{name}");
            }
        }

        return string.Join(", ", names);
    }
}
