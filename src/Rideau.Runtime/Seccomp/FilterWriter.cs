using System.Collections.Generic;
using Rideau.Kernel.Abi;
using NativeSeccomp = Rideau.Kernel.Abi.Seccomp;

namespace Rideau.Runtime.Seccomp;

/// <summary>Writes the whole filter: which architecture, which range of numbers, which conditions.</summary>
internal static class FilterWriter
{
    /// <summary>What runc does with a call of an architecture that the filter does not have.</summary>
    private const uint ForeignCall = NativeSeccomp.SECCOMP_RET_KILL_THREAD;

    private const uint UnknownCall = NativeSeccomp.SECCOMP_RET_ERRNO | Errno.ENOSYS;

    /// <summary>The x32 bit with the sign bit above it: no call has such a number, but a tracer's -1.</summary>
    private const uint NegativeNumbers = 0x80000000;
    private const uint NegativeX32Numbers = NegativeNumbers | NativeSeccomp.X32_SYSCALL_BIT;
    private const uint TracersSkip = uint.MaxValue;

    internal static void Write(BpfWriter program, List<ArchitectureRules> architectures, uint defaultAction)
    {
        int next = program.Return(ForeignCall);
        // Backwards: the machine's own architecture, which is the first, is asked for first.
        for (int index = architectures.Count - 1; index >= 0; index--)
        {
            ArchitectureRules architecture = architectures[index];
            if (architecture.Column == SystemCallColumn.X32)
            {
                continue;
            }

            ArchitectureRules? x32 = architecture.Column == SystemCallColumn.X86_64 ? SeccompCompiler.Find(architectures, SystemCallColumn.X32) : null;
            int numbers = WriteNumbers(program, MapOf(architecture, x32, defaultAction), architecture.Is64Bit, defaultAction);
            numbers = program.Load(seccomp_data.NrOffset, numbers);
            next = program.Jump(ClassicBpf.JMP_JEQ_K, AuditArchitecture(architecture.Column), numbers, next);
        }

        _ = program.Load(seccomp_data.ArchOffset, next);
    }

    private static NumberMap MapOf(ArchitectureRules architecture, ArchitectureRules? x32, uint defaultAction)
    {
        NumberMap map = new();
        architecture.AppendTo(map, defaultAction);
        AppendUnknown(map, architecture, defaultAction);
        if (architecture.Column != SystemCallColumn.X86_64)
        {
            return map;
        }

        bool unknownIsAnswered = AnswersUnknown(architecture, defaultAction);
        Verdict foreign = new(x32 is null ? ForeignCall : defaultAction, null);
        if (x32 is null)
        {
            map.Append(NativeSeccomp.X32_SYSCALL_BIT, foreign);
        }
        else
        {
            x32.AppendTo(map, defaultAction);
            AppendUnknown(map, x32, defaultAction);
        }

        map.Append(NegativeNumbers, unknownIsAnswered ? new(UnknownCall, null) : foreign);
        if (x32 is not null && AnswersUnknown(x32, defaultAction))
        {
            map.Append(NegativeX32Numbers, new(UnknownCall, null));
        }
        else
        {
            map.Append(NegativeX32Numbers, foreign);
            map.Append(TracersSkip, new(defaultAction, null));
        }

        return map;
    }

    private static void AppendUnknown(NumberMap map, ArchitectureRules architecture, uint defaultAction)
    {
        if (AnswersUnknown(architecture, defaultAction))
        {
            map.Append(architecture.LastNumber + 1, new(UnknownCall, null));
        }
    }

    /// <summary>Calls newer than the profile return ENOSYS, unless the default lets them through (a tracer answers them itself).</summary>
    private static bool AnswersUnknown(ArchitectureRules architecture, uint defaultAction)
        => architecture.LastNumber != 0
            && defaultAction is not (NativeSeccomp.SECCOMP_RET_ALLOW or NativeSeccomp.SECCOMP_RET_LOG)
            && (defaultAction & ~NativeSeccomp.SECCOMP_RET_DATA) != NativeSeccomp.SECCOMP_RET_TRACE;

    private static int WriteNumbers(BpfWriter program, NumberMap map, bool is64Bit, uint defaultAction)
        => WriteRanges(program, map, 0, map.Count, is64Bit, defaultAction);

    /// <summary>A balanced tree of comparisons over the ranges from first to end.</summary>
    private static int WriteRanges(BpfWriter program, NumberMap map, int first, int end, bool is64Bit, uint defaultAction)
    {
        if (end - first == 1)
        {
            Verdict verdict = map.VerdictAt(first);
            if (verdict.Rules is null)
            {
                return program.Return(verdict.Action);
            }

            // x32's conditions were cut to the lower word when they were made; their numbers are in the map of a 64-bit architecture.
            bool isX32 = map.Start(first) >= NativeSeccomp.X32_SYSCALL_BIT;
            return ConditionWriter.Write(program, verdict.Rules, defaultAction, is64Bit && !isX32);
        }

        int middle = first + ((end - first) / 2);
        int upper = WriteRanges(program, map, middle, end, is64Bit, defaultAction);
        int lower = WriteRanges(program, map, first, middle, is64Bit, defaultAction);
        return program.Jump(ClassicBpf.JMP_JGE_K, map.Start(middle), upper, lower);
    }

    private static uint AuditArchitecture(SystemCallColumn column) => column switch
    {
        SystemCallColumn.X86_64 => NativeSeccomp.AUDIT_ARCH_X86_64,
        SystemCallColumn.X86 => NativeSeccomp.AUDIT_ARCH_I386,
        SystemCallColumn.AArch64 => NativeSeccomp.AUDIT_ARCH_AARCH64,
        _ => NativeSeccomp.AUDIT_ARCH_ARM,
    };
}
