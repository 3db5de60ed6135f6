using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;
using Rideau.Kernel.Procfs;
using Rideau.Namespaces;
using Rideau.Runtime.State;

namespace Rideau.Runtime.Entering;

/// <summary>who: from a pid, a path or a socket to the container and the namespaces behind it.</summary>
public static class Who
{
    /// <summary>Finds the processes, and to whom they belong.</summary>
    /// <exception cref="ContainerException">NotFound.</exception>
    public static IReadOnlyList<Belonging> Find(RuntimeContext context, string text)
    {
        var store = new ContainerStore(context.Root);
        List<int> pids = Processes(text);
        if (pids.Count == 0)
        {
            throw new ContainerException($"nobody is behind \"{text}\"", FailureCode.NotFound, Credentials.EffectiveUid != 0 ? "processes of others are not seen: be root; or give a pid of your own" : "give a pid, a path to a cgroup or a namespace, or \"socket:[INODE]\" of what runs on this machine");
        }

        List<Belonging> found = [];
        foreach (int pid in pids)
        {
            if (ProcessIdentity.StartTimeOf(pid) != 0)
            {
                found.Add(Of(store, pid));
            }
        }

        return found;
    }

    private static Belonging Of(ContainerStore store, int pid)
    {
        ContainerRecord? record = EnterTarget.ContainerOf(store, pid);
        List<(string, string, bool)> namespaces = [];
        foreach (NamespaceType type in NamespaceType.All)
        {
            if (Files.ReadLink($"/proc/{pid}/ns/{type.Name}") is { } link)
            {
                namespaces.Add((type.Name, link, record is null || Files.ReadLink($"/proc/{record.InitPid}/ns/{type.Name}") == link));
            }
        }

        return new Belonging(pid, Command(pid), record?.Id, namespaces);
    }

    private static string Command(int pid)
    {
        try
        {
            return Files.ReadText($"/proc/{pid}/comm").TrimEnd('\n');
        }
        catch (LinuxException)
        {
            return "?";
        }
    }

    private static List<int> Processes(string text)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int pid))
        {
            return ProcessIdentity.StartTimeOf(pid) == 0 ? [] : [pid];
        }

        byte[] bytes = Encoding.UTF8.GetBytes(text);
        if (ProcessNamespaces.TryParse(bytes, out ReadOnlySpan<byte> word, out ulong inode) && word.SequenceEqual("socket"u8))
        {
            return HoldersOfSocket(inode);
        }

        if (Files.TryStatus($"{text}/cgroup.procs", out _) == 0)
        {
            return Numbers($"{text}/cgroup.procs");
        }

        return NamespaceIdentity.TryOf(text) is { } identity ? InNamespace(identity) : [];
    }

    private static List<int> Numbers(string path)
    {
        List<int> numbers = [];
        foreach (string line in Files.ReadText(path, null, 16 << 20).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            numbers.Add(int.Parse(line, CultureInfo.InvariantCulture));
        }

        return numbers;
    }

    private static List<int> InNamespace(NamespaceIdentity identity)
    {
        string link = identity.ToString();
        List<int> found = [];
        foreach (int pid in All())
        {
            if (Files.ReadLink($"/proc/{pid}/ns/{identity.Type.Name}") == link)
            {
                found.Add(pid);
            }
        }

        return found;
    }

    private static List<int> HoldersOfSocket(ulong wanted)
    {
        using OwnedFd proc = Files.Open("/proc", Fcntl.O_RDONLY | Fcntl.O_DIRECTORY);
        byte[] buffer = new byte[32768];
        List<int> found = [];
        foreach (int pid in All())
        {
            bool holds = false;
            ProcessNamespaces.ReadDescriptors(proc, pid, buffer, (_, type, inode) => holds |= inode == wanted && type.SequenceEqual("socket"u8));
            if (holds)
            {
                found.Add(pid);
            }
        }

        return found;
    }

    private static IEnumerable<int> All()
    {
        foreach (string name in DirectoryListing.Names("/proc"))
        {
            if (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int pid))
            {
                yield return pid;
            }
        }
    }
}
