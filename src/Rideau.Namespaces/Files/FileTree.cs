using System;
using System.Collections.Generic;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Namespaces;

/// <summary>A tree of files with a root of its own: what a process sees, or the machine's.</summary>
/// <remarks>
/// Whatever a path in the tree of a process says, and whatever links and mounts are changed in it meanwhile, it leads to
/// nothing that the process itself could not name: the kernel walks it with openat2(2), the root's descriptor being its root.
/// Nothing of it is executed. Whoever touches files does it as root of that tree (<see cref="Act"/>), so that what is
/// made there belongs to somebody there.
/// man: openat2(2), user_namespaces(7) · kernel 5.8+ · a thread's affair: use one tree in one thread
/// </remarks>
public sealed class FileTree : IDisposable
{
    [ThreadStatic]
    private static FileTree? t_acting;

    private static bool s_keepsCapabilities;
    private static (uint Uid, uint Gid)? s_caller;
    private (uint Uid, uint Gid)? _actor;

    private FileTree(OwnedFd root, string words, IdTranslation ids, bool isMachine)
    {
        Root = root;
        Words = words;
        Ids = ids;
        IsMachine = isMachine;
    }

    /// <summary>The root directory, open with O_PATH.</summary>
    public OwnedFd Root { get; }

    /// <summary>For messages: "web"; empty for the machine.</summary>
    public string Words { get; }

    /// <summary>How ids are numbered in it.</summary>
    public IdTranslation Ids { get; }

    /// <summary>True for the caller's own view, in which paths are trusted.</summary>
    public bool IsMachine { get; }

    /// <summary>How its paths are walked: RESOLVE_ flags.</summary>
    internal int Resolve => IsMachine ? 0 : Fcntl.RESOLVE_IN_ROOT | Fcntl.RESOLVE_NO_MAGICLINKS;

    /// <summary>The machine's files, as the caller sees them.</summary>
    public static FileTree OfMachine() =>
        new(Files.Open("/", Fcntl.O_PATH | Fcntl.O_DIRECTORY), "", IdTranslation.None, isMachine: true);

    /// <summary>What a process sees.</summary>
    /// <param name="pid">The process; it may be stopped or frozen.</param>
    /// <param name="words">For messages.</param>
    /// <param name="alone">
    /// No file of the machine is opened afterwards: the process then gives up, for good, every right that it has outside of the
    /// target's user namespace. An ordinary user's process does so in any case, and keeps its rights to the user's own files.
    /// </param>
    /// <exception cref="NamespaceException">NotFound: it has ended. NotPermitted: it is somebody else's. NotSupported: an ordinary user's process that has several threads cannot join the user namespace.</exception>
    public static FileTree OfProcess(int pid, string words, bool alone)
    {
        OwnedFd? root = null;
        try
        {
            if (Processes.TryOpen(pid, out OwnedFd? pidfd) != 0 || pidfd is null)
            {
                throw Ended(pid, words);
            }

            using (pidfd)
            {
                int errno = Files.TryOpen($"/proc/{pid}/root", Fcntl.O_PATH | Fcntl.O_DIRECTORY, out root);
                root = root ?? throw Refused(words, "open", $"/proc/{pid}/root", errno);
                FileTree tree = WithIds(root, pid, words, alone);

                // Looked at last: while the pidfd says that it lives, the number has meant this process and no other.
                return Processes.TrySignal(pidfd, 0) is 0 or Errno.EPERM ? tree : throw Ended(pid, words);
            }
        }
        catch
        {
            root?.Dispose();
            throw;
        }
    }

    /// <summary>What namespaces show in which there is no process.</summary>
    /// <param name="paths">Files of the namespaces: a mount namespace, and the user namespace that it belongs to, if it is another one.</param>
    /// <param name="words">For messages.</param>
    /// <param name="alone">As for <see cref="OfProcess"/>.</param>
    /// <exception cref="NamespaceException">As there; InvalidArgument: no mount namespace is among them.</exception>
    public static FileTree OfNamespaces(IReadOnlyList<string> paths, string words, bool alone)
    {
        using StandIn child = StandIn.In(words, paths);
        return OfProcess(child.Pid, words, alone);
    }

