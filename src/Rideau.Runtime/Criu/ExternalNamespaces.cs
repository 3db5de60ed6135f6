using System.Collections.Generic;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;
using Rideau.Runtime.Spec;

namespace Rideau.Runtime.Criu;

/// <summary>Namespaces that the configuration names by path: CRIU leaves network and pid ones out, and joins the others.</summary>
internal static class ExternalNamespaces
{
    /// <summary>Tells a dump which are not the container's own.</summary>
    internal static void AddToDump(CriuRequest request, string attempt, Spec.Linux linux)
    {
        foreach (Namespace one in linux.Namespaces)
        {
            if (one.Path is { Length: > 0 } path && KeyOf(one.Type) is { } key)
            {
                int errno = Files.TryStatus(path, out FileStatus status);
                if (errno != 0)
                {
                    throw Missing(attempt, one, errno);
                }

                request.External.Add($"{WordOf(one.Type)}[{status.Inode}]:{key}");
            }
        }
    }

    /// <summary>Tells a restore where they are.</summary>
    /// <param name="request">Gets the names.</param>
    /// <param name="attempt">"cannot restore container \"web\"".</param>
    /// <param name="linux">Of the configuration.</param>
    /// <param name="inherited">Gets what CRIU is to have open, in its order.</param>
    internal static void AddToRestore(CriuRequest request, string attempt, Spec.Linux linux, List<OwnedFd> inherited)
    {
        foreach (Namespace one in linux.Namespaces)
        {
            if (one.Path is not { Length: > 0 } path)
            {
                continue;
            }

            if (one.Type is "cgroup" or "time")
            {
                throw new ContainerException($"{attempt}: linux.namespaces: CRIU cannot restore into a {one.Type} namespace that exists", FailureCode.NotSupported, "leave its path out");
            }

            int errno = Files.TryOpen(path, Fcntl.O_RDONLY, out OwnedFd? file);
            if (file is null)
            {
                throw Missing(attempt, one, errno);
            }

            if (KeyOf(one.Type) is not { } key)
            {
                file.Dispose();
                request.Joined.Add((WordOf(one.Type), path));
                continue;
            }

            request.Inherited.Add((key, CriuPlan.SocketNumber + 1 + inherited.Count));
            inherited.Add(file);
        }
    }

    // The names are runc's, so that an image serves both.
    private static string? KeyOf(string type) => type switch
    {
        "network" => "extRootNetNS",
        "pid" => "extRootPidNS",
        _ => null,
    };

    private static string WordOf(string type) => type switch
    {
        "network" => "net",
        "mount" => "mnt",
        _ => type,
    };

    private static ContainerException Missing(string attempt, Namespace one, int errno) =>
        new($"{attempt}: the {one.Type} namespace \"{one.Path}\" of linux.namespaces cannot be opened", FailureCode.InvalidArgument, "it must be there before the container is restored", new LinuxException("openat", errno, $"\"{one.Path}\""));
}
