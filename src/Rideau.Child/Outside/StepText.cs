// RUNS IN: caller
using System;
using System.Collections.Generic;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Rideau.Child.Contract;

namespace Rideau.Child.Outside;

/// <summary>A step as a person would write the call: <c>mount_setattr(&lt;root&gt;, "", AT_EMPTY_PATH, …)</c>.</summary>
internal static unsafe class StepText
{
    private const int LongestText = 200;

    internal static string Render(ChildPlanBuilder plan, int index)
    {
        ChildStep* step = plan.Steps + index;
        bool isCall = step->Kind == StepKind.Call;
        int count = isCall ? SyscallWords.ArgumentCount(step) : KindArguments(step->Kind);
        var text = new StringBuilder(isCall ? SyscallWords.NameOf(step->Number) : KindName(step->Kind)).Append('(');
        nint* arguments = &step->A0;
        for (int i = 0; i < count; i++)
        {
            text.Append(i == 0 ? "" : ", ").Append(plan.KindOf(index, i) switch
            {
                ArgumentKind.Slot => $"<{plan.SlotName((int)arguments[i])}>",
                ArgumentKind.Descriptor => $"<{plan.DescriptorName((int)arguments[i])}>",
                ArgumentKind.Text => Quote((byte*)arguments[i]),
                ArgumentKind.Data => isCall ? DataWords.Describe(step, i) : KindData(step, plan),
                _ => isCall ? SyscallWords.Number(step, i) : KindNumber(step, i, plan),
            });
        }

        if (step->Kind == StepKind.BecomeImage)
        {
            text.Append(", ").Append(plan.InheritedNames());
        }

        if (step->Kind == StepKind.Jump)
        {
            text.Append(Plain(plan.NumberOf(step->Next)));
        }

        text.Append(')');
        if (step->Result >= 0)
        {
            text.Append(" = <").Append(plan.SlotName(step->Result)).Append('>');
        }

        return text.ToString();
    }

    internal static IReadOnlyList<int> Tolerated(ChildStep* step)
    {
        var errnos = new List<int>();
        short* tolerated = &step->Tolerated0;
        for (int i = 0; i < 4 && tolerated[i] != 0; i++)
        {
            errnos.Add(tolerated[i]);
        }

        return errnos;
    }

    internal static string Plain(nint value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>A text in the plan's memory, in quotes.</summary>
    internal static string Quote(byte* text) => Quote(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text));

    /// <summary>In quotes; what does not print is escaped, what is very long is cut.</summary>
    internal static string Quote(ReadOnlySpan<byte> bytes)
    {
        string text = Encoding.UTF8.GetString(bytes);
        var quoted = new StringBuilder(text.Length + 2).Append('"');
        foreach (char letter in text.AsSpan(0, Math.Min(text.Length, LongestText)))
        {
            _ = letter switch
            {
                '\n' => quoted.Append("\\n"),
                '\t' => quoted.Append("\\t"),
                '"' or '\\' => quoted.Append('\\').Append(letter),
                _ when char.IsControl(letter) => quoted.Append(CultureInfo.InvariantCulture, $"\\x{(int)letter:x2}"),
                _ => quoted.Append(letter),
            };
        }

        return quoted.Append(text.Length > LongestText ? "\"..." : "\"").ToString();
    }

    private static string KindData(ChildStep* step, ChildPlanBuilder plan) => step->Kind switch
    {
        StepKind.RunHook => DataWords.Hook((HookProgram*)step->A0, plan),
        StepKind.FindExecutable => DataWords.Sequence((byte*)step->A0, (int)step->A1),
        StepKind.FormatNumber => Quote(MemoryMarshal.CreateReadOnlySpanFromNullTerminated((byte*)step->A0)),
        _ => "{...}",
    };

    private static string KindNumber(ChildStep* step, int argument, ChildPlanBuilder plan) => (step->Kind, argument) switch
    {
        (StepKind.OpenInRoot, 2) => ((RootTarget)step->A2).ToString(),
        (StepKind.OpenInRoot, 3) => SyscallWords.Octal(step->A3),
        (StepKind.CheckNode, 2) => SyscallWords.Mode(step->A2),
        (StepKind.CheckNode, 3) => SyscallWords.Device(step->A3),
        (StepKind.Send or StepKind.Receive, 1) => plan.MessageName((byte)step->A1),
        (StepKind.CloneOnward, 0) => NamespaceFlags.Describe(step->A0),
        (StepKind.Fail, 0) => Kernel.Abi.Errno.Name((int)step->A0),
        _ => Plain((&step->A0)[argument]),
    };

    private static string KindName(StepKind kind) => kind switch
    {
        StepKind.OpenInRoot => "open_in_root",
        StepKind.Receive => "receive",
        StepKind.Send => "send",
        StepKind.SendDescriptor => "send_descriptor",
        StepKind.ReceiveDescriptor => "receive_descriptor",
        StepKind.Gate => "wait_at_gate",
        StepKind.RunHook => "run_hook",
        StepKind.CopyTree => "copy_tree",
        StepKind.FindExecutable => "find_executable",
        StepKind.Jump => "jump",
        StepKind.FormatNumber => "format_number",
        StepKind.CloneOnward => "clone_onward",
        StepKind.CheckWorkingDirectory => "check_working_directory",
        StepKind.CheckNode => "check_node",
        StepKind.ResetSignals => "reset_signals",
        StepKind.BecomeImage => "become_image",
        StepKind.CloseOthers => "close_others",
        _ => "fail",
    };

    private static int KindArguments(StepKind kind) => kind switch
    {
        StepKind.OpenInRoot => 4,
        StepKind.Send or StepKind.Receive or StepKind.SendDescriptor or StepKind.Gate or StepKind.FormatNumber => 2,
        StepKind.CopyTree => 3,
        StepKind.CheckNode => 4,
        StepKind.ReceiveDescriptor or StepKind.CloneOnward or StepKind.Fail or StepKind.RunHook or StepKind.FindExecutable or StepKind.BecomeImage or StepKind.CloseOthers => 1,
        _ => 0,
    };
}
