using System;
using System.Globalization;

namespace Rideau.Runtime.Seccomp;

/// <summary>What can be wrong with a profile, each with the place in config.json. Made here so that the compiler's own path has no texts.</summary>
internal static class SeccompErrors
{
    internal static ContainerException UnknownDefaultAction(string word)
        => Unknown("linux.seccomp.defaultAction", "action", word, SeccompWords.Actions);

    internal static ContainerException UnknownAction(int rule, string word)
        => Unknown(Place($"syscalls[{rule}].action"), "action", word, SeccompWords.Actions);

    internal static ContainerException UnknownOperator(int rule, int argument, string word)
        => Unknown(Place($"syscalls[{rule}].args[{argument}].op"), "operator", word, SeccompWords.Operators);

    internal static ContainerException UnknownFlag(int flag, string word)
        => Unknown(Place($"flags[{flag}]"), "flag", word, SeccompWords.Flags);

    internal static ContainerException UnknownArchitecture(int architecture, string word)
        => Unknown(Place($"architectures[{architecture}]"), "architecture", word, SeccompWords.Architectures);

    internal static ContainerException DefaultErrnoTooLarge(uint errno)
        => Invalid("linux.seccomp.defaultErrnoRet", string.Create(CultureInfo.InvariantCulture, $"{errno} is more than 65535"));

    internal static ContainerException ErrnoTooLarge(int rule, uint errno)
        => Invalid(Place($"syscalls[{rule}].errnoRet"), string.Create(CultureInfo.InvariantCulture, $"{errno} is more than 65535"));

    internal static ContainerException ArgumentIndex(int rule, int argument, uint index)
        => Invalid(Place($"syscalls[{rule}].args[{argument}].index"), string.Create(CultureInfo.InvariantCulture, $"a system call has the arguments 0 to 5, not {index}"));

    internal static ContainerException EmptyName(int rule, int name)
        => Invalid(Place($"syscalls[{rule}].names[{name}]"), "the name is empty");

    internal static ContainerException ErrnoForAction(string place, string action)
        => new($"linux.seccomp.{place}: {action} has no errno", FailureCode.InvalidArgument, "only SCMP_ACT_ERRNO and SCMP_ACT_TRACE have one: remove it");

    internal static ContainerException MetadataWithoutListener()
        => new("linux.seccomp.listenerMetadata: must not be set without listenerPath", FailureCode.InvalidArgument, "name the agent's socket, or remove it");

    internal static ContainerException NotifyAsDefault()
        => Invalid("linux.seccomp.defaultAction", "SCMP_ACT_NOTIFY cannot be used as default action");

    internal static ContainerException NotifyForHandOver(int rule, string name)
        => new(Place($"syscalls[{rule}]: SCMP_ACT_NOTIFY cannot be used for the {name} syscall"), FailureCode.InvalidArgument,
            "the container's init needs it to hand over the listener, before anybody listens");

    internal static ContainerException NoListenerPath()
        => new("linux.seccomp.listenerPath: is missing, and a rule has the action SCMP_ACT_NOTIFY", FailureCode.InvalidArgument,
            "name the socket of the agent that answers");

    internal static ContainerException Conflict(Spec.Seccomp profile, int rule, string name)
        => new(Place($"syscalls[{rule}]: action \"{profile.Syscalls[rule].Action}\" for \"{name}\" contradicts an earlier rule with the same conditions"),
            FailureCode.InvalidArgument, "keep one of the two rules");

    internal static ContainerException TooLong(int count)
        => new(string.Create(CultureInfo.InvariantCulture, $"cannot compile linux.seccomp: the filter has {count} instructions, the kernel takes {Kernel.Abi.ClassicBpf.BPF_MAXINSNS}"),
            FailureCode.NotSupported, "name fewer conditions on arguments");

    private static ContainerException Unknown(string place, string kind, string word, ReadOnlySpan<string> known)
        => new($"{place}: unknown {kind} \"{word}\"; known are {string.Join(", ", known.ToArray())}", FailureCode.InvalidArgument);

    private static ContainerException Invalid(string place, string reason) => new($"{place}: {reason}", FailureCode.InvalidArgument);

    private static string Place(FormattableString rest) => "linux.seccomp." + rest.ToString(CultureInfo.InvariantCulture);
}
