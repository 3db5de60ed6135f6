using System;
using System.Collections.Generic;
using System.Text;
using Rideau.Child.Outside;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;
using Abi = Rideau.Kernel.Abi.Mount;

namespace Rideau.Runtime.Plan;

/// <summary>Bind mounts with a mapping of ids of their own.</summary>
/// <remarks>
/// A mapping is handed to the kernel as a user namespace that has it; a namespace needs a process to be made, which ends
/// as soon as the namespace is open. spec: config.md#posix-platform-mounts · man: mount_setattr(2) · kernel 5.12+
/// </remarks>
internal static class IdMappedMounts
{
    private const int SIGKILL = 9;

    /// <summary>True where the mount is to be mapped.</summary>
    public static bool IsWanted(MountWork work) =>
        work.Options.IsIdMapped || work.Mount.UidMappings.Count > 0 || work.Mount.GidMappings.Count > 0;

    /// <summary>For a container with a user namespace: the mount is cloned and mapped when the child asks for it.</summary>
    public static OutsideMount Describe(MountWork work) =>
        new(work.Source, work.Options.IsRecursive, work.Context.Keep(work.Context.Machine.OpenMapping(work)), work.Options.IsIdMappedRecursively);

    /// <summary>The mount, cloned and mapped by the caller, who has the privilege over the file system.</summary>
    public static OwnedFd CloneFor(MountWork work) => work.Context.Unprivileged
        ? throw work.Refused("a mapping of ids needs privilege over the source's file system", FailureCode.NotSupported, "run as root, or leave idmap out")
        : work.Context.Machine.CloneMapped(work);

    /// <summary>Makes it; the plan's context keeps it open.</summary>
    public static OwnedFd Clone(MountWork work)
    {
        int errno = Mounts.TryClone(work.Source, work.Options.IsRecursive, out OwnedFd? clone);
        if (errno != 0)
        {
            throw work.Refused("the source cannot be cloned", inner: new LinuxException("open_tree", errno, $"\"{work.Source}\", OPEN_TREE_CLONE"));
        }

        OwnedFd mount = work.Context.Keep(clone!);
        using OwnedFd mapping = OpenMapping(work);
        var attributes = new mount_attr
        {
            attr_set = (ulong)Abi.MOUNT_ATTR_IDMAP,
            userns_fd = (ulong)mapping.Number,
        };
        bool recursive = work.Options.IsIdMappedRecursively;
        errno = Mounts.TrySetAttributes(mount, recursive, attributes);
        if (errno == 0)
        {
            // The clone is the peer of what it was made of: mounts in the container are not to appear on the machine.
            errno = Mounts.TrySetAttributes(mount, true, new mount_attr { propagation = (ulong)Abi.MS_SLAVE });
        }

        if (errno == 0)
        {
            return mount;
        }

        throw work.Refused(
            errno == Errno.EINVAL ? "its file system does not take a mapping of ids" : "the mapping of ids is refused",
            FailureCode.NotSupported,
            errno == Errno.EINVAL && recursive ? "every mount below the source must take it for ridmap; idmap maps the top one alone" : null,
            new LinuxException("mount_setattr", errno, "MOUNT_ATTR_IDMAP"));
    }

    /// <summary>The mapping, as a user namespace that has it.</summary>
    public static OwnedFd OpenMapping(MountWork work)
    {
        Spec.Linux? linux = work.Context.Configuration.Linux;
        if (work.Mount.UidMappings.Count > 0 && work.Mount.GidMappings.Count > 0)
        {
            return MakeUserNamespace(work, work.Mount.UidMappings, work.Mount.GidMappings);
        }

        if (work.Mount.UidMappings.Count + work.Mount.GidMappings.Count > 0)
        {
            throw work.Refused("uidMappings and gidMappings go together");
        }

        foreach (Spec.Namespace entry in linux?.Namespaces ?? [])
        {
            if (entry is { Type: "user", Path: { Length: > 0 } path })
            {
                return Files.Open(path, Fcntl.O_RDONLY);
            }
        }

        return work.Context.InUserNamespace && linux is { UidMappings.Count: > 0, GidMappings.Count: > 0 }
            ? MakeUserNamespace(work, linux.UidMappings, linux.GidMappings)
            : throw work.Refused("idmap without mappings needs a container with a user namespace", hint: "give the mount uidMappings and gidMappings");
    }

    // The process waits for a byte that never comes, and is killed before the pipe is closed.
    private static OwnedFd MakeUserNamespace(MountWork work, List<Spec.IdMapping> uids, List<Spec.IdMapping> gids)
    {
        (OwnedFd read, OwnedFd write) = Files.Pipe();
        using (read)
        using (write)
        using (var plan = new ChildPlanBuilder())
        {
            plan.Begin("hold a mapping of ids");
            plan.Receive(read, 1);
            using ChildProcess holder = ChildProcess.Start(plan, Sched.CLONE_NEWUSER);
            try
            {
                Write(work, holder.Pid, "uid_map", uids);
                Write(work, holder.Pid, "gid_map", gids);
                return Files.Open($"/proc/{holder.Pid}/ns/user", Fcntl.O_RDONLY);
            }
            finally
            {
                _ = Processes.TrySignal(holder.PidFd, SIGKILL); // ignored: it is there until it is waited for
                _ = holder.TryWait(1000, out _, out _); // ignored: it was killed
            }
        }
    }

    private static void Write(MountWork work, int pid, string file, List<Spec.IdMapping> mappings)
    {
        var text = new StringBuilder();
        foreach (Spec.IdMapping mapping in mappings)
        {
            text.Append(mapping.ContainerId).Append(' ').Append(mapping.HostId).Append(' ').Append(mapping.Size).Append('\n');
        }

        int errno = Files.TryWriteText($"/proc/{pid}/{file}", text.ToString());
        if (errno != 0)
        {
            throw work.Refused(
                $"the mapping of ids is refused: {text.ToString().TrimEnd().Replace("\n", ", ", StringComparison.Ordinal)}",
                FailureCode.InvalidArgument,
                null,
                new LinuxException("write", errno, $"{file}"));
        }
    }
}
