using System;
using System.Collections.Generic;
using System.Linq;
using Rideau.Kernel.Abi;
using Rideau.Runtime;
using Rideau.Runtime.Seccomp;
using Rideau.Runtime.Spec;
using Xunit;

namespace Rideau.UnitTests.SeccompFilters;

/// <summary>Holds a compiled profile against libseccomp's program and the words of runc's ENOSYS rule.</summary>
internal sealed class Oracle(string name, Runtime.Spec.Seccomp profile, SeccompMachine machine, SeccompFilter filter, byte[] reference)
{
    private const uint AnsweredUnknown = 0x00050000 | 38;

    /// <summary>Arguments around which conditions are made.</summary>
    internal static readonly ulong[] Values =
    [
        0, 1, 2, 5, 8, 0x10, 0x7f, 0xff, 0x20008, 0x7fffffff, 0x80000000, 0xffffffff, 0x100000000, 0x100000001, 0x100000005, 0x500000002,
        0x7fffffffffffffff, 0x8000000000000000, 0xffffffff00000000, 0xffffffffffffffff,
    ];

    private readonly ulong[] _values = ValuesAround(profile);
    private readonly Dictionary<uint, uint> _last = [];
    private readonly ProfileReading _reading = new(profile);

    internal int Compared { get; private set; }

    /// <summary>Calls where libseccomp has an action that no matching rule has, and we have one of a matching rule: it merges several conditions on the same argument wrongly at times.</summary>
    internal int WrongThere { get; private set; }

    /// <summary>Calls that rules of different actions match, and each compiler has the action of another one of them.</summary>
    internal int OtherOrder { get; private set; }

    /// <summary>Null where both compilers say that the profile contradicts itself, or the library alone does.</summary>
    /// <exception cref="TimeoutException">The library does not end.</exception>
    internal static Oracle? Hold(string name, Runtime.Spec.Seccomp profile, SeccompMachine machine, Random random)
    {
        byte[]? reference = Libseccomp.CompileInTime(profile, machine == SeccompMachine.Arm64);
        SeccompFilter filter;
        try
        {
            filter = SeccompCompiler.Compile(profile, machine);
        }
        catch (ContainerException refusal)
        {
            Assert.True(reference is null, $"{name}: the library takes it, we say: {refusal.Message}\n{string.Join('\n', profile.Syscalls.Select(Text))}");
            return null;
        }

        if (reference is null)
        {
            return null;
        }

        Oracle oracle = new(name, profile, machine, filter, reference);
        oracle.Compare(random);
        return oracle;
    }

    /// <summary>Every number of the kernel's range and some edges, by every architecture; arguments at random, more of them where there are conditions.</summary>
    internal void Compare(Random random)
    {
        HashSet<string> conditional = [.. profile.Syscalls.Where(rule => rule.Args.Count > 0).SelectMany(rule => rule.Names)];
        foreach (uint architecture in machine == SeccompMachine.X64 ? new[] { Libseccomp.ArchX86_64, Libseccomp.ArchX86, Libseccomp.ArchX32 } : [Libseccomp.ArchAArch64, Libseccomp.ArchArm])
        {
            uint first = architecture == Libseccomp.ArchX32 ? 0x40000000u : 0;
            for (uint number = 0; number < 1024; number++)
            {
                Compare(architecture, first + number, random, 1);
            }

            foreach (string name in conditional)
            {
                if (Libseccomp.NumberOf(architecture, name) is { } number and >= 0)
                {
                    Compare(architecture, (uint)number, random, 200);
                }

                if (DirectOrMultiplexed(architecture, name, out uint direct, out uint multiplexer))
                {
                    Compare(architecture, multiplexer, random, 100);
                    Compare(architecture, direct, random, 100);
                }
            }
        }

        // Above the tables; not the library's own negative numbers, which it does compile for architectures that lack a call.
        foreach (uint number in new uint[] { 0x0f0001, 0x0f0005, 0x3fffffff, 0x40001000, 0x7fffffff, 0x80000000, 0x80000001, 0xbfffffff, 0xc0000000, 0xf0000000, 0xffffffff })
        {
            Compare(Libseccomp.ArchX86_64, number, random, 1);
            Compare(Libseccomp.ArchX86, number, random, 1);
            Compare(Libseccomp.ArchAArch64, number, random, 1);
            Compare(Libseccomp.ArchArm, number, random, 1);
            Compare(0x80000016, number, random, 1);
        }
    }

    private void Compare(uint architecture, uint number, Random random, int times)
    {
        uint audit = architecture == Libseccomp.ArchX32 ? Libseccomp.ArchX86_64 : architecture;
        for (int time = 0; time < times; time++)
        {
            seccomp_data call = BpfInterpreter.Call(audit, number, Argument(random), Argument(random), Argument(random), Argument(random), Argument(random), Argument(random));
            uint actual = BpfInterpreter.Run(filter.Program.Span, call);
            if (IsAnsweredUnknown(audit, number))
            {
                Hold(actual == AnsweredUnknown, architecture, call, $"expected ENOSYS, got 0x{actual:x8}");
                continue;
            }

            uint expected = BpfInterpreter.Run(reference, call);
            Compared++;
            if (expected == actual)
            {
                continue;
            }

            HashSet<uint> actions = _reading.ActionsFor(architecture, number, call);
            Hold(actions.Contains(actual), architecture, call, $"got 0x{actual:x8} where no rule says so, libseccomp has 0x{expected:x8}");
            bool isOrder = actions.Contains(expected);
            Hold(isOrder || _reading.HasSeveralConditions(architecture, number), architecture, call, $"libseccomp has 0x{expected:x8}, we have 0x{actual:x8}");
            OtherOrder += isOrder ? 1 : 0;
            WrongThere += isOrder ? 0 : 1;
        }
    }

