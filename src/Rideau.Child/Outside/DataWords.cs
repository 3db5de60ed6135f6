// RUNS IN: caller
using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Text;
using Rideau.Child.Contract;
using Rideau.Kernel.Abi;
using S = Rideau.Kernel.Abi.SyscallNumber;

namespace Rideau.Child.Outside;

/// <summary>What the arguments of a step point to, in words.</summary>
internal static unsafe class DataWords
{
    internal static string Describe(ChildStep* step, int argument)
    {
        byte* data = (byte*)(&step->A0)[argument];
        return (step->Number, argument) switch
        {
            (S.mount_setattr, 3) => MountAttributes((mount_attr*)data),
            (S.openat2, 2) => OpenHow((open_how*)data),
            (S.prlimit64, 2) => $"{{{Limit(((rlimit64*)data)->rlim_cur)}, {Limit(((rlimit64*)data)->rlim_max)}}}",
            (S.write, 1) => StepText.Quote(new ReadOnlySpan<byte>(data, (int)step->A2)),
            (S.execve, 1) or (S.execve, 2) => Array((byte**)data),
            (S.setgroups, 1) => Groups((uint*)data, (int)step->A0),
            (S.capset, 0) => "{_LINUX_CAPABILITY_VERSION_3}",
            (S.capset, 1) => Capabilities((cap_user_data*)data),
            (S.ioctl, 2) => Control(step->A1, data),
            (S.rt_sigaction, 1) => "{end the process}",
            (S.rt_sigprocmask, 1) => *(ulong*)data == 0 ? "{}" : $"{{0x{*(ulong*)data:x}}}",
            (S.seccomp, 2) => $"{{{((sock_fprog*)data)->len} instructions}}",
            (S.sched_setattr, 1) => Scheduling((sched_attr*)data),
            (S.set_mempolicy, 1) => $"{{0x{*(ulong*)data:x}}}",
            _ => "{...}",
        };
    }

    /// <summary>What a hook is: its path, arguments, environment, input and limit of time.</summary>
    internal static string Hook(HookProgram* hook, ChildPlanBuilder plan)
    {
        string limit = hook->TimeoutMilliseconds == 0 ? "no limit" : $"{hook->TimeoutMilliseconds} ms";
        return $"{StepText.Quote(hook->Path)}, {Array(hook->Arguments)}, {Array(hook->Environment)}, stdin <{plan.DescriptorName(hook->StandardInput)}>, {limit}";
    }

    /// <summary>Texts one behind the other.</summary>
    internal static string Sequence(byte* first, int count)
    {
        var texts = new List<string>(count);
        for (int i = 0; i < count; i++)
        {
            texts.Add(StepText.Quote(first));
            first += MemoryMarshal.CreateReadOnlySpanFromNullTerminated(first).Length + 1;
        }

        return string.Join(", ", texts);
    }

    private static string Array(byte** texts)
    {
        var quoted = new List<string>();
        for (; *texts != null; texts++)
        {
            quoted.Add(StepText.Quote(*texts));
        }

        return $"{{{string.Join(", ", quoted)}}}";
    }

    private static string Groups(uint* groups, int count)
    {
        var numbers = new List<string>(count);
        for (int i = 0; i < count; i++)
        {
            numbers.Add(StepText.Plain((nint)groups[i]));
        }

        return $"{{{string.Join(", ", numbers)}}}";
    }

    private static string Limit(ulong value) => value == ulong.MaxValue ? "RLIM_INFINITY" : StepText.Plain((nint)value);

    private static string Capabilities(cap_user_data* data)
    {
        ulong effective = data->effective0 | ((ulong)data->effective1 << 32);
        ulong permitted = data->permitted0 | ((ulong)data->permitted1 << 32);
        ulong inheritable = data->inheritable0 | ((ulong)data->inheritable1 << 32);
        return $"{{effective={Set(effective)}, permitted={Set(permitted)}, inheritable={Set(inheritable)}}}";

        static string Set(ulong bits)
        {
            var text = new StringBuilder();
            for (int i = 0; i < 64; i++)
            {
                if ((bits & (1UL << i)) != 0)
                {
                    text.Append(text.Length == 0 ? "" : "|").Append(Capability.NameOf(i));
                }
            }

            return text.Length == 0 ? "0" : text.ToString();
        }
    }

    // SIOCSIFFLAGS: struct ifreq; TIOCSWINSZ: struct winsize; TIOCSPTLCK: an int.
    private static string Control(nint request, byte* data) => request switch
    {
        SyscallWords.SIOCSIFFLAGS => $"{{{StepText.Quote(data)}, {((data[16] & 1) != 0 ? "IFF_UP" : StepText.Plain(data[16]))}}}",
        SyscallWords.TIOCSWINSZ => $"{{{((ushort*)data)[0]} rows, {((ushort*)data)[1]} columns}}",
        _ => $"{{{*(int*)data}}}",
    };

    private static string Scheduling(sched_attr* attributes) =>
        $"{{policy={attributes->sched_policy}, flags=0x{attributes->sched_flags:x}, nice={attributes->sched_nice}, priority={attributes->sched_priority}, runtime={attributes->sched_runtime}, deadline={attributes->sched_deadline}, period={attributes->sched_period}}}";

    private static string MountAttributes(mount_attr* attributes)
    {
        var text = new StringBuilder("{");
        Append(text, "set", SyscallWords.AttributeFlags((nint)attributes->attr_set), attributes->attr_set);
        Append(text, "clear", SyscallWords.AttributeFlags((nint)attributes->attr_clr), attributes->attr_clr);
        Append(text, "propagation", SyscallWords.PropagationFlags((nint)attributes->propagation), attributes->propagation);
        return text.Append('}').ToString();

        static void Append(StringBuilder text, string name, string words, ulong value)
        {
            if (value != 0)
            {
                text.Append(text.Length == 1 ? "" : ", ").Append(name).Append('=').Append(words);
            }
        }
    }

    private static string OpenHow(open_how* how) => $"{{{SyscallWords.OpenFlags((nint)how->flags)}, {SyscallWords.ResolveFlags((nint)how->resolve)}}}";
}
