using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;
using Rideau.Runtime.Plan;

namespace Rideau.Runtime.Criu;

/// <summary>Where a path of a container leads to inside its root.</summary>
internal static class InRoot
{
    /// <summary>Resolves the links of the part of it that exists, never out of the root.</summary>
    /// <param name="root">The root.</param>
    /// <param name="rootPath">What the kernel's name for a file in it begins with; empty for the root of a mount namespace.</param>
    /// <param name="path">The path.</param>
    /// <returns>Absolute, below the root.</returns>
    internal static string Resolve(OwnedFd root, string rootPath, string path)
    {
        string existing = MountTargets.Clean(path);
        string missing = "";
        string prefix = rootPath == "/" ? "" : rootPath;
        while (existing != "/")
        {
            if (Files.TryOpenResolved(root, existing, Fcntl.O_PATH, Fcntl.RESOLVE_IN_ROOT | Fcntl.RESOLVE_NO_MAGICLINKS, out OwnedFd? file) == 0 && file is not null)
            {
                using (file)
                {
                    string? name = Files.ReadLink($"/proc/self/fd/{file.Number}");
                    return name is not null && name.Length > prefix.Length && name.StartsWith(prefix, System.StringComparison.Ordinal) && name[prefix.Length] == '/'
                        ? name[prefix.Length..] + missing
                        : existing + missing;
                }
            }

            int slash = existing.LastIndexOf('/');
            missing = existing[slash..] + missing;
            existing = slash == 0 ? "/" : existing[..slash];
        }

        return missing.Length == 0 ? "/" : missing;
    }
}
