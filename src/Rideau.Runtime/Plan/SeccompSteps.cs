using Rideau.Child.Outside;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Handles;
using Rideau.Runtime.Seccomp;

namespace Rideau.Runtime.Plan;

/// <summary>Sets a compiled seccomp filter, and hands its listener to the caller where it has one.</summary>
internal sealed class SeccompSteps
{
    private const string Purpose = "set the seccomp filter";

    private readonly SeccompFilter _filter;
    private readonly Argument _listenerSocket;

    private SeccompSteps(SeccompFilter filter, Argument listenerSocket)
    {
        _filter = filter;
        _listenerSocket = listenerSocket;
    }

    /// <summary>Null where the configuration has no filter: nothing at all, or an object without an action and rules, as engines write it for "unconfined".</summary>
    /// <param name="configuration">Its linux.seccomp.</param>
    /// <param name="channel">The child's end, over which a listener goes out.</param>
    /// <param name="log">Is told the names that no kernel has, which are left out.</param>
    /// <exception cref="ContainerException">InvalidArgument: a word or number of the profile, with its place in config.json.</exception>
    internal static SeccompSteps? From(Spec.Configuration configuration, OwnedFd channel, Log log)
    {
        if (Spec.RunOciAnnotations.SeccompProgram(configuration) is { } given)
        {
            return new SeccompSteps(new SeccompFilter { Program = given, Flags = 0, NeedsListener = false, UnknownNames = [] }, (Argument)channel);
        }

        Spec.Seccomp? profile = configuration.Linux?.Seccomp;
        if (profile is null || (profile.DefaultAction.Length == 0 && profile.Syscalls.Count == 0))
        {
            return null;
        }

        SeccompFilter filter = SeccompCompiler.Compile(profile);
        if (filter.NeedsListener && string.IsNullOrEmpty(profile.ListenerPath))
        {
            throw SeccompErrors.NoListenerPath();
        }

        if (filter.UnknownNames.Count > 0)
        {
            if (Spec.RunOciAnnotations.RefusesUnknownSystemCalls(configuration))
            {
                throw new ContainerException($"cannot use linux.seccomp.syscalls: no system call has the name: {string.Join(", ", filter.UnknownNames)}", FailureCode.InvalidArgument, "annotation run.oci.seccomp_fail_unknown_syscall makes it an error");
            }

            log.Warning($"linux.seccomp.syscalls: left out, as no system call has the name: {string.Join(", ", filter.UnknownNames)}");
        }

        return new SeccompSteps(filter, (Argument)channel);
    }

    /// <summary>True where a listener is handed to the caller.</summary>
    internal bool NeedsListener => _filter.NeedsListener;

    /// <summary>What to look at when a step behind the filter fails for no other known reason; null for a step before it.</summary>
    internal static string? HintFor(ChildPlanBuilder plan, int step)
    {
        for (int before = 0; before < step; before++)
        {
            if (plan.PurposeOf(before) == Purpose && plan.PurposeOf(step) != Purpose)
            {
                return "the profile in linux.seccomp is in force at this step, and may forbid what is left of the birth; with process.noNewPrivileges it is set last";
            }
        }

        return null;
    }

    internal void Add(ChildPlanBuilder plan)
    {
        plan.Begin(Purpose);
        Argument instructions = plan.Bytes(_filter.Program.Span);
        Argument header = plan.Data(new sock_fprog { len = (ushort)_filter.InstructionCount, filter = instructions.Value });
        Step step = plan.Call(SyscallNumber.seccomp, Kernel.Abi.Seccomp.SECCOMP_SET_MODE_FILTER, _filter.Flags, header);
        if (_filter.NeedsListener)
        {
            Slot listener = plan.NewSlot("seccomp listener");
            step.Into(listener);
            plan.Begin("hand over the seccomp listener");
            plan.SendDescriptor(_listenerSocket, listener, Protocol.SeccompListener);
            plan.Receive(_listenerSocket, Protocol.Go);
            plan.Call(SyscallNumber.close, listener);
        }
    }
}
