using System.Collections.Generic;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;

namespace Rideau.Runtime.Cgroups;

/// <summary>Making and unmaking the groups.</summary>
public sealed partial class ContainerCgroup
{
    /// <summary>Makes the groups in all hierarchies; on a failure those that were made are removed again.</summary>
    /// <exception cref="ContainerException">
    /// AlreadyExists: a group is there and has processes in it, or is frozen. General: the kernel refused, with a hint about delegation.
    /// </exception>
    public void Create()
    {
        var made = new List<string>(_directories.Count + 4);
        try
        {
            foreach (CgroupDirectory directory in _directories)
            {
                CgroupDirectory wanted = _scopeGroup ?? directory;
                int errno = _scope is null ? directory.TryMake(made) : wanted.Exists ? Errno.EEXIST : 0;
                if (errno == Errno.EEXIST)
                {
                    RefuseUsed(wanted);
                }
                else if (errno != 0)
                {
                    throw Failure("create", directory.FullPath, errno);
                }

                if (_scope is null)
                {
                    Furnish(directory);
                }
            }
        }
        catch (ContainerException error) when (_tolerant && error.Code == FailureCode.General)
        {
            // Rootless, and nothing was asked: the container stays in its caller's group.
            Unmake(made);
            _log.Debug($"{error.Message}, ignoring: no limits are asked");
            _directories.Clear();
            Paths.Clear();
            Driver = "none";
        }
        catch
        {
            Unmake(made);
            throw;
        }
    }

    private void Furnish(CgroupDirectory directory)
    {
        if (directory.IsUnified)
        {
            if (_directories.Count == 1)
            {
                ControllerDelegation.Enable(directory, _log);
            }
        }
        else if (directory.Hierarchy.Has("cpuset"))
        {
            CpusetInheritance.Fill(directory);
        }
    }

    private static void RefuseUsed(CgroupDirectory directory)
    {
        var pids = new SortedSet<int>();
        directory.CollectProcesses(pids);
        if (pids.Count > 0)
        {
            throw new ContainerException(
                $"cannot create cgroup \"{directory.FullPath}\": container's cgroup is not empty: {pids.Count} process(es) in it, the first is {pids.Min}",
                FailureCode.AlreadyExists,
                "another container, or what is left of one, uses this group; name another in linux.cgroupsPath");
        }

        if (directory.IsUnified ? directory.Read("cgroup.freeze") is "1" : directory.Hierarchy.Has("freezer") && directory.Read("freezer.self_freezing") is "1")
        {
            throw new ContainerException(
                $"cannot create cgroup \"{directory.FullPath}\": container's cgroup unexpectedly frozen",
                FailureCode.AlreadyExists,
                "thaw the group, or remove it");
        }
    }

    private static void Unmake(List<string> made)
    {
        for (int i = made.Count - 1; i >= 0; i--)
        {
            _ = Files.TryRemove(made[i], null, Fcntl.AT_REMOVEDIR); // ignored: the first error is the one that counts
        }
    }
}
