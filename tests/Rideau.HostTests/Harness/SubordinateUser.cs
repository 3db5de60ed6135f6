using System.IO;
using Xunit;

namespace Rideau.HostTests.Harness;

/// <summary>An ordinary user with ranges in /etc/subuid and /etc/subgid, whom the machine need not have.</summary>
/// <remarks>The files that say so are laid over the machine's in a mount namespace of the command's own; the machine stays as it is.</remarks>
public sealed record SubordinateUser(uint Uid, uint Gid, uint FirstUid, uint FirstGid)
{
    /// <summary>An id that no line of /etc/passwd or /etc/subuid has.</summary>
    public const uint Stranger = 48_484;

    /// <summary>How many ids each range has.</summary>
    public const uint Count = 65_536;

    private const string Name = "rideau-tests";

    private static readonly string[] s_files = ["passwd", "group", "subuid", "subgid"];

    /// <summary>The user of the tests; the test is skipped where newuidmap is missing.</summary>
    public static SubordinateUser Find()
    {
        if (!File.Exists("/usr/bin/newuidmap"))
        {
            Assert.Skip("needs newuidmap (Debian: apt-get install uidmap)");
        }

        return new SubordinateUser(48_485, 48_486, 700_000, 800_000);
    }

    /// <summary>What starts a command on a machine that knows the user, still as root.</summary>
    /// <param name="folder">Where the files are written, without a quote in its path.</param>
    public string[] Before(string folder)
    {
        string mounts = "";
        foreach (string file in s_files)
        {
            string line = file switch
            {
                "passwd" => $"{Name}:x:{Uid}:{Gid}::/tmp:/bin/sh",
                "group" => $"{Name}:x:{Gid}:",
                "subuid" => $"{Name}:{FirstUid}:{Count}",
                _ => $"{Name}:{FirstGid}:{Count}",
            };
            string machines = file is "passwd" or "group" ? File.ReadAllText($"/etc/{file}") : "";
            File.WriteAllText(Path.Combine(folder, file), $"{machines}{line}\n");
            mounts += $"mount --bind \"{folder}/{file}\" /etc/{file} && ";
        }

        return ["unshare", "--mount", "--propagation", "private", "sh", "-c", mounts + "exec \"$@\"", "sh"];
    }
}
