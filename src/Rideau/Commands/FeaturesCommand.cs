using System;
using System.Buffers;
using System.Text.Json;
using Rideau.CommandLine;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Output;
using Rideau.Runtime.Criu;
using Rideau.Runtime.Seccomp;
using Rideau.Runtime.Spec;

namespace Rideau.Commands;

/// <summary>spec: features.md</summary>
internal static class FeaturesCommand
{
    // As Rideau.Runtime.Plan.MountOptions reads them.
    private const string MountOptions =
        "async atime bind defaults dev diratime dirsync exec iversion lazytime loud mand noatime nodev nodiratime noexec noiversion "
        + "nolazytime nomand norelatime nostrictatime nosuid nosymfollow private ratime rbind rdev rdiratime relatime remount rexec "
        + "rnoatime rnodev rnodiratime rnoexec rnorelatime rnostrictatime rnosuid rnosymfollow ro rprivate rrelatime rro rrw rshared "
        + "rslave rstrictatime rsuid rsymfollow runbindable rw shared silent slave strictatime suid symfollow sync tmpcopyup unbindable";

    internal static Command Describe() => new()
    {
        Name = "features",
        Summary = "print what this program supports, as JSON",
        Description = "Prints what this program supports, in the form of the specification's\nfeatures.md, for engines to read.",
        Examples = "# everything\nrideau features\n# one thing\nrideau features | grep -A 2 idmap",
        MaximumArguments = 0,
        Execute = Execute,
    };

    private static int Execute(Invocation invocation)
    {
        ArrayBufferWriter<byte> buffer = new(8192);
        using (Utf8JsonWriter json = new(buffer, new JsonWriterOptions { Indented = true, IndentSize = 4, NewLine = "\n" }))
        {
            json.WriteStartObject();
            json.WriteString("ociVersionMin"u8, "1.0.0"u8);
            json.WriteString("ociVersionMax"u8, DefaultConfiguration.OciVersion);
            Words(json, "hooks", "prestart createRuntime createContainer startContainer poststart poststop");
            Words(json, "mountOptions", MountOptions);
            json.WriteStartObject("linux"u8);
            Linux(json);
            json.WriteEndObject();
            json.WriteStartObject("annotations"u8);
            json.WriteString("io.rideau.version"u8, BuildFacts.Version);
            json.WriteString("io.rideau.commit"u8, BuildFacts.Commit);
            json.WriteString("org.opencontainers.runc.checkpoint.enabled"u8, CriuProgram.Find() is null ? "false"u8 : "true"u8);
            json.WriteEndObject();
            Words(json, "potentiallyUnsafeConfigAnnotations", "org.criu.config org.systemd.property. run.oci.");
            json.WriteEndObject();
        }

        buffer.Write("\n"u8);
        StandardOutput.Write(buffer.WrittenSpan);
        return ExitCode.Success;
    }

    private static void Linux(Utf8JsonWriter json)
    {
        Words(json, "namespaces", "cgroup ipc mount network pid time user uts");
        json.WriteStartArray("capabilities"u8);
        for (int capability = 0; capability <= Capability.Last; capability++)
        {
            json.WriteStringValue(Capability.NameOf(capability));
        }

        json.WriteEndArray();
        json.WriteStartObject("cgroup"u8);
        json.WriteBoolean("v1"u8, true);
        json.WriteBoolean("v2"u8, true);
        json.WriteBoolean("systemd"u8, true);
        json.WriteBoolean("systemdUser"u8, true);
        json.WriteBoolean("rdma"u8, true);
        json.WriteEndObject();
        json.WriteStartObject("seccomp"u8);
        json.WriteBoolean("enabled"u8, true);
        Words(json, "actions", SeccompWords.Actions);
        Words(json, "operators", SeccompWords.Operators);
        Words(json, "archs", SeccompWords.Architectures);
        Words(json, "knownFlags", SeccompWords.Flags);
        Words(json, "supportedFlags", SupportedFlags());
        json.WriteEndObject();
        Enabled(json, "apparmor", true);
        Enabled(json, "selinux", true);
        json.WriteStartObject("intelRdt"u8);
        json.WriteBoolean("enabled"u8, true);
        json.WriteBoolean("schemata"u8, true);
        json.WriteBoolean("monitoring"u8, true);
        json.WriteEndObject();
        json.WriteStartObject("memoryPolicy"u8);
        Words(json, "modes", "MPOL_BIND MPOL_DEFAULT MPOL_INTERLEAVE MPOL_LOCAL MPOL_PREFERRED MPOL_PREFERRED_MANY MPOL_WEIGHTED_INTERLEAVE");
        Words(json, "flags", "MPOL_F_NUMA_BALANCING MPOL_F_RELATIVE_NODES MPOL_F_STATIC_NODES");
        json.WriteEndObject();
        json.WriteStartObject("mountExtensions"u8);
        Enabled(json, "idmap", true);
        json.WriteEndObject();
        Enabled(json, "netDevices", true);
    }

    // What the kernel knows of the known ones.
    private static string SupportedFlags()
    {
        string flags = "";
        flags += SeccompFlags.IsKnown(1) ? "SECCOMP_FILTER_FLAG_TSYNC " : "";
        flags += SeccompFlags.IsKnown(4) ? "SECCOMP_FILTER_FLAG_SPEC_ALLOW " : "";
        flags += SeccompFlags.IsKnown(2) ? "SECCOMP_FILTER_FLAG_LOG " : "";
        flags += SeccompFlags.IsKnown(8 | 32) ? "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV " : ""; // with a listener only
        return flags.TrimEnd();
    }

    private static void Enabled(Utf8JsonWriter json, string name, bool enabled)
    {
        json.WriteStartObject(name);
        json.WriteBoolean("enabled"u8, enabled);
        json.WriteEndObject();
    }

    private static void Words(Utf8JsonWriter json, string name, ReadOnlySpan<string> words)
    {
        json.WriteStartArray(name);
        foreach (string word in words)
        {
            json.WriteStringValue(word);
        }

        json.WriteEndArray();
    }

    private static void Words(Utf8JsonWriter json, string name, string words)
    {
        json.WriteStartArray(name);
        if (words.Length == 0)
        {
            json.WriteEndArray();
            return;
        }

        foreach (Range range in words.AsSpan().Split(' '))
        {
            json.WriteStringValue(words.AsSpan()[range]);
        }

        json.WriteEndArray();
    }
}
