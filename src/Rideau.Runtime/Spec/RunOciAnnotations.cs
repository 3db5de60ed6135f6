using System;
using System.Collections.Generic;
using Rideau.Runtime.Systemd;

namespace Rideau.Runtime.Spec;

/// <summary>Annotations by which engines ask crun for what config.json has no field for; docs/annotations.md lists them.</summary>
internal static class RunOciAnnotations
{
    /// <summary>What all their names begin with.</summary>
    internal const string Prefix = "run.oci.";

    /// <summary>run.oci.keep_original_groups: the process keeps its caller's supplementary groups.</summary>
    internal static bool KeepsGroups(Configuration configuration) =>
        configuration.Annotations.TryGetValue("run.oci.keep_original_groups", out string? value) && value != "0";

    /// <summary>run.oci.hooks.stdout: a file that hooks write to.</summary>
    internal static string? HooksOutput(Dictionary<string, string> annotations) => annotations.GetValueOrDefault("run.oci.hooks.stdout");

    /// <summary>run.oci.hooks.stderr.</summary>
    internal static string? HooksError(Dictionary<string, string> annotations) => annotations.GetValueOrDefault("run.oci.hooks.stderr");

    /// <summary>run.oci.pidfd_receiver: as --pidfd-socket.</summary>
    internal static string? PidfdReceiver(Configuration configuration) => configuration.Annotations.GetValueOrDefault("run.oci.pidfd_receiver");

    /// <summary>run.oci.systemd.force_cgroup_v1: the mount that shows systemd's hierarchy of v1, whatever the machine has.</summary>
    internal static string? SystemdHierarchyMount(Configuration configuration) => configuration.Annotations.GetValueOrDefault("run.oci.systemd.force_cgroup_v1");

    /// <summary>run.oci.systemd.subgroup: the container's group inside its scope's; empty for the scope's own.</summary>
    /// <remarks>
    /// systemd removes an empty scope at once, from the inside out: a monitor that looks for memory.events behind the container's end
    /// still finds it in a group inside. docs/decisions/0017-a-group-inside-the-scope.md
    /// </remarks>
    /// <exception cref="ContainerException">InvalidArgument: it is no name of a group, or that of the scope.</exception>
    internal static string SystemdSubgroup(IReadOnlyDictionary<string, string> annotations, string unit)
    {
        string name = annotations.GetValueOrDefault("run.oci.systemd.subgroup", "container");
        bool isName = name.Length == 0
            || (ScopeName.IsName(name) && name is not ("." or "..") && (name[0] == '_' || ScopeName.GroupName(name) == name) && name != ScopeName.GroupName(unit));
        return isName
            ? name
            : throw Wrong(
                "run.oci.systemd.subgroup",
                $"\"{name}\" is no name of a group inside the scope",
                "letters, digits and \":-_.\", not as a file of the kernel's is called (cgroup.procs), nor as the scope; or nothing, and the container's group is the scope itself");
    }

    /// <summary>run.oci.delegate-cgroup: a group below the container's, in which its process begins; the limits stay on the container's. The root of its cgroup namespace is the container's group.</summary>
    internal static string? DelegatedGroup(Configuration configuration) => configuration.Annotations.GetValueOrDefault("run.oci.delegate-cgroup");

    /// <summary>run.oci.seccomp_fail_unknown_syscall: a name that no kernel has is an error.</summary>
    internal static bool RefusesUnknownSystemCalls(Configuration configuration) => configuration.Annotations.ContainsKey("run.oci.seccomp_fail_unknown_syscall");

    /// <summary>run.oci.mount_context_type: the mount option that gives the SELinux label.</summary>
    internal static string MountContextType(Configuration configuration) => configuration.Annotations.GetValueOrDefault("run.oci.mount_context_type", "context");

    /// <summary>run.oci.seccomp_bpf_data: a compiled filter, in the place of linux.seccomp; null where there is none.</summary>
    /// <exception cref="ContainerException">InvalidArgument: it is no base64, or no whole instructions.</exception>
    internal static byte[]? SeccompProgram(Configuration configuration)
    {
        const int InstructionBytes = 8;
        const int InstructionLimit = 4096;
        if (!configuration.Annotations.TryGetValue("run.oci.seccomp_bpf_data", out string? text))
        {
            return null;
        }

        byte[] bytes = new byte[text.Length / 4 * 3 + 3];
        if (!Convert.TryFromBase64String(text, bytes, out int length))
        {
            throw Wrong("run.oci.seccomp_bpf_data", "it is no base64");
        }

        return length % InstructionBytes == 0 && length is > 0 and <= InstructionLimit * InstructionBytes
            ? bytes[..length]
            : throw Wrong("run.oci.seccomp_bpf_data", $"{length} bytes are not 1 to {InstructionLimit} instructions of {InstructionBytes} bytes");
    }

    /// <summary>Writes into the configuration what has a field there, and refuses what cannot be done.</summary>
    internal static void Apply(Configuration configuration)
    {
        if (configuration.Annotations.TryGetValue("run.oci.seccomp.receiver", out string? receiver) && configuration.Linux?.Seccomp is { } seccomp && string.IsNullOrEmpty(seccomp.ListenerPath))
        {
            seccomp.ListenerPath = receiver.StartsWith('/') ? receiver : throw Wrong("run.oci.seccomp.receiver", $"\"{receiver}\" is not an absolute path");
        }

        if (configuration.Annotations.TryGetValue("run.oci.mount_context_type", out string? type) && type is not ("context" or "fscontext" or "defcontext" or "rootcontext"))
        {
            throw Wrong("run.oci.mount_context_type", $"unknown type \"{type}\"", "one of context, fscontext, defcontext, rootcontext");
        }

        // Without them the container would be another one than was asked for.
        foreach (string name in new[] { "run.oci.handler", "run.oci.seccomp.plugins" })
        {
            if (configuration.Annotations.TryGetValue(name, out string? value))
            {
                throw new ContainerException($"cannot use the configuration: annotation {name}=\"{value}\": this runtime loads no foreign code", FailureCode.NotSupported, "leave it out, or use a runtime that has it (crun)");
            }
        }

        if (DelegatedGroup(configuration) is { } group && (group.Length == 0 || Array.Exists(group.Split('/'), static part => part is "" or "." or "..")))
        {
            throw Wrong("run.oci.delegate-cgroup", $"\"{group}\" is no path below the container's group", "a name, or names with \"/\" between them: payload");
        }
    }

    private static ContainerException Wrong(string name, string reason, string? hint = null) =>
        new($"cannot use the configuration: annotation {name}: {reason}", FailureCode.InvalidArgument, hint);
}
