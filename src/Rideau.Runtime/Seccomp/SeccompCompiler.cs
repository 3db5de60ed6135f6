using System;
using System.Collections.Generic;
using System.Globalization;
using System.Runtime.InteropServices;
using Rideau.Kernel.Abi;
using Rideau.Runtime.Spec;
using NativeSeccomp = Rideau.Kernel.Abi.Seccomp;

namespace Rideau.Runtime.Seccomp;

/// <summary>Compiles a profile to a program of classic BPF. spec: config-linux.md#seccomp · man: seccomp(2)</summary>
/// <remarks>The result does what libseccomp's does under runc: the machine's own architecture is always in, an architecture that is not in
/// kills the thread, conditions on x86, x32 and arm see the lower word of an argument, and calls newer than the newest one that the profile
/// names return ENOSYS, so that libraries fall back to older ones. What differs is the form: ranges of numbers in a balanced tree.</remarks>
public static class SeccompCompiler
{
    /// <summary>Compiles for the machine that this process runs on.</summary>
    /// <exception cref="ContainerException">InvalidArgument: a word or number of the profile, with its place in config.json.</exception>
    public static SeccompFilter Compile(Spec.Seccomp profile)
        => Compile(profile, RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? SeccompMachine.Arm64 : SeccompMachine.X64);

    /// <summary>Compiles for a machine; architectures of others are accepted by name and have no code, as no call comes from them.</summary>
    /// <exception cref="ContainerException">InvalidArgument: a word or number of the profile, with its place in config.json.</exception>
    public static SeccompFilter Compile(Spec.Seccomp profile, SeccompMachine machine)
    {
        uint defaultAction = DefaultActionOf(profile);
        if (!string.IsNullOrEmpty(profile.ListenerMetadata) && string.IsNullOrEmpty(profile.ListenerPath))
        {
            throw SeccompErrors.MetadataWithoutListener();
        }

        List<ArchitectureRules> architectures = ArchitecturesOf(profile, machine);
        uint flags = FlagsOf(profile);
        List<string> unknownNames = [];
        bool needsListener = false;
        for (int position = 0; position < profile.Syscalls.Count; position++)
        {
            uint action = AddRule(architectures, profile, position, defaultAction, unknownNames);
            needsListener |= action == NativeSeccomp.SECCOMP_RET_USER_NOTIF && profile.Syscalls[position].Names.Count > 0;
        }

        BpfWriter program = new();
        FilterWriter.Write(program, architectures, defaultAction);
        if (program.Count > ClassicBpf.BPF_MAXINSNS)
        {
            throw SeccompErrors.TooLong(program.Count);
        }

        return new SeccompFilter
        {
            Program = program.Program,
            Flags = needsListener
                ? flags | NativeSeccomp.SECCOMP_FILTER_FLAG_NEW_LISTENER
                // The kernel refuses it without a listener, and without one there is nothing to wait for.
                : flags & ~NativeSeccomp.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
            NeedsListener = needsListener,
            UnknownNames = unknownNames,
        };
    }

    private static uint DefaultActionOf(Spec.Seccomp profile)
    {
        if (profile.DefaultErrnoRet is > ushort.MaxValue)
        {
            throw SeccompErrors.DefaultErrnoTooLarge(profile.DefaultErrnoRet.Value);
        }

        if (!SeccompWords.TryAction(profile.DefaultAction, profile.DefaultErrnoRet, out uint action))
        {
            throw SeccompErrors.UnknownDefaultAction(profile.DefaultAction);
        }

        if (profile.DefaultErrnoRet is not null && !SeccompWords.HasErrno(action))
        {
            throw SeccompErrors.ErrnoForAction("defaultErrnoRet", profile.DefaultAction);
        }

        return action == NativeSeccomp.SECCOMP_RET_USER_NOTIF ? throw SeccompErrors.NotifyAsDefault() : action;
    }

    private static List<ArchitectureRules> ArchitecturesOf(Spec.Seccomp profile, SeccompMachine machine)
    {
        SystemCallColumn native = machine == SeccompMachine.Arm64 ? SystemCallColumn.AArch64 : SystemCallColumn.X86_64;
        List<ArchitectureRules> architectures = [new(native)];
        for (int index = 0; index < profile.Architectures.Count; index++)
        {
            string word = profile.Architectures[index];
            if (!SeccompWords.TryColumn(word, out SystemCallColumn column))
            {
                if (SeccompWords.Architectures.IndexOf(word) < 0)
                {
                    throw SeccompErrors.UnknownArchitecture(index, word);
                }
            }
            else if (IsOf(machine, column) && Find(architectures, column) is null)
            {
                architectures.Add(new(column));
            }
        }

        return architectures;
    }

