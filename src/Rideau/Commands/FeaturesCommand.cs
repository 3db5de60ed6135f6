using System;
using System.Buffers;
using System.Text.Json;
using Rideau.CommandLine;
using Rideau.Kernel.Abi;
using Rideau.Output;
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
            Words(json, "hooks", Supported.Hooks ? "prestart createRuntime createContainer startContainer poststart poststop" : "");
            Words(json, "mountOptions", MountOptions);
            json.WriteStartObject("linux"u8);
            Linux(json);
            json.WriteEndObject();
            json.WriteStartObject("annotations"u8);
            json.WriteString("io.rideau.version"u8, BuildFacts.Version);
            json.WriteString("io.rideau.commit"u8, BuildFacts.Commit);
            json.WriteEndObject();
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
        json.WriteBoolean("v1"u8, Supported.Cgroups);
        json.WriteBoolean("v2"u8, Supported.Cgroups);
        json.WriteBoolean("systemd"u8, false);
        json.WriteBoolean("systemdUser"u8, false);
        json.WriteBoolean("rdma"u8, Supported.Cgroups);
        json.WriteEndObject();
        json.WriteStartObject("seccomp"u8);
        json.WriteBoolean("enabled"u8, Supported.Seccomp);
        if (Supported.Seccomp)
        {
            Words(json, "actions", "SCMP_ACT_ALLOW SCMP_ACT_ERRNO SCMP_ACT_KILL SCMP_ACT_KILL_PROCESS SCMP_ACT_KILL_THREAD SCMP_ACT_LOG SCMP_ACT_NOTIFY SCMP_ACT_TRACE SCMP_ACT_TRAP");
            Words(json, "operators", "SCMP_CMP_EQ SCMP_CMP_GE SCMP_CMP_GT SCMP_CMP_LE SCMP_CMP_LT SCMP_CMP_MASKED_EQ SCMP_CMP_NE");
        }

        json.WriteEndObject();
        json.WriteStartObject("mountExtensions"u8);
        Enabled(json, "idmap", true);
        json.WriteEndObject();
    }

    private static void Enabled(Utf8JsonWriter json, string name, bool enabled)
    {
        json.WriteStartObject(name);
        json.WriteBoolean("enabled"u8, enabled);
        json.WriteEndObject();
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
