using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Rideau.Child.Outside;
using Rideau.Kernel.Abi;
using Rideau.Runtime.Lifecycle;

namespace Rideau.Output;

/// <summary>An explanation for people and for programs; docs/explain.md says how both are read.</summary>
internal static class ExplanationText
{
    internal static string Text(Explanation explanation)
    {
        var text = new StringBuilder(16384);
        foreach (ExplainedStage stage in explanation.Stages)
        {
            text.Append(text.Length == 0 ? "" : "\n").Append(stage.InChild ? "The child: " : "The caller, ").Append(stage.Name).Append('\n');
            foreach (ExplainedAction action in stage.Actions)
            {
                text.Append("  ").Append(action.Purpose).Append('\n');
                foreach (StepDescription step in action.Steps)
                {
                    text.Append(Number(step.Number).PadLeft(7)).Append("  ").Append(step.Call);
                    AppendCourse(text, step);
                    text.Append('\n');
                }
            }
        }

        return text.ToString();
    }

    internal static byte[] Json(Explanation explanation)
    {
        ArrayBufferWriter<byte> buffer = new(65536);
        using (Utf8JsonWriter json = new(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("bundle"u8, explanation.Bundle);
            json.WriteStartArray("stages"u8);
            foreach (ExplainedStage stage in explanation.Stages)
            {
                Write(json, stage);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return buffer.WrittenSpan.ToArray();
    }

    // "[EEXIST: go on]", "[EPERM: go to 103]", "[then go to 130]"
    private static void AppendCourse(StringBuilder text, StepDescription step)
    {
        string separator = "  [";
        foreach (int errno in step.Tolerated)
        {
            text.Append(separator).Append(Errno.Name(errno));
            separator = ", ";
        }

        if (step.Tolerated.Count > 0)
        {
            text.Append(step.Otherwise == 0 ? ": go on" : $": go to {Number(step.Otherwise)}");
            separator = "; ";
        }

        if (step.Then != 0)
        {
            text.Append(separator).Append("then go to ").Append(Number(step.Then));
            separator = "; ";
        }

        text.Append(separator == "  [" ? "" : "]");
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static void Write(Utf8JsonWriter json, ExplainedStage stage)
    {
        json.WriteStartObject();
        json.WriteString("process"u8, stage.InChild ? "child"u8 : "caller"u8);
        json.WriteString("name"u8, stage.Name);
        json.WriteStartArray("actions"u8);
        foreach (ExplainedAction action in stage.Actions)
        {
            json.WriteStartObject();
            json.WriteString("purpose"u8, action.Purpose);
            if (stage.InChild)
            {
                json.WriteStartArray("steps"u8);
                foreach (StepDescription step in action.Steps)
                {
                    Write(json, step);
                }

                json.WriteEndArray();
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, StepDescription step)
    {
        json.WriteStartObject();
        json.WriteNumber("number"u8, step.Number);
        json.WriteString("call"u8, step.Call);
        if (step.Tolerated.Count > 0)
        {
            json.WriteStartArray("tolerated"u8);
            foreach (int errno in step.Tolerated)
            {
                json.WriteStringValue(Errno.Name(errno));
            }

            json.WriteEndArray();
        }

        if (step.Otherwise != 0)
        {
            json.WriteNumber("otherwise"u8, step.Otherwise);
        }

        if (step.Then != 0)
        {
            json.WriteNumber("then"u8, step.Then);
        }

        json.WriteEndObject();
    }
}
