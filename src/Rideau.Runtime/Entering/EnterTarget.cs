using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Rideau.Kernel.Calls;
using Rideau.Namespaces;
using Rideau.Runtime.Spec;
using Rideau.Runtime.State;

namespace Rideau.Runtime.Entering;

/// <summary>What is entered: a container or a process, or namespaces alone, in which there need be none.</summary>
/// <param name="Words">For messages: "container \"web\"", "process 123".</param>
/// <param name="Pid">The process whose attributes are taken; 0 where there are namespaces alone.</param>
/// <param name="Record">The container; null where it is none of this --root.</param>
/// <param name="Store">Where the container is.</param>
/// <param name="Paths">The files of the namespaces, where there are those alone.</param>
/// <param name="Named">Where there are those of a name.</param>
public sealed record EnterTarget(string Words, int Pid, ContainerRecord? Record, ContainerStore? Store, IReadOnlyList<string> Paths, NamedNamespace? Named = null)
{
    private Configuration? _configuration;

    /// <summary>Of the container's what who enters needs, read when it is asked for; null where there is no container.</summary>
    internal Configuration? Configuration => Record is null || Store is null ? null : _configuration ??= EntryConfiguration.Of(Store, Record);

    /// <summary>Finds what a person means: a container's id, a pid, a cgroup, a named namespace, a path to a namespace.</summary>
    /// <param name="context">With the --root.</param>
    /// <param name="text">What was written.</param>
    /// <param name="verb">What is to be done with it, behind "cannot".</param>
    /// <param name="mustRun">A container that has stopped is an error; false where that is seen later (<see cref="RequireRunning"/>).</param>
    /// <exception cref="ContainerException">NotFound; WrongState: the container has stopped.</exception>
    public static EnterTarget Find(RuntimeContext context, string text, string verb = "enter", bool mustRun = true)
    {
        var store = new ContainerStore(context.Root);
        if (text.Contains('/', StringComparison.Ordinal))
        {
            return OfPath(store, text, verb);
        }

        if (text.Length > 0 && text != StateRoot.NamesDirectory && IsId(text) && store.TryLoad(text) is { } record)
        {
            return OfContainer(store, record, verb, mustRun);
        }

        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int pid))
        {
            return OfProcess(store, pid, verb);
        }

        if (new NamedNamespaces(context.Root).TryFind(text) is { } named)
        {
            List<string> paths = [];
            foreach (NamedEntry entry in named.Entries)
            {
                named.Open(entry.Identity.Type).Dispose(); // says what is not what it was
                paths.Add(entry.Path);
            }

            return new EnterTarget($"\"{text}\"", 0, null, null, paths, named);
        }

        throw NotFound(text, verb);
    }

    /// <summary>The container that a process belongs to, by its cgroup; null where it is none of this --root.</summary>
    public static ContainerRecord? ContainerOf(ContainerStore store, int pid)
    {
        foreach (ContainerRecord record in store.List())
        {
            if (record.InitPid == pid || Contains(store.Processes(record), pid))
            {
                return record;
            }
        }

        return null;
    }

    private static bool Contains(IReadOnlyList<int> pids, int pid)
    {
        foreach (int one in pids)
        {
            if (one == pid)
            {
                return true;
            }
        }

        return false;
    }

    internal static bool IsId(string text)
    {
        foreach (char letter in text)
        {
            if (!(char.IsAsciiLetterOrDigit(letter) || letter is '_' or '+' or '-' or '.'))
            {
                return false;
            }
        }

        return text is not ("." or "..");
    }

    /// <summary>Makes sure that the container's init runs.</summary>
    /// <exception cref="ContainerException">WrongState: it has stopped.</exception>
    internal void RequireRunning(string verb = "enter")
    {
        if (Record is { } record && Pid == record.InitPid && !ProcessIdentity.IsAlive(record))
        {
            throw new ContainerException($"cannot {verb} container \"{record.Id}\": it has stopped", FailureCode.WrongState, "start it, or delete it");
        }
    }

    private static EnterTarget OfContainer(ContainerStore store, ContainerRecord record, string verb, bool mustRun = true)
    {
        var target = new EnterTarget($"container \"{record.Id}\"", record.InitPid, record, store, []);
        if (mustRun || record.InitPid <= 0)
        {
            target.RequireRunning(verb);
        }

        return target;
    }

    private static EnterTarget OfProcess(ContainerStore store, int pid, string verb)
    {
        if (ProcessIdentity.StartTimeOf(pid) == 0)
        {
            throw new ContainerException($"cannot {verb} process {pid}: there is none with that number", FailureCode.NotFound);
        }

        ContainerRecord? record = ContainerOf(store, pid);
        return record is null
            ? new EnterTarget($"process {pid}", pid, null, null, [])
            : new EnterTarget($"process {pid} of container \"{record.Id}\"", pid, record, store, []);
    }

    private static EnterTarget OfPath(ContainerStore store, string path, string verb)
    {
        if (Files.TryStatus(path, out FileStatus status) != 0)
        {
            throw NotFound(path, verb);
        }

        if (status.IsDirectory && Files.TryStatus($"{path}/cgroup.procs", out _) == 0)
        {
            return OfCgroup(store, path, verb);
        }

        NamespaceIdentity? identity = NamespaceIdentity.TryOf(path);
        if (identity is null)
        {
            throw new ContainerException($"cannot {verb} \"{path}\": it is neither a namespace nor a cgroup", FailureCode.InvalidArgument, "give a container's id, a pid, a name of \"rideau ns list --named\", or a path to a namespace or a cgroup");
        }

        foreach (ContainerRecord record in store.List())
        {
            if (record.InitPid > 0 && ProcessIdentity.IsAlive(record)
                && NamespaceIdentity.TryOf($"/proc/{record.InitPid}/ns/{identity.Type.Name}") is { } own && own.IsSame(identity) && !IsCallers(identity))
            {
                return OfContainer(store, record, verb);
            }
        }

        return new EnterTarget($"\"{path}\"", 0, null, null, [path]);
    }

    private static bool IsCallers(NamespaceIdentity identity) =>
        NamespaceIdentity.TryOf($"/proc/self/ns/{identity.Type.Name}") is { } own && own.IsSame(identity);

    private static EnterTarget OfCgroup(ContainerStore store, string path, string verb)
    {
        string procs = Encoding.ASCII.GetString(Files.ReadAll($"{path}/cgroup.procs", 4 << 20));
        int end = procs.IndexOf('\n', StringComparison.Ordinal);
        return end > 0 && int.TryParse(procs.AsSpan(0, end), NumberStyles.None, CultureInfo.InvariantCulture, out int first)
            ? ContainerOf(store, first) is { } record && ProcessIdentity.IsAlive(record) ? OfContainer(store, record, verb) : OfProcess(store, first, verb)
            : throw new ContainerException($"cannot {verb} the cgroup \"{path}\": no process is in it", FailureCode.NotFound);
    }

    private static ContainerException NotFound(string text, string verb) => new(
        verb == "enter" ? $"cannot find \"{text}\" to enter" : $"cannot {verb} \"{text}\": nothing is called that",
        FailureCode.NotFound,
        "give a container's id (\"rideau list\"), a pid, a name of \"rideau ns list --named\", or a path to a namespace or a cgroup");
}
