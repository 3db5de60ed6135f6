using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Rideau.Child.Outside;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;

namespace Rideau.Namespaces;

/// <summary>Writes the id maps of a child's new user namespace: directly where the kernel allows it, through newuidmap and newgidmap otherwise.</summary>
/// <remarks>man: user_namespaces(7), newuidmap(1)</remarks>
public static class IdMapWriter
{
    private const int HelperTimeoutMilliseconds = 10_000;

    /// <summary>True where setgroups(2) has to be denied for the map to be written: a group of one's own, without privilege.</summary>
    public static bool DeniesGroups(IReadOnlyList<IdRange> gids) => DeniesGroups(gids, Credentials.EffectiveUid, Credentials.EffectiveGid);

    /// <summary>The same for another caller.</summary>
    public static bool DeniesGroups(IReadOnlyList<IdRange> gids, uint uid, uint gid) => uid != 0 && IsOwn(gids, gid);

    /// <summary>True where only newuidmap or newgidmap may write the map.</summary>
    public static bool NeedsHelper(IReadOnlyList<IdRange> mappings, uint uid, uint own) => uid != 0 && !IsOwn(mappings, own);

    /// <summary>Writes both maps.</summary>
    /// <param name="pid">A process that is in the user namespace.</param>
    /// <param name="uids">The users.</param>
    /// <param name="gids">The groups.</param>
    /// <exception cref="NamespaceException">NotPermitted, or NotSupported where newuidmap is missing.</exception>
    public static void Write(int pid, IReadOnlyList<IdRange> uids, IReadOnlyList<IdRange> gids)
    {
        if (DeniesGroups(gids))
        {
            WriteFile($"/proc/{pid}/setgroups", "deny");
        }

        WriteOne(pid, "gid_map", "newgidmap", gids, Credentials.EffectiveGid);
        WriteOne(pid, "uid_map", "newuidmap", uids, Credentials.EffectiveUid);
    }

    private static bool IsOwn(IReadOnlyList<IdRange> mappings, uint id) => mappings.Count == 1 && mappings[0].Count == 1 && mappings[0].Outside == id;

    private static void WriteOne(int pid, string file, string helper, IReadOnlyList<IdRange> mappings, uint own)
    {
        if (!NeedsHelper(mappings, Credentials.EffectiveUid, own))
        {
            WriteFile($"/proc/{pid}/{file}", Text(mappings));
        }
        else
        {
            RunHelper(pid, helper, mappings);
        }
    }

    private static void WriteFile(string path, string text)
    {
        int errno = Files.TryWriteText(path, text);
        if (errno != 0)
        {
            throw new NamespaceException(
                "cannot map the ids of the user namespace",
                NamespaceFailure.NotPermitted,
                errno == Errno.EPERM ? "the ids outside must be mapped in the caller's own user namespace, and mapping id 0 of it needs CAP_SETFCAP (kernel 5.12)" : errno == Errno.EINVAL ? "the mappings overlap, or there are more than 340" : null,
                new LinuxException("write", errno, $"\"{path}\", \"{text.TrimEnd().Replace('\n', ';')}\""));
        }
    }

    private static void RunHelper(int pid, string helper, IReadOnlyList<IdRange> mappings)
    {
        List<string> arguments = [helper, pid.ToString(CultureInfo.InvariantCulture)];
        foreach (IdRange mapping in mappings)
        {
            arguments.Add(mapping.Inside.ToString(CultureInfo.InvariantCulture));
            arguments.Add(mapping.Outside.ToString(CultureInfo.InvariantCulture));
            arguments.Add(mapping.Count.ToString(CultureInfo.InvariantCulture));
        }

        string? path = Find(helper);
        if (path is null)
        {
            throw new NamespaceException(
                $"cannot map more than one's own id: \"{helper}\" is not installed",
                NamespaceFailure.NotSupported,
                "install it (Debian: apt-get install uidmap) and give the user ranges in /etc/subuid and /etc/subgid; or map the own id alone (size 1)");
        }

        ProgramOutcome outcome = OutsideProgram.Run(path, arguments, [], [], HelperTimeoutMilliseconds);
        if (!outcome.Succeeded)
        {
            string file = helper == "newuidmap" ? "/etc/subuid" : "/etc/subgid";
            throw new NamespaceException(
                $"cannot map the ids of the user namespace: {helper}: {outcome.Describe()}",
                NamespaceFailure.NotPermitted,
                $"{file} must give the user the ranges that are mapped, as \"{Credentials.EffectiveUid}:100000:65536\"");
        }
    }

    private static string? Find(string helper)
    {
        foreach (string directory in new[] { "/usr/bin/", "/bin/", "/usr/local/bin/", "/run/wrappers/bin/" })
        {
            if (Files.TryStatus(directory + helper, out _) == 0)
            {
                return directory + helper;
            }
        }

        return null;
    }

    private static string Text(IReadOnlyList<IdRange> mappings)
    {
        var text = new StringBuilder();
        foreach (IdRange mapping in mappings)
        {
            text.Append(CultureInfo.InvariantCulture, $"{mapping.Inside} {mapping.Outside} {mapping.Count}\n");
        }

        return text.ToString();
    }
}
