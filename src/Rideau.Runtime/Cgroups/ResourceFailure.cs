using Rideau.Kernel.Abi;

namespace Rideau.Runtime.Cgroups;

/// <summary>What is said when a limit cannot be applied: the controller, the file, the value, the error, and what to do.</summary>
internal static class ResourceFailure
{
    internal static ContainerException Of(string controller, string file, string value, int errno) =>
        new(
            $"cannot apply the {controller} limit: writing \"{value}\" to \"{file}\" failed with {Errno.Describe(errno)}",
            errno is Errno.EINVAL or Errno.ERANGE ? FailureCode.InvalidArgument : FailureCode.General,
            HintOf(controller, errno));

    internal static ContainerException Missing(string controller, string why, string? hint) =>
        new($"cannot apply the {controller} limit: {why}", FailureCode.NotSupported, hint);

    internal static ContainerException Invalid(string controller, string why) =>
        new($"cannot apply the {controller} limit: {why}", FailureCode.InvalidArgument);

    private static string? HintOf(string controller, int errno) => errno switch
    {
        Errno.ENOENT => $"this kernel's {controller} controller has no such file, or the controller is not enabled for the group (cgroup.subtree_control of the group above)",
        Errno.EACCES or Errno.EPERM => "this user may not change the group: have it delegated (systemd: Delegate=yes), or leave the limit out",
        Errno.EROFS => "cgroups are mounted read-only here; remount them read-write, or leave the limit out",
        Errno.EBUSY => "more is in use than the limit allows, and it could not be reclaimed",
        Errno.ENODEV => "there is no such device, or it has no request queue for such a limit",
        Errno.EINVAL => "the value is outside what the kernel, or the group above, allows",
        _ => null,
    };
}