    /// <summary>A value that a condition names, or one beside it: by one, by a bit, or with another higher or lower word.</summary>
    private ulong Argument(Random random)
    {
        ulong value = _values[random.Next(_values.Length)];
        ulong other = _values[random.Next(_values.Length)];
        return random.Next(8) switch
        {
            0 => unchecked(value + 1),
            1 => unchecked(value - 1),
            2 => value ^ (1UL << random.Next(64)),
            3 => (value & 0xffffffff) | (other & 0xffffffff00000000),
            4 => value | other,
            _ => value,
        };
    }

    private static ulong[] ValuesAround(Runtime.Spec.Seccomp profile)
    {
        HashSet<ulong> values = [.. Values];
        foreach (SeccompArgument argument in profile.Syscalls.SelectMany(rule => rule.Args))
        {
            // For a masked comparison: what is equal under the mask, with other bits outside of it.
            values.UnionWith([argument.Value, argument.ValueTwo, argument.ValueTwo & argument.Value, (argument.ValueTwo & argument.Value) | ~argument.Value]);
        }

        return [.. values];
    }

    /// <summary>The stub that runc puts before the library's program, as its source describes it.</summary>
    private bool IsAnsweredUnknown(uint audit, uint number)
    {
        if (profile.DefaultAction is "SCMP_ACT_ALLOW" or "SCMP_ACT_LOG" or "SCMP_ACT_TRACE")
        {
            return false;
        }

        bool isX32 = audit == Libseccomp.ArchX86_64 && (number & 0x40000000) != 0;
        uint last = LastOf(isX32 ? Libseccomp.ArchX32 : audit);
        return last != 0 && number > last;
    }

    private uint LastOf(uint architecture)
    {
        if (!_last.TryGetValue(architecture, out uint last))
        {
            string? word = architecture switch
            {
                Libseccomp.ArchX86_64 => machine == SeccompMachine.X64 ? null : "none",
                Libseccomp.ArchAArch64 => machine == SeccompMachine.Arm64 ? null : "none",
                Libseccomp.ArchX86 => "SCMP_ARCH_X86",
                Libseccomp.ArchX32 => "SCMP_ARCH_X32",
                Libseccomp.ArchArm => "SCMP_ARCH_ARM",
                _ => "none",
            };
            if (word is null || profile.Architectures.Contains(word))
            {
                foreach (string name in profile.Syscalls.SelectMany(rule => rule.Names))
                {
                    // Different from runc on purpose: it forgets the numbers that x86 has for socket calls besides socketcall,
                    // and answers ENOSYS to a call that the profile names.
                    if (DirectOrMultiplexed(architecture, name, out uint direct, out uint multiplexer))
                    {
                        last = Math.Max(last, Math.Max(direct, multiplexer));
                    }
                    else if (Libseccomp.NumberOf(architecture, name) is { } number and > 0)
                    {
                        last = Math.Max(last, (uint)number);
                    }
                }
            }

            _last[architecture] = last;
        }

        return last;
    }

    private static bool DirectOrMultiplexed(uint architecture, string name, out uint direct, out uint multiplexer)
    {
        direct = multiplexer = 0;
        int row = SystemCallTable.RowOf(name);
        if (architecture != Libseccomp.ArchX86 || !MultiplexedCall.TryFind(name, out int number, out _))
        {
            return false;
        }

        multiplexer = (uint)number;
        direct = (uint)Math.Max(0, SystemCallTable.NumberOf(row, SystemCallColumn.X86));
        return true;
    }

    /// <summary>The text is long and made for millions of calls if it is made before it is needed.</summary>
    private void Hold(bool condition, uint architecture, in seccomp_data call, FormattableString what)
    {
        if (!condition)
        {
            Assert.Fail(Text(architecture, call, FormattableString.Invariant(what)));
        }
    }

    private string Text(uint architecture, in seccomp_data call, string what)
    {
        uint number = unchecked((uint)call.nr);
        List<string> lines =
        [
            $"{name}: call {number} (0x{number:x}) of 0x{architecture:x} with {call.arg0:x} {call.arg1:x} {call.arg2:x} {call.arg3:x} {call.arg4:x} {call.arg5:x}: {what}",
            $"default {profile.DefaultAction} {profile.DefaultErrnoRet}, {string.Join(' ', profile.Architectures)}",
        ];
        foreach (SeccompRule rule in profile.Syscalls)
        {
            foreach (string name in rule.Names)
            {
                bool multiplexed = DirectOrMultiplexed(architecture, name, out uint direct, out uint multiplexer) && (number == direct || number == multiplexer);
                if (multiplexed || Libseccomp.NumberOf(architecture, name) == (int)number)
                {
                    lines.Add(Text(rule));
                }
            }
        }

        return string.Join('\n', lines);
    }

    private static string Text(SeccompRule rule)
        => $"{string.Join(',', rule.Names)} {rule.Action} {rule.ErrnoRet}: {string.Join(" and ", rule.Args.Select(argument => $"{argument.Index} {argument.Operator} {argument.Value:x} {argument.ValueTwo:x}"))}";
}
