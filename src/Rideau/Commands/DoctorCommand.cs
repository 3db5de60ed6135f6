using System.Buffers;
using System.Collections.Generic;
using System.Text;
using System.Text.Json;
using Rideau.CommandLine;
using Rideau.Kernel;
using Rideau.Kernel.Calls;
using Rideau.Output;
using Rideau.Runtime.Machine;

namespace Rideau.Commands;

internal static class DoctorCommand
{
    private const int NameWidth = 24;

    internal static Command Describe() => new()
    {
        Name = "doctor",
        Summary = "say what this machine can do for containers, and how to get what is missing",
        Description = "Tries what containers need, as this user and in a child that leaves nothing\nbehind, and says of each thing whether it works, why not, and what to do.",
        Options = [new("format", 'f', OptionKind.Text, "FORMAT", "text or json (default: text)", Choices: "text json")],
        Examples = "# for a person\nrideau doctor\n# only what is not as it should be\nrideau doctor --format json | grep -B 3 -A 3 -E '\"(warning|missing)\"' || true",
        ExitStatus = "0 where containers can run for this user, 1 where something is missing that all of\nthem need.",
        MaximumArguments = 0,
        Execute = Execute,
    };

    private static int Execute(Invocation invocation)
    {
        string format = invocation.Options.Text("format") ?? "text";
        if (format is not ("text" or "json"))
        {
            throw new UsageException("doctor: invalid format option", "--format is text or json");
        }

        IReadOnlyList<Finding> findings = Doctor.Examine(invocation.Context());
        bool able = Doctor.CanRun(findings);
        if (format == "json")
        {
            StandardOutput.Write(Json(findings, able));
        }
        else
        {
            StandardOutput.Write(Text(findings, able));
        }

        return able ? ExitCode.Success : ExitCode.Failure;
    }

    private static string Text(IReadOnlyList<Finding> findings, bool able)
    {
        StringBuilder text = new();
        string group = "";
        foreach (Finding finding in findings)
        {
            if (finding.Group != group)
            {
                group = finding.Group;
                text.Append(group).Append(":\n");
            }

            text.Append("  ").Append(Word(finding.Status).PadRight(9)).Append(finding.Name.PadRight(NameWidth)).Append(finding.Reason).Append('\n');
            if (finding.Advice is { } advice)
            {
                text.Append(' ', 11 + NameWidth).Append("to do: ").Append(advice).Append('\n');
            }
        }

        string user = UserName.Of(Credentials.EffectiveUid);
        return text.Append(able ? $"Containers can run here for {user}.\n" : $"Containers cannot run here for {user}: see what is missing above.\n").ToString();
    }

    private static byte[] Json(IReadOnlyList<Finding> findings, bool able)
    {
        ArrayBufferWriter<byte> buffer = new(8192);
        using (Utf8JsonWriter json = new(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = PlainJsonEncoder.Instance }))
        {
            json.WriteStartObject();
            json.WriteBoolean("able"u8, able);
            json.WriteStartArray("findings"u8);
            foreach (Finding finding in findings)
            {
                json.WriteStartObject();
                json.WriteString("group"u8, finding.Group);
                json.WriteString("name"u8, finding.Name);
                json.WriteString("status"u8, Word(finding.Status));
                json.WriteString("reason"u8, finding.Reason);
                json.WriteString("advice"u8, finding.Advice);
                json.WriteBoolean("required"u8, finding.Required);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return buffer.WrittenSpan.ToArray();
    }

    private static string Word(FindingStatus status) => status switch
    {
        FindingStatus.Ok => "ok",
        FindingStatus.Warning => "warning",
        _ => "missing",
    };
}