    /// <summary>A directory of the machine as a root of its own, as that of a container that has stopped.</summary>
    /// <param name="path">The directory; it is trusted, what is in it is not.</param>
    /// <param name="words">For messages.</param>
    /// <param name="uids">How users are numbered in it; empty where they are numbered as the machine's.</param>
    /// <param name="gids">Groups.</param>
    public static FileTree OfDirectory(string path, string words, IReadOnlyList<IdRange> uids, IReadOnlyList<IdRange> gids)
    {
        int errno = Files.TryOpen(path, Fcntl.O_PATH | Fcntl.O_DIRECTORY, out OwnedFd? root);
        return root is null
            ? throw FileFailures.Of($"cannot reach the files of {words}", "openat", errno, $"\"{path}\", O_DIRECTORY")
            : new FileTree(root, words, uids.Count == 0 || Credentials.EffectiveUid != 0 ? IdTranslation.None : new IdTranslation(uids, gids), isMachine: false);
    }

    /// <summary>From now on this thread makes and opens files as root of this tree does; in the machine's as the caller.</summary>
    public void Act()
    {
        if (ReferenceEquals(t_acting, this))
        {
            return;
        }

        if ((IsMachine ? s_caller : _actor) is { } actor && s_keepsCapabilities)
        {
            _ = FileCredentials.TryBecome(actor.Uid, actor.Gid); // ignored: what cannot be done because of it fails by itself
        }

        t_acting = this;
    }

    /// <summary>A path in words: "web:/etc/passwd".</summary>
    public string Say(string path) => IsMachine ? path : $"{Words}:{path}";

    /// <inheritdoc/>
    public void Dispose() => Root.Dispose();

    private static FileTree WithIds(OwnedFd root, int pid, string words, bool alone)
    {
        string path = $"/proc/{pid}/ns/user";
        int errno = Files.TryOpen(path, Fcntl.O_RDONLY, out OwnedFd? user);
        if (user is null)
        {
            throw Refused(words, "open", path, errno);
        }

        using (user)
        {
            if (NamespaceIdentity.TryOf(user) is { } theirs && NamespaceIdentity.TryOf("/proc/self/ns/user") is { } own && own.IsSame(theirs))
            {
                return new FileTree(root, words, IdTranslation.None, isMachine: false);
            }

            bool isRoot = Credentials.EffectiveUid == 0;
            if (!isRoot || alone)
            {
                errno = FileCredentials.TryJoin(user);
                if (errno == 0)
                {
                    KeepCapabilities();
                    return new FileTree(root, words, IdTranslation.None, isMachine: false) { _actor = (0, 0) };
                }
            }

            return isRoot ? WithMaps(root, pid, words) : throw NotJoined(words, errno);
        }
    }

    private static FileTree WithMaps(OwnedFd root, int pid, string words)
    {
        var ids = IdTranslation.Of(pid);
        KeepCapabilities();
        return new FileTree(root, words, ids, isMachine: false) { _actor = ids.UserOutside(0) is { } uid && ids.GroupOutside(0) is { } gid ? (uid, gid) : null };
    }

    private static void KeepCapabilities()
    {
        s_keepsCapabilities = FileCredentials.TryKeepCapabilities() == 0;
        s_caller = (Credentials.EffectiveUid, Credentials.EffectiveGid);
    }

    private static NamespaceException Ended(int pid, string words) =>
        new($"cannot reach the files of {words}: process {pid} has ended", NamespaceFailure.NotFound, "what a container that has stopped left is in the root file system of its bundle");

    private static NamespaceException Refused(string words, string operation, string path, int errno) => errno is Errno.ENOENT or Errno.ESRCH
        ? new NamespaceException($"cannot reach the files of {words}: its process has ended", NamespaceFailure.NotFound)
        : new NamespaceException($"cannot reach the files of {words}", NamespaceFailure.NotPermitted, "the process belongs to somebody else: be root, or whoever started it", new LinuxException(operation, errno, $"\"{path}\""));

    private static NamespaceException NotJoined(string words, int errno) => new(
        $"cannot reach the files of {words}: cannot join its user namespace",
        errno == Errno.EINVAL ? NamespaceFailure.NotSupported : NamespaceFailure.NotPermitted,
        errno == Errno.EINVAL ? "one process reaches the files of one user namespace, and only while it has a single thread" : "it belongs to somebody else: be root, or whoever made it",
        new LinuxException("setns", errno, "CLONE_NEWUSER"));
}
