using System;
using System.Collections.Generic;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Procfs;

namespace Rideau.Runtime.Resctrl;

/// <summary>The resctrl file system of this machine.</summary>
internal static class ResctrlMount
{
    private const string Usual = "/sys/fs/resctrl";
    private const long Magic = 0x7655821; // RDTGROUP_SUPER_MAGIC, linux/magic.h
    private const int LimitBytes = 16 << 20;

    /// <summary>Where it is mounted; null where it is not.</summary>
    internal static string? Find()
    {
        try
        {
            if (Files.FileSystemType(Usual) == Magic)
            {
                return Usual;
            }
        }
        catch (LinuxException)
        {
            // A kernel without it has no such directory; then it is mounted nowhere.
        }

        var mounts = new MountInfo(Files.ReadAll("/proc/self/mountinfo", LimitBytes));
        while (mounts.MoveNext())
        {
            if (mounts.FileSystemType.SequenceEqual("resctrl"u8))
            {
                return MountInfo.Unescape(mounts.MountPoint);
            }
        }

        return null;
    }

    /// <summary>Where it is mounted.</summary>
    /// <exception cref="ContainerException">NotSupported: nowhere.</exception>
    internal static string Require(string attempt) => Find() ?? throw new ContainerException(
        $"{attempt}: linux.intelRdt: no resctrl file system is mounted at {Usual}",
        FailureCode.NotSupported,
        "on a processor that has Intel RDT or AMD QoS: mount -t resctrl resctrl /sys/fs/resctrl; otherwise leave linux.intelRdt out");

    /// <summary>What the kernel says of the last write that it refused.</summary>
    internal static string LastStatus(string root)
    {
        try
        {
            string said = Files.ReadText($"{root}/info/last_cmd_status").Trim();
            return said == "ok" ? "" : said;
        }
        catch (LinuxException)
        {
            return ""; // before Linux 4.15
        }
    }

    /// <summary>Removes groups. What is in them goes back to the group above; one that is gone is no failure.</summary>
    internal static void Remove(IReadOnlyList<string> directories)
    {
        foreach (string directory in directories)
        {
            int errno = Files.TryRemove(directory, null, Fcntl.AT_REMOVEDIR);
            if (errno is not (0 or Errno.ENOENT))
            {
                throw new LinuxException("unlinkat", errno, $"\"{directory}\", AT_REMOVEDIR");
            }
        }
    }
}
