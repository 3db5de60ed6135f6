using System.Collections.Generic;
using Rideau.Child.Outside;
using Rideau.Kernel.Calls;
using Rideau.Runtime.Spec;

namespace Rideau.Runtime.Hooks;

/// <summary>Runs hooks in the runtime's namespaces: prestart, createRuntime, poststart, poststop.</summary>
/// <remarks>spec: config.md#posix-platform-hooks, runtime.md#lifecycle</remarks>
internal static class HookRunner
{
    /// <summary>Runs them one after another, with the state on standard input.</summary>
    /// <exception cref="ContainerException">The first that fails; those behind it are not run.</exception>
    internal static void Run(string kind, List<Hook> hooks, byte[] state, Dictionary<string, string> annotations)
    {
        using HookStreams streams = HookStreams.Open(annotations);
        for (int i = 0; i < hooks.Count; i++)
        {
            // Once there is a container its process gets the signals.
            ProgramOutcome outcome = RunOne(hooks[i], state, streams, kind is "prestart" or "createRuntime" ? Signals.Ending : 0);
            if (!outcome.Succeeded)
            {
                throw Failed(kind, i, hooks[i], outcome);
            }
        }
    }

    /// <summary>Runs them all; a failure is a warning (poststop).</summary>
    internal static void RunAll(string kind, List<Hook> hooks, byte[] state, Dictionary<string, string> annotations, Log log)
    {
        using HookStreams streams = HookStreams.Open(annotations);
        for (int i = 0; i < hooks.Count; i++)
        {
            ProgramOutcome outcome = RunOne(hooks[i], state, streams, 0);
            if (!outcome.Succeeded)
            {
                log.Warning(Failed(kind, i, hooks[i], outcome).Message + ", ignoring");
            }
        }
    }

    private static ProgramOutcome RunOne(Hook hook, byte[] state, HookStreams streams, ulong interrupts) =>
        OutsideProgram.Run(hook.Path, hook.Args, hook.Env, state, (hook.TimeoutSeconds ?? 0) * 1000, outputTo: streams.Output, errorTo: streams.Error, interrupts: interrupts);

    private static ContainerException Failed(string kind, int index, Hook hook, ProgramOutcome outcome) =>
        new($"cannot run {kind} hook {index} \"{hook.Path}\": {outcome.Describe()}", FailureCode.General, "look at what the hook printed, and at hooks in config.json");
}
