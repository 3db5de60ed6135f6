using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Rideau.Namespaces;

namespace Rideau.Output;

/// <summary>Named namespaces as a table, as text, as JSON.</summary>
internal static class NamesReport
{
    internal static string Table(IReadOnlyList<NamedNamespace> names)
    {
        TextTable table = new("NAME", "TYPES", "STATE", "KEPT BY", "CREATOR", "CREATED");
        foreach (NamedNamespace named in names)
        {
            table.Add(named.Name, string.Join(',', named.Entries.Select(entry => entry.Identity.Type.Name)), State(named), KeptBy(named), UserName.Of(named.Record.Creator), Time(named));
        }

        return table.ToText();
    }

    internal static string Text(NamedNamespace named)
    {
        StringBuilder text = new();
        text.Append("name:     ").Append(named.Name).Append('\n');
        text.Append("created:  ").Append(Time(named)).Append(" by ").Append(UserName.Of(named.Record.Creator)).Append('\n');
        text.Append("kept by:  ").Append(KeptBy(named)).Append('\n');
        if (named.Record.Init is { } init)
        {
            text.Append("init:     process ").Append(init.Pid).Append(init.IsAlive ? "" : ", which has ended").Append('\n');
        }

        if (named.Record.IpNetns)
        {
            text.Append("ip netns: ").Append(named.Name).Append('\n');
        }

        foreach (NamedEntry entry in named.Entries)
        {
            text.Append(CultureInfo.InvariantCulture, $"{entry.Identity.Type.Name + ":",-9} {entry.Identity}");
            text.Append(entry.Identity.Id == 0 ? "" : $" id {entry.Identity.Id}").Append(", ").Append(NamedNamespace.Describe(entry.Condition)).Append("\n          ").Append(entry.Path).Append('\n');
        }

        return text.ToString();
    }

    internal static byte[] Json(IReadOnlyList<NamedNamespace> names) => Write(json =>
    {
        json.WriteStartArray();
        foreach (NamedNamespace named in names)
        {
            Write(json, named);
        }

        json.WriteEndArray();
    });

    /// <summary>One name, with what is known of its namespaces.</summary>
    internal static byte[] Json(NamedNamespace named, IReadOnlyList<NamespaceInfo> details) => Write(json => Write(json, named, details));

    private static byte[] Write(System.Action<Utf8JsonWriter> write)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            write(json);
        }

        bytes.WriteByte((byte)'\n');
        return bytes.ToArray();
    }

    private static void Write(Utf8JsonWriter json, NamedNamespace named, IReadOnlyList<NamespaceInfo>? details = null)
    {
        json.WriteStartObject();
        json.WriteString("name"u8, named.Name);
        json.WriteBoolean("valid"u8, named.IsValid);
        json.WriteString("created"u8, Time(named));
        json.WriteNumber("creator"u8, named.Record.Creator);
        if (named.Record.Keeper is { } keeper)
        {
            json.WriteNumber("keeper"u8, keeper.Pid);
        }

        if (named.Record.Init is { } init)
        {
            json.WriteNumber("init"u8, init.Pid);
        }

        json.WriteBoolean("ipNetns"u8, named.Record.IpNetns);
        json.WriteStartArray("namespaces"u8);
        foreach (NamedEntry entry in named.Entries)
        {
            json.WriteStartObject();
            json.WriteString("type"u8, entry.Identity.Type.Name);
            json.WriteNumber("inode"u8, entry.Identity.Inode);
            if (entry.Identity.Id != 0)
            {
                json.WriteNumber("id"u8, entry.Identity.Id);
            }

            json.WriteString("path"u8, entry.Path);
            json.WriteString("state"u8, Word(entry.Condition));
            if (details?.FirstOrDefault(info => info.Inode == entry.Identity.Inode) is { } known)
            {
                json.WritePropertyName("details"u8);
                CensusReport.Write(json, known);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static string State(NamedNamespace named)
    {
        List<string> words = [];
        foreach (NamedEntry entry in named.Entries)
        {
            if (entry.Condition != NameCondition.Valid)
            {
                words.Add($"{entry.Identity.Type.Name} {Word(entry.Condition)}");
            }
        }

        return words.Count == 0 ? "valid" : string.Join(',', words);
    }

    private static string Word(NameCondition condition) => condition switch
    {
        NameCondition.Valid => "valid",
        NameCondition.Elsewhere => "elsewhere",
        NameCondition.Dead => "dead",
        NameCondition.Missing => "missing",
        NameCondition.Replaced => "replaced",
        NameCondition.Hidden => "hidden",
        _ => "without-init",
    };

    private static string KeptBy(NamedNamespace named) => named.Record.Keeper is { } keeper
        ? keeper.IsAlive ? $"process {keeper.Pid}" : $"process {keeper.Pid}, which has ended"
        : "mount";

    private static string Time(NamedNamespace named) => named.Record.Created.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
