using System.Collections.Generic;
using System.IO;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Rideau.Runtime.Entering;

namespace Rideau.Output;

/// <summary>To whom processes belong.</summary>
internal static class WhoReport
{
    internal static string Text(IReadOnlyList<Belonging> found)
    {
        StringBuilder text = new();
        foreach (Belonging one in found)
        {
            text.Append("process ").Append(one.Pid).Append(" (").Append(PrintableText.Word(one.Command)).Append("): ");
            text.Append(one.Container is null ? "no container of this --root" : $"container \"{one.Container}\"").Append('\n');
            foreach ((string type, string link, bool own) in one.Namespaces)
            {
                text.Append("  ").Append(link).Append(own ? "" : $", not the container's own {type} namespace").Append('\n');
            }
        }

        return text.ToString();
    }

    internal static byte[] Json(IReadOnlyList<Belonging> found)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartArray();
            foreach (Belonging one in found)
            {
                json.WriteStartObject();
                json.WriteNumber("pid"u8, one.Pid);
                json.WriteString("command"u8, one.Command);
                json.WriteString("container"u8, one.Container);
                json.WriteStartObject("namespaces"u8);
                foreach ((string type, string link, _) in one.Namespaces)
                {
                    json.WriteString(type, link);
                }

                json.WriteEndObject();
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        bytes.WriteByte((byte)'\n');
        return bytes.ToArray();
    }
}
