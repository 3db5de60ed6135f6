using System;
using System.Buffers;
using System.Collections.Generic;
using System.Text.Json;
using Rideau.Kernel;
using Rideau.Runtime.Spec;

namespace Rideau.Runtime.State;

/// <summary>The JSON of a container's state: state.json, which is ours alone, and the specification's object that hooks and engines read.</summary>
public static class StateJson
{
    /// <summary>state.json.</summary>
    public static byte[] WriteRecord(ContainerRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        ArrayBufferWriter<byte> buffer = new(1024);
        using (Utf8JsonWriter json = new(buffer, Options(indented: false)))
        {
            json.WriteStartObject();
            json.WriteString("ociVersion"u8, record.OciVersion);
            json.WriteString("id"u8, record.Id);
            json.WriteString("bundle"u8, record.Bundle);
            json.WriteString("rootfs"u8, record.Rootfs);
            WriteCreated(json, record.Created);
            json.WriteNumber("owner"u8, record.Owner);
            json.WriteNumber("initPid"u8, record.InitPid);
            json.WriteNumber("initStartTime"u8, record.InitStartTime);
            json.WriteBoolean("complete"u8, record.Complete);
            json.WriteBoolean("started"u8, record.Started);
            json.WriteString("cgroupDriver"u8, record.CgroupDriver);
            if (record.SystemdUnit.Length > 0)
            {
                json.WriteString("systemdUnit"u8, record.SystemdUnit);
                json.WriteBoolean("systemdUser"u8, record.SystemdUser);
            }

            ConfigurationWriter.StringMap(json, "cgroupPaths"u8, record.CgroupPaths);
            json.WriteBoolean("cgroupsMadeByUs"u8, record.CgroupsMadeByUs);
            ConfigurationWriter.Strings(json, "resctrlGroups"u8, record.ResctrlGroups);
            if (record.OwnNamespacesAlone is { } namespaces)
            {
                json.WriteNumber("ownNamespacesAlone"u8, namespaces);
            }

            json.WriteString("keyring"u8, record.KeyringName);
            ConfigurationWriter.StringMap(json, "annotations"u8, record.Annotations);
            ConfigurationWriter.HookList(json, "poststartHooks"u8, record.PoststartHooks);
            ConfigurationWriter.HookList(json, "poststopHooks"u8, record.PoststopHooks);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>state.json. What an older version of the program wrote may lack names, and a newer one's may have more.</summary>
    /// <exception cref="ContainerException">InvalidArgument: it is no JSON, or not what was written.</exception>
    public static ContainerRecord ReadRecord(ReadOnlySpan<byte> bytes, string file = "state.json")
    {
        JsonCursor cursor = new(bytes, file);
        try
        {
            cursor.BeginDocument();
            ContainerRecord record = Record(ref cursor);
            cursor.EndDocument();
            return record;
        }
        catch (JsonException exception)
        {
            throw cursor.Malformed(exception);
        }
        catch (InvalidOperationException)
        {
            throw cursor.BadEscape();
        }
    }

    /// <summary>The specification's state object on one line, as hooks get it on their standard input.</summary>
    /// <param name="record">The container.</param>
    /// <param name="status">Its status now.</param>
    /// <remarks>spec: runtime.md#state</remarks>
    public static byte[] WriteForHooks(ContainerRecord record, ContainerStatus status)
    {
        ArgumentNullException.ThrowIfNull(record);
        ArrayBufferWriter<byte> buffer = new(512);
        using (Utf8JsonWriter json = new(buffer, Options(indented: false)))
        {
            json.WriteStartObject();
            json.WriteString("ociVersion"u8, record.OciVersion);
            json.WriteString("id"u8, record.Id);
            json.WriteString("status"u8, Word(status));
            int pid = Pid(record, status);
            if (pid != 0)
            {
                json.WriteNumber("pid"u8, pid);
            }

            json.WriteString("bundle"u8, record.Bundle);
            ConfigurationWriter.StringMap(json, "annotations"u8, record.Annotations);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>What "state" prints: two spaces of indentation, no newline at the end.</summary>
    /// <param name="record">The container.</param>
    /// <param name="status">Its status now.</param>
    /// <param name="owner">The owner's name; the field's "state" leaves it empty, its "list" does not.</param>
    public static byte[] WriteForState(ContainerRecord record, ContainerStatus status, string owner = "")
    {
        ArgumentNullException.ThrowIfNull(record);
        ArrayBufferWriter<byte> buffer = new(1024);
        using (Utf8JsonWriter json = new(buffer, Options(indented: true)))
        {
            WriteStateObject(json, record, status, owner);
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>What "list --format json" prints: one line without its newline; null where there is nothing.</summary>
    public static byte[] WriteForList(IReadOnlyList<(ContainerRecord Record, ContainerStatus Status, string Owner)> containers)
    {
        ArgumentNullException.ThrowIfNull(containers);
        ArrayBufferWriter<byte> buffer = new(1024);
        using (Utf8JsonWriter json = new(buffer, Options(indented: false)))
        {
            if (containers.Count == 0)
            {
                json.WriteNullValue();
            }
            else
            {
                json.WriteStartArray();
                for (int i = 0; i < containers.Count; i++)
                {
                    WriteStateObject(json, containers[i].Record, containers[i].Status, containers[i].Owner);
                }

                json.WriteEndArray();
            }
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>The specification's word, and the field's "paused".</summary>
    public static string Word(ContainerStatus status) => status switch
    {
        ContainerStatus.Creating => "creating",
        ContainerStatus.Created => "created",
        ContainerStatus.Running => "running",
        ContainerStatus.Paused => "paused",
        _ => "stopped",
    };

    /// <summary>RFC 3339 in UTC with as many decimals as there are, as in "2026-11-24T10:15:00.1234567Z".</summary>
    public static string Timestamp(DateTimeOffset time)
    {
        string text = time.UtcDateTime.ToString("O");
        return string.Concat(text.AsSpan(0, text.Length - 1).TrimEnd('0').TrimEnd('.'), "Z");
    }

    private static void WriteStateObject(Utf8JsonWriter json, ContainerRecord record, ContainerStatus status, string owner)
    {
        json.WriteStartObject();
        json.WriteString("ociVersion"u8, record.OciVersion);
        json.WriteString("id"u8, record.Id);
        json.WriteNumber("pid"u8, Pid(record, status));
        json.WriteString("status"u8, Word(status));
        json.WriteString("bundle"u8, record.Bundle);
        json.WriteString("rootfs"u8, record.Rootfs);
        WriteCreated(json, record.Created);
        ConfigurationWriter.StringMap(json, "annotations"u8, record.Annotations);
        json.WriteString("owner"u8, owner);
        json.WriteEndObject();
    }

    private static void WriteCreated(Utf8JsonWriter json, DateTimeOffset created) => json.WriteString("created"u8, Timestamp(created));

    private static int Pid(ContainerRecord record, ContainerStatus status) => status == ContainerStatus.Stopped ? 0 : record.InitPid;

    private static JsonWriterOptions Options(bool indented) => new()
    {
        Indented = indented,
        NewLine = "\n",
        // Never part of a web page: letters stay letters.
        Encoder = PlainJsonEncoder.Instance,
    };

    private static ContainerRecord Record(ref JsonCursor json)
    {
        ContainerRecord record = new();
        while (json.NextName())
        {
            if (json.NameIs("ociVersion"u8)) { record.OciVersion = json.String() ?? ""; }
            else if (json.NameIs("id"u8)) { record.Id = json.String() ?? ""; }
            else if (json.NameIs("bundle"u8)) { record.Bundle = json.String() ?? ""; }
            else if (json.NameIs("rootfs"u8)) { record.Rootfs = json.String() ?? ""; }
            else if (json.NameIs("created"u8)) { record.Created = json.Time() ?? default; }
            else if (json.NameIs("owner"u8)) { record.Owner = json.UInt32() ?? 0; }
            else if (json.NameIs("initPid"u8)) { record.InitPid = json.Int32() ?? 0; }
            else if (json.NameIs("initStartTime"u8)) { record.InitStartTime = json.UInt64() ?? 0; }
            else if (json.NameIs("complete"u8)) { record.Complete = json.Boolean() ?? false; }
            else if (json.NameIs("started"u8)) { record.Started = json.Boolean() ?? false; }
            else if (json.NameIs("cgroupDriver"u8)) { record.CgroupDriver = json.String() ?? "none"; }
            else if (json.NameIs("systemdUnit"u8)) { record.SystemdUnit = json.String() ?? ""; }
            else if (json.NameIs("systemdUser"u8)) { record.SystemdUser = json.Boolean() ?? false; }
            else if (json.NameIs("cgroupPaths"u8)) { record.CgroupPaths = ConfigurationReader.StringMap(ref json); }
            else if (json.NameIs("cgroupsMadeByUs"u8)) { record.CgroupsMadeByUs = json.Boolean() ?? false; }
            else if (json.NameIs("resctrlGroups"u8)) { record.ResctrlGroups = ConfigurationReader.Strings(ref json); }
            else if (json.NameIs("ownNamespacesAlone"u8)) { record.OwnNamespacesAlone = json.Int64(); }
            else if (json.NameIs("keyring"u8)) { record.KeyringName = json.String() ?? ""; }
            else if (json.NameIs("annotations"u8)) { record.Annotations = ConfigurationReader.StringMap(ref json); }
            else if (json.NameIs("poststartHooks"u8)) { record.PoststartHooks = ConfigurationReader.HookList(ref json); }
            else if (json.NameIs("poststopHooks"u8)) { record.PoststopHooks = ConfigurationReader.HookList(ref json); }
            else { json.Skip(); }
        }

        return record;
    }
}
