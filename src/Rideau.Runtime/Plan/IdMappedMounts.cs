using Rideau.Kernel.Handles;

namespace Rideau.Runtime.Plan;

/// <summary>Bind mounts with a mapping of ids.</summary>
internal static class IdMappedMounts
{
    /// <summary>The mount, cloned and mapped by the caller, who has the privilege over the file system.</summary>
    public static OwnedFd Clone(MountWork work) => throw work.Refused("id-mapped mounts are being written", FailureCode.NotSupported);
}
