using System;
using System.Collections.Generic;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Runtime.Cgroups;

/// <summary>Gives rules for devices to the kernel: by the devices controller of v1, or by a program in v2.</summary>
internal static class DeviceWriter
{
    private const string Controller = "devices";

    /// <summary>Writes devices.allow and devices.deny. The kernel takes one rule a write(2).</summary>
    internal static void WriteVersion1(CgroupDirectory directory, List<DeviceAccessRule> rules, bool isNew)
    {
        var table = DeviceTable.Of(rules);
        List<(bool Allow, string Text)> writes = isNew
            ? table.WritesForNew()
            : table.WritesFrom(DeviceTable.Parse(System.Text.Encoding.ASCII.GetString(Files.ReadAll(directory.FileOf("devices.list")))));
        Span<byte> text = stackalloc byte[64];
        int next = 0;
        while (next < writes.Count)
        {
            // One open(2) for all writes in a row to the same file.
            bool allow = writes[next].Allow;
            string file = directory.FileOf(allow ? "devices.allow" : "devices.deny");
            int errno = Files.TryOpen(file, Fcntl.O_WRONLY, out OwnedFd? fd);
            if (fd is null)
            {
                throw ResourceFailure.Of(Controller, file, writes[next].Text, errno);
            }

            using (fd)
            {
                for (; next < writes.Count && writes[next].Allow == allow; next++)
                {
                    int length = System.Text.Encoding.ASCII.GetBytes(writes[next].Text, text);
                    errno = Files.TryWriteAll(fd, text[..length]);
                    if (errno != 0)
                    {
                        throw ResourceFailure.Of(Controller, file, writes[next].Text, errno);
                    }
                }
            }
        }
    }

    /// <summary>Attaches a program; on an update in the place of the one that is there, without a moment in which none is.</summary>
    internal static void WriteProgram(CgroupDirectory directory, List<DeviceAccessRule> rules, bool isNew)
    {
        if (isNew && DeviceProgram.AllowsEverything(rules))
        {
            return;
        }

        using OwnedFd group = directory.Open();
        Check(CgroupPrograms.TryLoad(DeviceProgram.Compile(rules), out OwnedFd? program), "BPF_PROG_LOAD", directory);
        using (program)
        {
            List<OwnedFd> old = isNew ? [] : Attached(group, directory);
            try
            {
                Replace(group, program!, old, directory);
            }
            finally
            {
                foreach (OwnedFd one in old)
                {
                    one.Dispose();
                }
            }
        }
    }

    private static void Replace(OwnedFd group, OwnedFd program, List<OwnedFd> old, CgroupDirectory directory)
    {
        if (old.Count == 1 && CgroupPrograms.TryAttach(group, program, old[0]) == 0)
        {
            return;
        }

        // Both are asked while both are there, and both must allow: never more than one of them does.
        Check(CgroupPrograms.TryAttach(group, program), "BPF_PROG_ATTACH", directory);
        foreach (OwnedFd one in old)
        {
            Check(CgroupPrograms.TryDetach(group, one), "BPF_PROG_DETACH", directory);
        }
    }

    private static List<OwnedFd> Attached(OwnedFd group, CgroupDirectory directory)
    {
        Span<uint> ids = stackalloc uint[64];
        Check(CgroupPrograms.TryQuery(group, ids, out int count), "BPF_PROG_QUERY", directory);
        var programs = new List<OwnedFd>(count);
        for (int i = 0; i < count; i++)
        {
            int errno = CgroupPrograms.TryOpen(ids[i], out OwnedFd? program);
            if (program is not null)
            {
                programs.Add(program);
            }
            else if (errno != Errno.ENOENT)
            {
                Check(errno, "BPF_PROG_GET_FD_BY_ID", directory);
            }
        }

        return programs;
    }

    private static void Check(int errno, string command, CgroupDirectory directory)
    {
        if (errno != 0)
        {
            throw new ContainerException(
                $"cannot apply the devices limit: bpf({command}) for \"{directory.FullPath}\" failed with {Errno.Describe(errno)}",
                errno == Errno.ENOSYS ? FailureCode.NotSupported : FailureCode.General,
                errno switch
                {
                    Errno.EPERM => "rules for devices on cgroup v2 need CAP_BPF and CAP_NET_ADMIN, or CAP_SYS_ADMIN, in the first user namespace",
                    Errno.ENOSYS or Errno.EINVAL => "the kernel needs CONFIG_BPF_SYSCALL and CONFIG_CGROUP_BPF",
                    Errno.E2BIG => "there are too many rules for devices",
                    _ => null,
                });
        }
    }
}
