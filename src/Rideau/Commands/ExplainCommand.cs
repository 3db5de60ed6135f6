using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Rideau.Child.Outside;
using Rideau.CommandLine;
using Rideau.Kernel.Abi;
using Rideau.Output;
using Rideau.Runtime.Lifecycle;
using ArgumentKind = Rideau.CommandLine.ArgumentKind;

namespace Rideau.Commands;

internal static class ExplainCommand
{
    internal static Command Describe() => new()
    {
        Name = "explain",
        Arguments = "[BUNDLE]",
        Summary = "print what making a container would do, step by step",
        Description = "Prints every step of the birth of a container from a bundle, and does none of\nthem.",
        Options =
        [
            CreationOptions.Bundle,
            new("format", 'f', OptionKind.Text, "FORMAT", "text or json (default: text)", Choices: "text json"),
        ],
        Examples = "# a bundle\nrideau explain --bundle /srv/web\n# for a program to read\nrideau explain --format json /srv/web",
        MaximumArguments = 1,
        ArgumentKinds = [ArgumentKind.Directory],
        Execute = Execute,
    };

    private static int Execute(Invocation invocation)
    {
        string bundle = invocation.Arguments.Count > 0 ? invocation.Arguments[0] : invocation.Options.TextOrNone("bundle") ?? ".";
        string format = invocation.Options.Text("format") ?? "text";
        if (format is not ("text" or "json"))
        {
            throw new UsageException("explain: invalid format option", "--format is text or json");
        }

        Explanation explanation = Explain.Execute(invocation.MakingContext(), new CreateOptions { Id = "explained", Bundle = AbsolutePath.Of(bundle) });
        if (format == "json")
        {
            StandardOutput.Write(Json(explanation));
        }
        else
        {
            StandardOutput.Write(Text(explanation));
        }

        return ExitCode.Success;
    }

    private static string Text(Explanation explanation)
    {
        StringBuilder text = new("Outside:\n");
        foreach (string sentence in explanation.Outside)
        {
            text.Append("     ").Append(sentence).Append('\n');
        }

        text.Append("In the child:\n");
        foreach (StepDescription step in explanation.Steps)
        {
            text.Append(step.Number.ToString(CultureInfo.InvariantCulture).PadLeft(4)).Append(' ').Append(step.Purpose).Append("\n       ").Append(step.Call).Append('\n');
        }

        return text.ToString();
    }

    private static byte[] Json(Explanation explanation)
    {
        ArrayBufferWriter<byte> buffer = new(8192);
        using (Utf8JsonWriter json = new(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            json.WriteStartArray("outside"u8);
            foreach (string sentence in explanation.Outside)
            {
                json.WriteStringValue(sentence);
            }

            json.WriteEndArray();
            json.WriteStartArray("steps"u8);
            foreach (StepDescription step in explanation.Steps)
            {
                json.WriteStartObject();
                json.WriteNumber("number"u8, step.Number);
                json.WriteString("purpose"u8, step.Purpose);
                json.WriteString("call"u8, step.Call);
                json.WriteStartArray("tolerated"u8);
                foreach (int errno in step.Tolerated)
                {
                    json.WriteStringValue(Errno.Name(errno));
                }

                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return buffer.WrittenSpan.ToArray();
    }
}
