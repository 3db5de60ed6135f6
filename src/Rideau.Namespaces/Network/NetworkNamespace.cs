using System;
using System.Runtime.ExceptionServices;
using System.Threading;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;
using Rideau.Kernel.Netlink;

namespace Rideau.Namespaces.Network;

/// <summary>A network namespace that is held open: sockets are made in it, and code runs in it, while the process stays where it is.</summary>
/// <remarks>
/// A socket belongs for all its life to the namespace in which it was made. Bound, connected and used it is from anywhere,
/// so a process may have sockets of many networks.
/// Who has CAP_SYS_ADMIN in the user namespaces of both networks works by a thread that moves for a moment; for an ordinary
/// user, whose networks are owned by user namespaces of his own, a child makes the socket, which needs the published
/// program (NativeAOT). man: network_namespaces(7), setns(2)
/// </remarks>
/// <example><code>
/// using var web = NetworkNamespace.OfProcess(1234);
/// using OwnedFd listener = web.Listen(SocketEndpoint.Parse("tcp:0.0.0.0:80"));
/// int devices = web.Run(() => NetworkInterface.GetAllNetworkInterfaces().Length);
/// </code></example>
public sealed class NetworkNamespace : IDisposable
{
    private readonly string _words;
    private readonly bool _isCallers;

    private NetworkNamespace(OwnedFd handle, NamespaceIdentity identity, string words)
    {
        Handle = handle;
        Identity = identity;
        _words = words;
        _isCallers = NamespaceIdentity.TryOf("/proc/thread-self/ns/net") is { } own && own.IsSame(identity);
    }

    /// <summary>The namespace's file, open. It lives as long as this is.</summary>
    public OwnedFd Handle { get; }

    /// <summary>Which namespace it is.</summary>
    public NamespaceIdentity Identity { get; }

    /// <summary>True where the calling thread was in it when it was opened.</summary>
    public bool IsCallers => _isCallers;

    /// <summary>The caller's own.</summary>
    public static NetworkNamespace OfCaller() => OfPath("/proc/thread-self/ns/net", "the caller's own network");

    /// <summary>The same namespace once more, for a thread that has entered it meanwhile: <see cref="IsCallers"/> is new.</summary>
    public NetworkNamespace Reopen() => Of(Files.Duplicate(Handle, 3), _words);

    /// <summary>That of a process.</summary>
    /// <exception cref="NamespaceException">NotFound, NotPermitted.</exception>
    public static NetworkNamespace OfProcess(int pid) => OfPath($"/proc/{pid}/ns/net");

    /// <summary>That of a file: of /proc/PID/ns, a bind mount, or a link to a keeper's descriptor.</summary>
    /// <exception cref="NamespaceException">NotFound, NotPermitted; InvalidArgument where it is no network namespace.</exception>
    public static NetworkNamespace OfPath(string path) => OfPath(path, $"\"{path}\"");

    private static NetworkNamespace OfPath(string path, string words)
    {
        int errno = Files.TryOpen(path, Fcntl.O_RDONLY, out OwnedFd? fd);
        return Of(
            fd ?? throw new NamespaceException(
                $"cannot open the network namespace \"{path}\": {Errno.Describe(errno)}",
                errno is Errno.EACCES or Errno.EPERM ? NamespaceFailure.NotPermitted : NamespaceFailure.NotFound,
                errno is Errno.EACCES or Errno.EPERM ? "it belongs to somebody else: be root" : null),
            words);
    }

    /// <summary>That of an open file, which this owns from now on.</summary>
    /// <param name="handle">The file.</param>
    /// <param name="words">What errors call it: "\"lab\"".</param>
    /// <exception cref="NamespaceException">InvalidArgument: it is no network namespace.</exception>
    public static NetworkNamespace Of(OwnedFd handle, string words)
    {
        ArgumentNullException.ThrowIfNull(handle);
        NamespaceIdentity? identity = NamespaceIdentity.TryOf(handle);
        if (identity?.Type == NamespaceType.Network)
        {
            return new NetworkNamespace(handle, identity, words);
        }

        handle.Dispose();
        throw new NamespaceException($"{words} is no network namespace", NamespaceFailure.InvalidArgument);
    }

