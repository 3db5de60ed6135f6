using Rideau.Kernel.Abi;

namespace Rideau.Runtime.Cgroups;

/// <summary>A new cpuset of v1 is empty, and takes no process before it has cpus and memory nodes: it gets those of the group above.</summary>
internal static class CpusetInheritance
{
    internal static void Fill(CgroupDirectory directory)
    {
        if (directory.Path == "/")
        {
            return;
        }

        // The files' names lack the prefix where v1 is mounted with noprefix, as old Android has it; it is not handled.
        foreach (string file in (string[])["cpuset.cpus", "cpuset.mems"])
        {
            if (directory.Read(file) is not "")
            {
                continue;
            }

            var above = new CgroupDirectory(directory.Hierarchy, CgroupPathResolver.Parent(directory.Path));
            string? value = above.Read(file);
            if (value is "")
            {
                Fill(above);
                value = above.Read(file);
            }

            int errno = value is null ? Errno.ENOENT : directory.TryWrite(file, value);
            if (errno != 0)
            {
                throw ResourceFailure.Of("cpuset", directory.FileOf(file), value ?? "", errno);
            }
        }
    }
}
