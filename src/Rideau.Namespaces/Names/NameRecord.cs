using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text.Json;

namespace Rideau.Namespaces;

/// <summary>What stands beside a name, so that what it leads to can be checked: DIR/record.json.</summary>
public sealed record NameRecord
{
    /// <summary>The name.</summary>
    public required string Name { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>The uid that made it.</summary>
    public required uint Creator { get; init; }

    /// <summary>Which namespaces they were.</summary>
    public required IReadOnlyList<NamespaceIdentity> Namespaces { get; init; }

    /// <summary>The process that holds them; null where they are bind mounts.</summary>
    public HeldProcess? Keeper { get; init; }

    /// <summary>The init of the pid namespace, where there is one that is ours.</summary>
    public HeldProcess? Init { get; init; }

    /// <summary>True where the network namespace has a name for ip-netns(8) too.</summary>
    public bool IpNetns { get; init; }

    /// <summary>Of that type; null where there is none.</summary>
    public NamespaceIdentity? Of(NamespaceType type)
    {
        foreach (NamespaceIdentity one in Namespaces)
        {
            if (one.Type == type)
            {
                return one;
            }
        }

        return null;
    }

    internal byte[] Write()
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            json.WriteString("name"u8, Name);
            json.WriteString("created"u8, Created.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture));
            json.WriteNumber("creator"u8, Creator);
            Write(json, "keeper", Keeper);
            Write(json, "init", Init);
            json.WriteBoolean("ipNetns"u8, IpNetns);
            json.WriteStartArray("namespaces"u8);
            foreach (NamespaceIdentity one in Namespaces)
            {
                json.WriteStartObject();
                json.WriteString("type"u8, one.Type.Name);
                json.WriteNumber("inode"u8, one.Inode);
                json.WriteString("device"u8, $"{one.DeviceMajor}:{one.DeviceMinor}");
                if (one.Id != 0)
                {
                    json.WriteNumber("id"u8, one.Id);
                }

                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        bytes.WriteByte((byte)'\n');
        return bytes.ToArray();
    }

    /// <summary>Null where the bytes are no record.</summary>
    internal static NameRecord? Read(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes);
            JsonElement root = document.RootElement;
            List<NamespaceIdentity> namespaces = [];
            foreach (JsonElement one in root.GetProperty("namespaces").EnumerateArray())
            {
                string[] device = one.GetProperty("device").GetString()!.Split(':');
                namespaces.Add(new NamespaceIdentity(
                    NamespaceType.Find(one.GetProperty("type").GetString()) ?? throw new FormatException("type"),
                    one.TryGetProperty("id", out JsonElement id) ? id.GetUInt64() : 0,
                    uint.Parse(device[0], CultureInfo.InvariantCulture),
                    uint.Parse(device[1], CultureInfo.InvariantCulture),
                    one.GetProperty("inode").GetUInt64()));
            }

            return new NameRecord
            {
                Name = root.GetProperty("name").GetString()!,
                Created = root.GetProperty("created").GetDateTimeOffset(),
                Creator = root.GetProperty("creator").GetUInt32(),
                Namespaces = namespaces,
                Keeper = ReadProcess(root, "keeper"),
                Init = ReadProcess(root, "init"),
                IpNetns = root.GetProperty("ipNetns").GetBoolean(),
            };
        }
        catch (Exception wrong) when (wrong is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or OverflowException or IndexOutOfRangeException)
        {
            return null;
        }
    }

    private static void Write(Utf8JsonWriter json, string name, HeldProcess? process)
    {
        if (process is not null)
        {
            json.WriteStartObject(name);
            json.WriteNumber("pid"u8, process.Pid);
            json.WriteNumber("startTime"u8, process.StartTime);
            json.WriteEndObject();
        }
    }

    private static HeldProcess? ReadProcess(JsonElement root, string name) =>
        root.TryGetProperty(name, out JsonElement process) ? new HeldProcess(process.GetProperty("pid").GetInt32(), process.GetProperty("startTime").GetUInt64()) : null;
}
