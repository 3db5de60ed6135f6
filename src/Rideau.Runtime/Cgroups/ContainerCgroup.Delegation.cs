using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;

namespace Rideau.Runtime.Cgroups;

// What is given to the container, to divide as it likes.
public sealed partial class ContainerCgroup
{
    /// <summary>Gives the container's group of v2 to a user, as far as the kernel lets groups be given away.</summary>
    public void Give(uint uid)
    {
        if (_directories.Count == 1 && Unified is { } unified)
        {
            CgroupOwnership.Give(unified, uid);
        }
    }

    /// <summary>Makes a group below the container's and moves a process into it: what is in there is the container's own to divide (run.oci.delegate-cgroup).</summary>
    /// <param name="attempt">For messages.</param>
    /// <param name="below">Names with "/" between them.</param>
    /// <param name="pid">The process.</param>
    /// <param name="owner">Who may write there; null: whoever it is now.</param>
    /// <exception cref="ContainerException">NotSupported: with cgroup v1 that would be no limit.</exception>
    public void Delegate(string attempt, string below, int pid, uint? owner)
    {
        if (_directories.Count != 1 || Unified is not { } unified)
        {
            throw new ContainerException($"{attempt}: annotation run.oci.delegate-cgroup: the container has no group of cgroup v2 alone", FailureCode.NotSupported, "groups can be given to a container with cgroup v2 only; leave the annotation out");
        }

        string path = unified.Path;
        CgroupDirectory directory = unified;
        foreach (string part in below.Split('/'))
        {
            path = $"{path.TrimEnd('/')}/{part}";
            directory = new CgroupDirectory(unified.Hierarchy, path);
            int made = Files.TryMakeDirectory(directory.FullPath, 0x1ed); // 0755
            if (made is not (0 or Errno.EEXIST))
            {
                throw Failure("make", directory.FullPath, made);
            }

            if (owner is { } uid)
            {
                CgroupOwnership.Give(directory, uid);
            }
        }

        int errno = directory.TryWrite("cgroup.procs", pid.ToString(System.Globalization.CultureInfo.InvariantCulture));
        if (errno != 0)
        {
            throw Failure($"put process {pid} into", directory.FullPath, errno);
        }
    }
}