    private static bool IsOf(SeccompMachine machine, SystemCallColumn column)
        => (machine == SeccompMachine.Arm64) == (column is SystemCallColumn.AArch64 or SystemCallColumn.Arm);

    internal static ArchitectureRules? Find(List<ArchitectureRules> architectures, SystemCallColumn column)
    {
        foreach (ArchitectureRules architecture in architectures)
        {
            if (architecture.Column == column)
            {
                return architecture;
            }
        }

        return null;
    }

    private static uint FlagsOf(Spec.Seccomp profile)
    {
        if (!profile.FlagsGiven)
        {
            return NativeSeccomp.SECCOMP_FILTER_FLAG_SPEC_ALLOW;
        }

        uint flags = 0;
        for (int index = 0; index < profile.Flags.Count; index++)
        {
            flags |= SeccompWords.TryFlag(profile.Flags[index], out uint flag) ? flag : throw SeccompErrors.UnknownFlag(index, profile.Flags[index]);
        }

        return flags;
    }

    /// <summary>Adds one entry of the profile to every architecture; returns its action.</summary>
    private static uint AddRule(List<ArchitectureRules> architectures, Spec.Seccomp profile, int position, uint defaultAction, List<string> unknownNames)
    {
        SeccompRule rule = profile.Syscalls[position];
        if (rule.ErrnoRet is > ushort.MaxValue)
        {
            throw SeccompErrors.ErrnoTooLarge(position, rule.ErrnoRet.Value);
        }

        if (!SeccompWords.TryAction(rule.Action, rule.ErrnoRet, out uint action))
        {
            throw SeccompErrors.UnknownAction(position, rule.Action);
        }

        if (rule.ErrnoRet is not null && !SeccompWords.HasErrno(action))
        {
            throw SeccompErrors.ErrnoForAction(string.Create(CultureInfo.InvariantCulture, $"syscalls[{position}].errnoRet"), rule.Action);
        }

        RuleConditions conditions = new(rule, position, action);
        for (int index = 0; index < rule.Names.Count; index++)
        {
            string name = rule.Names[index];
            if (name.Length == 0)
            {
                throw SeccompErrors.EmptyName(position, index);
            }

            if (action == NativeSeccomp.SECCOMP_RET_USER_NOTIF && name is "write" or "sendmsg")
            {
                throw SeccompErrors.NotifyForHandOver(position, name);
            }

            int row = SystemCallTable.RowOf(name);
            if (row == SystemCallTable.None)
            {
                if (!SystemCallTable.IsOfOtherArchitectures(name))
                {
                    unknownNames.Add(name);
                }

                continue;
            }

            foreach (ArchitectureRules architecture in architectures)
            {
                // A rule that says what happens anyway is no rule, but the author knew the call.
                AddName(architecture, row, name, action == defaultAction ? null : conditions, profile, position);
            }
        }

        return action;
    }

    private static void AddName(ArchitectureRules architecture, int row, string name, RuleConditions? conditions, Spec.Seccomp profile, int position)
    {
        int number = SystemCallTable.NumberOf(row, architecture.Column);
        bool agrees = number == SystemCallTable.None || AddNumber(architecture, number, conditions, 0);
        if (architecture.Column == SystemCallColumn.X86 && MultiplexedCall.TryFind(name, out int multiplexer, out uint selector))
        {
            agrees &= AddNumber(architecture, multiplexer, conditions, selector);
        }

        if (!agrees)
        {
            throw SeccompErrors.Conflict(profile, position, name);
        }
    }

    private static bool AddNumber(ArchitectureRules architecture, int number, RuleConditions? conditions, uint selector)
    {
        architecture.Named(number);
        bool agrees = true;
        if (conditions is not null)
        {
            foreach (ConditionalRule rule in conditions.For(architecture.Is64Bit))
            {
                agrees &= architecture.Add(number, selector == 0 ? rule : RuleConditions.Multiplexed(rule, selector));
            }
        }

        return agrees;
    }
}
