using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Handles;
using Rideau.Runtime.Plan;
using Rideau.Runtime.Spec;

namespace Rideau.Runtime.Lifecycle;

/// <summary>The root file system of a bundle, as create and explain open it.</summary>
internal static class RootFilesystem
{
    /// <summary>Opens root.path of the configuration (O_PATH).</summary>
    /// <param name="attempt">"cannot create container \"web\"".</param>
    /// <param name="configuration">Its root is looked at.</param>
    /// <param name="bundle">What a relative path begins at.</param>
    /// <param name="machine">Where it is opened.</param>
    /// <param name="path">The kernel's own words for where it is: links resolved, whatever happens to the path afterwards.</param>
    internal static OwnedFd Open(string attempt, Configuration configuration, string bundle, MachineView machine, out string path)
    {
        string given = configuration.Root?.Path ?? throw new ContainerException($"{attempt}: config.json has no root", FailureCode.InvalidArgument);
        string whole = given.StartsWith('/') ? given : $"{bundle}/{given}";
        int errno = machine.TryOpen(whole, Fcntl.O_PATH | Fcntl.O_DIRECTORY, out OwnedFd? root);
        if (root is null)
        {
            throw new ContainerException(
                $"{attempt}: cannot open the root file system \"{whole}\"",
                FailureCode.InvalidArgument,
                errno == Errno.ENOENT ? "root.path in config.json is relative to the bundle; unpack a root file system there" : null,
                new LinuxException("openat", errno, $"\"{whole}\", O_PATH|O_DIRECTORY"));
        }

        path = machine.PathOf(root, whole);
        return root;
    }
}
