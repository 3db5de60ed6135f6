using System.Collections.Generic;
using Rideau.Runtime;

namespace Rideau.CommandLine;

/// <summary>A command with what it was given.</summary>
internal sealed class Invocation(GivenOptions global, GivenOptions options, List<string> arguments, Log log)
{
    internal GivenOptions Global { get; } = global;

    internal GivenOptions Options { get; } = options;

    internal List<string> Arguments { get; } = arguments;

    internal Log Log { get; } = log;

    /// <summary>For verbs that do not make a container; they pass over --systemd-cgroup.</summary>
    internal RuntimeContext Context() => GlobalOptions.Context(Global, Log);

    /// <summary>For verbs that make a container or a process.</summary>
    /// <exception cref="ContainerException">NotSupported: --systemd-cgroup.</exception>
    internal RuntimeContext MakingContext()
    {
        RuntimeContext context = Context();
        return !context.SystemdCgroup
            ? context
            : throw new ContainerException(
                "the systemd cgroup driver comes later; this version writes to the cgroup file system itself",
                FailureCode.NotSupported,
                "leave --systemd-cgroup out, and give linux.cgroupsPath as a path; engines have an option for it (cgroup manager \"cgroupfs\")");
    }
}
