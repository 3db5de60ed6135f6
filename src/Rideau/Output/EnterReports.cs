using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Rideau.Runtime.Entering;

namespace Rideau.Output;

/// <summary>What is said about entering.</summary>
internal static class EnterReports
{
    /// <summary>What is said before it is entered: where the program becomes the command it can say nothing any more.</summary>
    internal static string Text(EnterReport report)
    {
        string entered = report.Entered.Count == 0 ? "in nothing that is not the caller's too" : $"in part ({string.Join(", ", report.Entered)})";
        return report.Missing.Count == 0 ? "" : $"rideau: entering {report.Target} {entered}: the command is not confined by its {string.Join(", ", report.Missing)}\n";
    }

    internal static string Json(EnterReport report) => Encoding.UTF8.GetString(Write(indented: false, json =>
    {
        json.WriteStartObject();
        json.WriteString("target"u8, report.Target);
        Words(json, "entered", report.Entered);
        Words(json, "missing", report.Missing);
        json.WriteEndObject();
    }));

    internal static string Text(IReadOnlyList<(string Name, string Target, string Entered)> compared)
    {
        StringBuilder text = new();
        foreach ((string name, string target, string entered) in compared)
        {
            text.Append(target == entered ? "equal    " : "differs  ").Append(name).Append(": ").Append(target);
            text.Append(target == entered ? "" : $"; the command has {entered}").Append('\n');
        }

        foreach ((string name, string entered) in Enter.Untold)
        {
            text.Append("unknown  ").Append(name).Append(": the kernel does not tell; ").Append(entered).Append('\n');
        }

        return text.ToString();
    }

    internal static string Json(IReadOnlyList<(string Name, string Target, string Entered)> compared) => Encoding.UTF8.GetString(Write(indented: true, json =>
    {
        json.WriteStartArray();
        foreach ((string name, string target, string entered) in compared)
        {
            json.WriteStartObject();
            json.WriteString("attribute"u8, name);
            json.WriteBoolean("equal"u8, target == entered);
            json.WriteString("target"u8, target);
            json.WriteString("command"u8, entered);
            json.WriteEndObject();
        }

        foreach ((string name, string entered) in Enter.Untold)
        {
            json.WriteStartObject();
            json.WriteString("attribute"u8, name);
            json.WriteNull("equal"u8);
            json.WriteNull("target"u8);
            json.WriteString("command"u8, entered);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }));

    private static void Words(Utf8JsonWriter json, string name, IReadOnlyList<string> words)
    {
        json.WriteStartArray(name);
        foreach (string word in words)
        {
            json.WriteStringValue(word);
        }

        json.WriteEndArray();
    }

    private static byte[] Write(bool indented, Action<Utf8JsonWriter> write)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = indented, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            write(json);
        }

        bytes.WriteByte((byte)'\n');
        return bytes.ToArray();
    }
}
