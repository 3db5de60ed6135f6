using System.Collections.Generic;
using Rideau.Namespaces;
using Rideau.Runtime.Plan;
using Rideau.Runtime.Spec;
using Rideau.Runtime.State;

namespace Rideau.Runtime.Entering;

/// <summary>What who enters must know of a container's config.json: what its init was given and the kernel does not tell.</summary>
internal static class EntryConfiguration
{
    /// <summary>Annotations that change the filter of system calls.</summary>
    private static readonly string[] s_annotations = ["run.oci.seccomp_bpf_data", "run.oci.seccomp.receiver", "run.oci.seccomp_fail_unknown_syscall"];

    /// <summary>Reads it, or makes it of the record, where that says that the namespaces are all there is.</summary>
    internal static Configuration Of(ContainerStore store, ContainerRecord record)
    {
        if (record.OwnNamespacesAlone is not { } flags)
        {
            Configuration configuration = ConfigurationReader.Read(store.LoadConfiguration(record.Id), ConfigurationUse.Entering);
            configuration.Annotations = ForFilter(configuration.Annotations);
            RunOciAnnotations.Apply(configuration);
            return configuration;
        }

        var linux = new Linux();
        foreach (NamespaceType type in NamespaceType.All)
        {
            if ((flags & type.Flag) != 0)
            {
                linux.Namespaces.Add(new Namespace(NamespacesPlan.WordOf(type), null));
            }
        }

        return new Configuration { Linux = linux };
    }

    /// <summary>For <see cref="ContainerRecord.OwnNamespacesAlone"/>.</summary>
    internal static long? NamespacesAlone(Configuration configuration)
    {
        Linux linux = configuration.Linux ?? new Linux();
        bool hasMore = linux is { Seccomp: not null } or { Personality: not null } or { MemoryPolicy: not null } || linux.UidMappings.Count + linux.GidMappings.Count > 0
            || !string.IsNullOrEmpty(configuration.Process?.ApparmorProfile) || !string.IsNullOrEmpty(configuration.Process?.SelinuxLabel)
            || ForFilter(configuration.Annotations).Count > 0;
        long own = 0;
        foreach (Namespace one in linux.Namespaces)
        {
            own |= string.IsNullOrEmpty(one.Path) ? NamespacesPlan.KindOf(one.Type) : 0;
        }

        return hasMore ? null : own;
    }

    private static Dictionary<string, string> ForFilter(Dictionary<string, string> annotations)
    {
        Dictionary<string, string> chosen = [];
        foreach (string name in s_annotations)
        {
            if (annotations.TryGetValue(name, out string? value))
            {
                chosen[name] = value;
            }
        }

        return chosen;
    }
}
