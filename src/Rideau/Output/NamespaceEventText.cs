using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Rideau.Namespaces;

namespace Rideau.Output;

/// <summary>An event of a namespace as a line of JSON, and as variables for a command.</summary>
internal static class NamespaceEventText
{
    internal static byte[] Json(NamespaceEvent happened)
    {
        using var bytes = new MemoryStream(512);
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            Write(json, happened);
        }

        bytes.WriteByte((byte)'\n');
        return bytes.ToArray();
    }

    /// <summary>RIDEAU_EVENT and what belongs to it, NAME=VALUE; what is not known is not there.</summary>
    internal static List<string> Variables(NamespaceEvent happened)
    {
        List<string> variables = [$"RIDEAU_EVENT={happened.Word}", $"RIDEAU_EVENT_TIME={Time(happened)}"];
        Add("TYPE", happened.Type?.Name);
        Add("INODE", Number(happened.Inode));
        Add("ID", Number(happened.Id));
        Add("OWNER", Number(happened.OwnerInode));
        Add("NAMES", happened.Names.Count == 0 ? null : string.Join(' ', happened.Names));
        Add("CREATOR", happened.Creator?.Command);
        Add("CREATOR_PID", happened.Creator is { } creator ? Number((ulong)creator.Pid) : null);
        Add("LAST_HOLDER", happened.LastHolder?.Command);
        Add("LAST_HOLDER_PID", happened.LastHolder is { } last ? Number((ulong)last.Pid) : null);
        Add("LIFETIME", happened.Lifetime is { } lifetime ? Seconds(lifetime) : null);
        Add("LOST", Number(happened.LostRecords));
        Add("JSON", Encoding.UTF8.GetString(Json(happened)).TrimEnd('\n'));
        return variables;

        void Add(string name, string? value)
        {
            if (!string.IsNullOrEmpty(value))
            {
                variables.Add($"RIDEAU_EVENT_{name}={value}");
            }
        }
    }

    private static void Write(Utf8JsonWriter json, NamespaceEvent happened)
    {
        json.WriteStartObject();
        json.WriteString("time"u8, Time(happened));
        json.WriteString("event"u8, happened.Word);
        if (happened.Kind == NamespaceEventKind.Lost)
        {
            json.WriteNumber("lost"u8, happened.LostRecords);
            json.WriteEndObject();
            return;
        }

        json.WriteString("type"u8, happened.Type!.Name);
        json.WriteNumber("inode"u8, happened.Inode);
        if (happened.Id != 0)
        {
            json.WriteNumber("id"u8, happened.Id);
        }

        if (happened.OwnerInode != 0)
        {
            json.WriteStartObject("owner"u8);
            json.WriteNumber("inode"u8, happened.OwnerInode);
            if (happened.OwnerId != 0)
            {
                json.WriteNumber("id"u8, happened.OwnerId);
            }

            json.WriteEndObject();
        }

        json.WriteStartArray("names"u8);
        foreach (string name in happened.Names)
        {
            json.WriteStringValue(name);
        }

        json.WriteEndArray();
        Write(json, "creator", happened.Creator);
        Write(json, "lastHolder", happened.LastHolder);
        if (happened.Lifetime is { } lifetime)
        {
            json.WritePropertyName("lifetime"u8);
            json.WriteRawValue(Seconds(lifetime));
        }

        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, NamespaceActor? actor)
    {
        if (actor is not null)
        {
            json.WriteStartObject(name);
            json.WriteNumber("pid"u8, actor.Pid);
            if (actor.Uid is { } uid)
            {
                json.WriteNumber("uid"u8, uid);
            }

            if (actor.Command.Length > 0)
            {
                json.WriteString("command"u8, actor.Command);
            }

            json.WriteEndObject();
        }
    }

    private static string Time(NamespaceEvent happened) => happened.Time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.000000", CultureInfo.InvariantCulture);

    private static string? Number(ulong number) => number == 0 ? null : number.ToString(CultureInfo.InvariantCulture);
}