    /// <summary>Makes a socket here, close-on-exec.</summary>
    /// <param name="family">AF_…</param>
    /// <param name="type">SOCK_…, with SOCK_NONBLOCK if wanted.</param>
    /// <param name="protocol">0 for the type's usual one.</param>
    /// <exception cref="NamespaceException">NotPermitted; NotSupported: this kernel has no such sockets.</exception>
    public OwnedFd OpenSocket(int family, int type, int protocol = 0)
    {
        string attempt = $"cannot open a socket in {_words}";
        int errno = _isCallers ? Sockets.TryOpen(family, type, protocol, out OwnedFd? socket) : Sockets.TryOpenIn(Handle, family, type, protocol, out socket);
        return errno == Errno.EPERM && !_isCallers ? ForeignSocket.Open(attempt, Handle, family, type, protocol)
            : socket ?? throw new NamespaceException(
                attempt,
                errno is Errno.EAFNOSUPPORT or Errno.EPROTONOSUPPORT or Errno.ESOCKTNOSUPPORT ? NamespaceFailure.NotSupported : NamespaceFailure.General,
                null,
                new LinuxException("socket", errno));
    }

    /// <summary>Opens a socket here that is bound, and takes connections if it is of a kind that has them.</summary>
    /// <param name="endpoint">Where.</param>
    /// <param name="root">The directory that a unix socket's path begins at, no link in it leading out; null: the caller's root.</param>
    /// <exception cref="NamespaceException">It cannot be; nothing is left behind.</exception>
    public OwnedFd Listen(SocketEndpoint endpoint, OwnedFd? root = null) => SocketOpening.Listen(this, $"cannot listen on {endpoint} in {_words}", endpoint, root);

    /// <summary>Opens a socket here that is connected.</summary>
    /// <param name="endpoint">To what.</param>
    /// <param name="root">As for <see cref="Listen"/>.</param>
    /// <exception cref="NamespaceException">It cannot be.</exception>
    public OwnedFd Connect(SocketEndpoint endpoint, OwnedFd? root = null) => SocketOpening.Connect(this, $"cannot connect to {endpoint} in {_words}", endpoint, root);

    /// <summary>A conversation with the kernel about this network's devices.</summary>
    /// <exception cref="NamespaceException">NotPermitted.</exception>
    public NetlinkSocket OpenNetlink() => NetlinkSocket.Of(OpenSocket(Netlink.AF_NETLINK, NetlinkSocket.RawType, Netlink.NETLINK_ROUTE));

    /// <summary>Runs code on a thread that is in this namespace, and ends with it. Everything else is the process's own.</summary>
    /// <exception cref="NamespaceException">NotPermitted: it takes CAP_SYS_ADMIN in the user namespaces of this network and of the process. What the code throws comes as it is.</exception>
    public T Run<T>(Func<T> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        if (_isCallers)
        {
            return body();
        }

        T result = default!;
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                Enter();
                result = body();
            }
            catch (Exception exception) when (exception is not OutOfMemoryException)
            {
                failure = ExceptionDispatchInfo.Capture(exception);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
        return result;
    }

    /// <summary>The calling thread goes to this namespace and stays: for a thread that ends with its work, or a program that has no other.</summary>
    /// <remarks>An ordinary user's program goes to the user namespace that owns it too, which the kernel allows where the program has one thread.</remarks>
    /// <exception cref="NamespaceException">NotPermitted.</exception>
    public void Enter()
    {
        int errno = NamespaceFiles.TryJoin(Handle, Sched.CLONE_NEWNET);
        if (errno == Errno.EPERM && NamespaceFiles.TryOpenOwner(Handle, out OwnedFd? owner) == 0 && owner is not null)
        {
            using (owner)
            {
                // In a user namespace of others' nobody is to look into this process.
                int joined = NamespaceFiles.TryJoin(owner, Sched.CLONE_NEWUSER);
                Credentials.HideFromOthers();
                errno = joined == 0 ? NamespaceFiles.TryJoin(Handle, Sched.CLONE_NEWNET) : errno;
            }
        }

        if (errno != 0)
        {
            throw new NamespaceException($"cannot enter {_words}", NamespaceFailure.NotPermitted, NamespaceHints.Find("setns", errno), new LinuxException("setns", errno, "CLONE_NEWNET"));
        }
    }

    /// <summary>What errors call it.</summary>
    public override string ToString() => _words;

    /// <inheritdoc/>
    public void Dispose() => Handle.Dispose();
}
