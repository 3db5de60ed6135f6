using System;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;
using Rideau.Namespaces;
using Rideau.Namespaces.Network;
using Rideau.Runtime.State;

namespace Rideau.Runtime.Entering;

/// <summary>A network as a person names it: a container's, a process's, that of a name or a path, or the caller's own.</summary>
public sealed class NetworkTarget : IDisposable
{
    /// <summary>The word for the caller's own network.</summary>
    public const string Host = "host";

    /// <summary>How often it is looked whether a name still leads to its namespace: of that the kernel tells nothing.</summary>
    public const int NameCheckMilliseconds = 2000;

    private const string Verb = "reach the network of";

    private NetworkTarget(string words, NetworkNamespace network)
    {
        Words = words;
        Network = network;
    }

    /// <summary>For messages: "container \"web\"", "host".</summary>
    public string Words { get; }

    /// <summary>The namespace, open.</summary>
    public NetworkNamespace Network { get; }

    /// <summary>The process whose end is the target's; null where there are namespaces alone.</summary>
    public OwnedFd? Process { get; private init; }

    /// <summary>The root directory that paths of unix sockets begin at; null for the caller's.</summary>
    public OwnedFd? Root { get; private init; }

    /// <summary>The file that leads to the namespace as long as its name is there; null where a process says it, or nothing is to be said.</summary>
    public string? Path { get; private init; }

    /// <summary>Finds what is meant: "host", a container's id, a pid, a name of "ns", a path to a namespace or a cgroup.</summary>
    /// <exception cref="ContainerException">NotFound, WrongState.</exception>
    /// <exception cref="NamespaceException">It may not be opened, or has no network namespace.</exception>
    public static NetworkTarget Find(RuntimeContext context, string text)
    {
        if (text == Host)
        {
            return new NetworkTarget(Host, NetworkNamespace.OfCaller());
        }

        EnterTarget target = EnterTarget.Find(context, text, Verb);
        if (target.Pid > 0)
        {
            return OfProcess(target);
        }

        if (target.Named is { } named)
        {
            return new NetworkTarget(target.Words, NetworkNamespace.Of(named.Open(NamespaceType.Network), target.Words)) { Path = named.PathOf(NamespaceType.Network) };
        }

        return new NetworkTarget(target.Words, NetworkNamespace.OfPath(target.Paths[0])) { Path = target.Paths[0] };
    }

    /// <summary>True where the container or the process has ended, or the name or file does not lead to this namespace any more.</summary>
    public bool HasEnded => Process is { } process ? Processes.WaitForEnd(process, 0) : Path is { } path && LeadsElsewhere(path);

    /// <summary>Waits until one of the targets has ended, or a signal came.</summary>
    /// <param name="targets">The targets.</param>
    /// <param name="signals">Of <see cref="Signals.Open"/>.</param>
    /// <returns>The target; null for a signal.</returns>
    public static NetworkTarget? WaitForEnd(System.Collections.Generic.IReadOnlyList<NetworkTarget> targets, OwnedFd signals)
    {
        PollEntry[] entries = new PollEntry[targets.Count + 1];
        bool byName = false;
        entries[^1] = new PollEntry { Descriptor = signals.Number, Wanted = Polling.POLLIN };
        for (int i = 0; i < targets.Count; i++)
        {
            entries[i] = new PollEntry { Descriptor = targets[i].Process?.Number ?? -1, Wanted = Polling.POLLIN };
            byName |= targets[i].Path is not null;
        }

        while (true)
        {
            Polling.Wait(entries, byName ? NameCheckMilliseconds : -1);
            if (entries[^1].Came != 0)
            {
                return null;
            }

            foreach (NetworkTarget target in targets)
            {
                if (target.HasEnded)
                {
                    return target;
                }
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Network.Dispose();
        Process?.Dispose();
        Root?.Dispose();
    }

    // In another user namespace a keeper's descriptor may not be looked at any more; the link to it is there as long as its name.
    private bool LeadsElsewhere(string path)
    {
        int errno = Files.TryOpen(path, Fcntl.O_RDONLY | Fcntl.O_NONBLOCK, out OwnedFd? fd);
        if (fd is not null)
        {
            using (fd)
            {
                return NamespaceIdentity.TryOf(fd) is not { } found || !found.IsSame(Network.Identity);
            }
        }

        errno = errno is Errno.EACCES or Errno.EPERM ? Files.TryStatus(path, out _, flags: Fcntl.AT_SYMLINK_NOFOLLOW) : errno;

        // What is scarce says nothing of the name: EMFILE is of the caller's own descriptors.
        return errno != 0 && !Errno.IsScarcity(errno) && errno != Errno.EINTR;
    }

    // The number is looked at once more when the process is held: it may have come to mean another.
    private static NetworkTarget OfProcess(EnterTarget target)
    {
        int opening = Processes.TryOpen(target.Pid, out OwnedFd? process);
        if (process is null)
        {
            throw opening == Errno.ESRCH ? Ended(target) : Refused(target, opening);
        }

        OwnedFd? root = null;
        try
        {
            int errno = Files.TryOpen($"/proc/{target.Pid}/ns/net", Fcntl.O_RDONLY, out OwnedFd? network);
            if (network is null)
            {
                throw Refused(target, errno);
            }

            // Without it paths of unix sockets would begin at the caller's own.
            errno = Files.TryOpen($"/proc/{target.Pid}/root", Fcntl.O_PATH | Fcntl.O_DIRECTORY, out root);
            if (root is null)
            {
                network.Dispose();
                throw errno is Errno.ENOENT or Errno.ESRCH ? Ended(target) : Refused(target, errno);
            }

            NetworkNamespace opened = NetworkNamespace.Of(network, target.Words);
            if (Processes.WaitForEnd(process, 0) || (target.Record is { InitPid: > 0 } record && record.InitPid == target.Pid && !ProcessIdentity.IsAlive(record)))
            {
                opened.Dispose();
                throw Ended(target);
            }

            return new NetworkTarget(target.Words, opened) { Process = process, Root = root };
        }
        catch
        {
            process.Dispose();
            root?.Dispose();
            throw;
        }
    }

    private static ContainerException Refused(EnterTarget target, int errno) =>
        new($"cannot {Verb} {target.Words}: {Errno.Describe(errno)}", FailureCode.General, errno is Errno.EACCES or Errno.EPERM ? "it belongs to somebody else: be root" : null);

    private static ContainerException Ended(EnterTarget target) => new($"cannot {Verb} {target.Words}: it has ended", FailureCode.WrongState);
}
