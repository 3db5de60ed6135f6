// RUNS IN: caller
using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Rideau.Child.Contract;

namespace Rideau.Child.Outside;

/// <summary>A step as a person would write the call: <c>mount_setattr(«root», "", AT_EMPTY_PATH, …)</c>.</summary>
internal static unsafe class StepText
{
    internal static string Render(ChildStep* step, Func<int, ArgumentKind> kindOf, Func<int, string> slotName, Func<int, string> descriptorName)
    {
        string name = step->Kind == StepKind.Call ? SyscallWords.NameOf(step->Number) : KindName(step->Kind);
        int count = step->Kind == StepKind.Call ? SyscallWords.ArgumentCount(step->Number) : KindArguments(step->Kind);
        var text = new StringBuilder(name).Append('(');
        nint* arguments = &step->A0;
        for (int i = 0; i < count; i++)
        {
            text.Append(i == 0 ? "" : ", ");
            switch (kindOf(i))
            {
                case ArgumentKind.Slot:
                    text.Append('<').Append(slotName((int)arguments[i])).Append('>');
                    break;
                case ArgumentKind.Text:
                    text.Append('"').Append(Encoding.UTF8.GetString(System.Runtime.InteropServices.MemoryMarshal.CreateReadOnlySpanFromNullTerminated((byte*)arguments[i]))).Append('"');
                    break;
                case ArgumentKind.Descriptor:
                    text.Append('<').Append(descriptorName((int)arguments[i])).Append('>');
                    break;
                case ArgumentKind.Data:
                    text.Append(SyscallWords.Data(step->Number, i, (byte*)arguments[i]));
                    break;
                default:
                    text.Append(step->Kind == StepKind.Call ? SyscallWords.Number(step->Number, i, arguments[i]) : Plain(arguments[i]));
                    break;
            }
        }

        text.Append(')');
        if (step->Result >= 0)
        {
            text.Append(" = <").Append(slotName(step->Result)).Append('>');
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
        _ => "fail",
    };

    private static int KindArguments(StepKind kind) => kind switch
    {
        StepKind.OpenInRoot => 2,
        StepKind.Send or StepKind.Receive or StepKind.ReceiveDescriptor => 1,
        StepKind.SendDescriptor => 2,
        StepKind.Gate or StepKind.BecomeImage => 1,
        StepKind.CopyTree => 2,
        StepKind.CheckNode => 4,
        StepKind.FormatNumber => 2,
        StepKind.CloneOnward => 1,
        StepKind.Fail => 1,
        _ => 0,
    };
}
