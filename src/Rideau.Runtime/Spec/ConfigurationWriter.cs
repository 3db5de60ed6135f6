using System;
using System.Buffers;
using System.Collections.Generic;
using System.Text.Json;
using Rideau.Kernel;

namespace Rideau.Runtime.Spec;

/// <summary>Writes config.json as the field writes it: tab-indented, in the specification's order, without what was not given.</summary>
/// <remarks>What it writes, <see cref="ConfigurationReader"/> reads back as the same.</remarks>
public static partial class ConfigurationWriter
{
    /// <summary>A whole config.json, without a newline at its end.</summary>
    public static byte[] Write(Configuration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        ArrayBufferWriter<byte> buffer = new(4096);
        using (Utf8JsonWriter json = new(buffer, Options))
        {
            Configuration(json, configuration);
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>A "process" object alone, as exec --process takes it.</summary>
    public static byte[] Write(Process process)
    {
        ArgumentNullException.ThrowIfNull(process);
        ArrayBufferWriter<byte> buffer = new(1024);
        using (Utf8JsonWriter json = new(buffer, Options))
        {
            Process(json, process);
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>A "linux.resources" object alone, as update --resources takes it.</summary>
    public static byte[] Write(Resources resources)
    {
        ArgumentNullException.ThrowIfNull(resources);
        ArrayBufferWriter<byte> buffer = new(1024);
        using (Utf8JsonWriter json = new(buffer, Options))
        {
            Resources(json, resources);
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static JsonWriterOptions Options => new()
    {
        Indented = true,
        IndentCharacter = '\t',
        IndentSize = 1,
        NewLine = "\n",
        // The output is a file, never part of a web page: letters stay letters.
        Encoder = PlainJsonEncoder.Instance,
    };

    private static void Configuration(Utf8JsonWriter json, Configuration configuration)
    {
        json.WriteStartObject();
        json.WriteString("ociVersion"u8, configuration.OciVersion);
        if (configuration.Process is { } process)
        {
            json.WritePropertyName("process"u8);
            Process(json, process);
        }

        if (configuration.Root is { } root)
        {
            json.WriteStartObject("root"u8);
            json.WriteString("path"u8, root.Path);
            True(json, "readonly"u8, root.Readonly);
            json.WriteEndObject();
        }

        Text(json, "hostname"u8, configuration.Hostname);
        Text(json, "domainname"u8, configuration.Domainname);
        Mounts(json, configuration.Mounts);
        if (configuration.Hooks is { } hooks)
        {
            json.WriteStartObject("hooks"u8);
            HookList(json, "prestart"u8, hooks.Prestart);
            HookList(json, "createRuntime"u8, hooks.CreateRuntime);
            HookList(json, "createContainer"u8, hooks.CreateContainer);
            HookList(json, "startContainer"u8, hooks.StartContainer);
            HookList(json, "poststart"u8, hooks.Poststart);
            HookList(json, "poststop"u8, hooks.Poststop);
            json.WriteEndObject();
        }

        StringMap(json, "annotations"u8, configuration.Annotations);
        if (configuration.Linux is { } linux)
        {
            json.WriteStartObject("linux"u8);
            Linux(json, linux);
            json.WriteEndObject();
        }

        if (configuration.ForeignPlatform is { } foreign)
        {
            json.WriteStartObject(foreign);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void Mounts(Utf8JsonWriter json, List<Mount> mounts)
    {
        if (mounts.Count == 0)
        {
            return;
        }

        json.WriteStartArray("mounts"u8);
        foreach (Mount mount in mounts)
        {
            json.WriteStartObject();
            json.WriteString("destination"u8, mount.Destination);
            Text(json, "type"u8, mount.Type);
            Text(json, "source"u8, mount.Source);
            Strings(json, "options"u8, mount.Options);
            IdMappings(json, "uidMappings"u8, mount.UidMappings);
            IdMappings(json, "gidMappings"u8, mount.GidMappings);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    internal static void HookList(Utf8JsonWriter json, ReadOnlySpan<byte> name, List<Hook> hooks)
    {
        if (hooks.Count == 0)
        {
            return;
        }

        json.WriteStartArray(name);
        foreach (Hook hook in hooks)
        {
            json.WriteStartObject();
            json.WriteString("path"u8, hook.Path);
            Strings(json, "args"u8, hook.Args);
            Strings(json, "env"u8, hook.Env);
            Number(json, "timeout"u8, hook.TimeoutSeconds);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    internal static void StringMap(Utf8JsonWriter json, ReadOnlySpan<byte> name, Dictionary<string, string> map)
    {
        if (map.Count == 0)
        {
            return;
        }

        json.WriteStartObject(name);
        foreach (KeyValuePair<string, string> pair in map)
        {
            json.WriteString(pair.Key, pair.Value);
        }

        json.WriteEndObject();
    }

    private static void IdMappings(Utf8JsonWriter json, ReadOnlySpan<byte> name, List<IdMapping> mappings)
    {
        if (mappings.Count == 0)
        {
            return;
        }

        json.WriteStartArray(name);
        foreach (IdMapping mapping in mappings)
        {
            json.WriteStartObject();
            json.WriteNumber("containerID"u8, mapping.ContainerId);
            json.WriteNumber("hostID"u8, mapping.HostId);
            json.WriteNumber("size"u8, mapping.Size);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    internal static void Strings(Utf8JsonWriter json, ReadOnlySpan<byte> name, List<string> strings)
    {
        if (strings.Count == 0)
        {
            return;
        }

        json.WriteStartArray(name);
        foreach (string text in strings)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }

    private static void Text(Utf8JsonWriter json, ReadOnlySpan<byte> name, string? text)
    {
        if (text is not null)
        {
            json.WriteString(name, text);
        }
    }

    private static void True(Utf8JsonWriter json, ReadOnlySpan<byte> name, bool value)
    {
        if (value)
        {
            json.WriteBoolean(name, value);
        }
    }

    private static void Boolean(Utf8JsonWriter json, ReadOnlySpan<byte> name, bool? value)
    {
        if (value is { } given)
        {
            json.WriteBoolean(name, given);
        }
    }

    private static void Number(Utf8JsonWriter json, ReadOnlySpan<byte> name, long? value)
    {
        if (value is { } given)
        {
            json.WriteNumber(name, given);
        }
    }

    private static void Number(Utf8JsonWriter json, ReadOnlySpan<byte> name, ulong? value)
    {
        if (value is { } given)
        {
            json.WriteNumber(name, given);
        }
    }

    private static void NumberButZero(Utf8JsonWriter json, ReadOnlySpan<byte> name, ulong value)
    {
        if (value != 0)
        {
            json.WriteNumber(name, value);
        }
    }
}
