using System;
using System.Text;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Fuse;

namespace Rideau.Namespaces;

/// <summary>Answers the kernel's requests about the tree. It knows no device: requests come as bytes, answers go to a sink.</summary>
/// <remarks>
/// A node's number says what it is (<see cref="Node"/>), so nothing is kept of what was looked up, and FORGET has nothing to do.
/// Parts: what is there (this one), files that are open (Files), what is changed (Changes). docs/namespaces.md
/// </remarks>
internal sealed partial class NamespaceFileSystem
{
    private const ulong Lasting = 1_000_000_000; // seconds: what a node is never changes
    private const int NameLimit = 255;

    private readonly FuseReply _reply;
    private readonly NameTable _table;
    private readonly TreeBranch[] _branches;
    private readonly DateTimeOffset _started = DateTimeOffset.UtcNow;
    private readonly uint _uid = Credentials.EffectiveUid;
    private readonly uint _gid = Credentials.EffectiveGid;

    /// <param name="names">Whose names are shown and changed.</param>
    /// <param name="directory">Where it is mounted, absolute.</param>
    /// <param name="sink">Takes the answers.</param>
    internal NamespaceFileSystem(NamedNamespaces names, string directory, FuseSink sink)
    {
        _reply = new FuseReply(sink);
        _table = new NameTable(names);
        View = new NamespaceView(names);
        Lent = new LentDescriptors();
        var handles = new HandlePaths(View, names, Lent);
        _branches =
        [
            new RootBranch(() => LastError),
            new TypeBranch(View, names, _table, handles),
            new NameBranch(View, names, _table, handles),
            new OwnerBranch(View),
            new ProcessBranch(),
        ];
        _requests = new NameRequests(names, new TreePaths(directory, names, _branches, _table));
    }

    /// <summary>What is known of the machine.</summary>
    internal NamespaceView View { get; }

    /// <summary>What is held open for those who follow links.</summary>
    internal LentDescriptors Lent { get; }

    /// <summary>True once the kernel has begun to talk.</summary>
    internal bool IsReady { get; private set; }

    /// <summary>Answers one request, now or when what it waits for is there. Bytes that are no request are passed over.</summary>
    internal void Answer(ReadOnlySpan<byte> bytes)
    {
        if (!FuseRequest.TryParse(bytes, out FuseRequest request))
        {
            return;
        }

        try
        {
            int errno = Perform(request);
            if (errno != Answered)
            {
                _reply.Error(request.Unique, errno);
            }
        }
        catch (LinuxException failure)
        {
            _reply.Error(request.Unique, failure.Errno);
        }
        catch (NamespaceException failure)
        {
            LastError = failure.Message + "\n";
            _reply.Error(request.Unique, Errno.EIO);
        }
    }

    // The request has its answer, or will get it, or wants none.
    private const int Answered = -1;

    private int Perform(in FuseRequest request) => request.Operation switch
    {
        Fuse.FUSE_INIT => Begin(request),
        Fuse.FUSE_FORGET or Fuse.FUSE_BATCH_FORGET => Answered,
        Fuse.FUSE_INTERRUPT => Interrupt(request),
        Fuse.FUSE_DESTROY => 0,
        _ when !IsReady => Errno.EIO,
        Fuse.FUSE_LOOKUP => Lookup(request),
        Fuse.FUSE_GETATTR => Attributes(request),
        Fuse.FUSE_READLINK => ReadLink(request),
        Fuse.FUSE_STATFS => Statistics(request),
        Fuse.FUSE_OPENDIR => OpenDirectory(request),
        Fuse.FUSE_READDIR => ReadDirectory(request),
        Fuse.FUSE_OPEN => Open(request),
        Fuse.FUSE_READ => Read(request),
        Fuse.FUSE_POLL => Poll(request),
        Fuse.FUSE_RELEASE or Fuse.FUSE_RELEASEDIR => Release(request),
        Fuse.FUSE_FLUSH or Fuse.FUSE_FSYNC or Fuse.FUSE_FSYNCDIR => 0,
        Fuse.FUSE_MKDIR => MakeDirectory(request),
        Fuse.FUSE_SYMLINK => MakeLink(request),
        Fuse.FUSE_RMDIR => RemoveDirectory(request),
        Fuse.FUSE_RENAME => Rename(request),
        Fuse.FUSE_RENAME2 => RenameWithFlags(request),
        Fuse.FUSE_SETATTR or Fuse.FUSE_MKNOD or Fuse.FUSE_CREATE or Fuse.FUSE_LINK or Fuse.FUSE_UNLINK or Fuse.FUSE_TMPFILE => Forbid(),
        Fuse.FUSE_WRITE => Errno.EBADF,
        _ => Errno.ENOSYS, // the kernel does not ask again
    };

    private int Begin(in FuseRequest request)
    {
        if (!request.TryRead(out fuse_init_in init) || init.major < Fuse.FUSE_KERNEL_VERSION || (init.major == Fuse.FUSE_KERNEL_VERSION && init.minor < 23))
        {
            return Errno.EPROTO;
        }

        IsReady = true;
        _reply.Value(request.Unique, new fuse_init_out
        {
            major = Fuse.FUSE_KERNEL_VERSION,
            minor = Math.Min(init.minor, Fuse.FUSE_KERNEL_MINOR_VERSION),
            max_readahead = 0,
            flags = init.flags & Fuse.FUSE_PARALLEL_DIROPS,
            max_background = 16,
            congestion_threshold = 12,
            max_write = 4096,
            time_gran = 1,
        });
        return Answered;
    }

    private int Lookup(in FuseRequest request)
    {
        int errno = Named(request.TryName(out ReadOnlySpan<byte> bytes), bytes, out string name);
        var directory = new Node(request.Node);
        if (errno == 0 && !directory.IsKnown)
        {
            errno = Errno.ENOENT;
        }

        if (errno == 0 && !directory.IsDirectory)
        {
            errno = Errno.ENOTDIR;
        }

        Node found = default;
        errno = errno == 0 ? BranchOf(directory).Lookup(directory, name, out found) : errno;
        if (errno == 0)
        {
            SendEntry(request.Unique, found, BranchOf(directory).IsLasting(directory, found));
            return Answered;
        }

        return errno;
    }

    private void SendEntry(ulong unique, Node node, bool lasting) => _reply.Value(unique, new fuse_entry_out
    {
        nodeid = node.Id,
        entry_valid = lasting ? Lasting : 0,
        attr_valid = Lasting,
        attr = AttributesOf(node),
    });

    private int Attributes(in FuseRequest request)
    {
        var node = new Node(request.Node);
        if (!node.IsKnown)
        {
            return Errno.ENOENT;
        }

        _reply.Value(request.Unique, new fuse_attr_out { attr_valid = Lasting, attr = AttributesOf(node) });
        return Answered;
    }

    private fuse_attr AttributesOf(Node node)
    {
        DateTimeOffset time = BranchOf(node).TimeOf(node) ?? _started;
        ulong seconds = (ulong)Math.Max(0, time.ToUnixTimeSeconds());
        uint nanoseconds = (uint)((time.Ticks % TimeSpan.TicksPerSecond) * 100);
        return new fuse_attr
        {
            ino = node.Id,
            mode = (uint)node.Mode,
            nlink = 1,
            uid = _uid,
            gid = _gid,
            blksize = 4096,
            atime = seconds,
            mtime = seconds,
            ctime = seconds,
            atimensec = nanoseconds,
            mtimensec = nanoseconds,
            ctimensec = nanoseconds,
        };
    }

    private int ReadLink(in FuseRequest request)
    {
        var node = new Node(request.Node);
        if (!node.IsKnown || !node.IsLink)
        {
            return Errno.EINVAL;
        }

        int errno = BranchOf(node).ReadLink(node, out string target);
        if (errno == 0)
        {
            _reply.Bytes(request.Unique, Encoding.UTF8.GetBytes(target));
            return Answered;
        }

        return errno;
    }

    private int Statistics(in FuseRequest request)
    {
        _reply.Value(request.Unique, new fuse_kstatfs { bsize = 4096, frsize = 4096, namelen = NameLimit });
        return Answered;
    }

    private TreeBranch BranchOf(Node node) => _branches[node.Branch];

    // All names of the tree are ASCII: another one is not there.
    private static int Named(bool parsed, ReadOnlySpan<byte> bytes, out string name)
    {
        name = parsed && Ascii.IsValid(bytes) ? Encoding.ASCII.GetString(bytes) : "";
        return !parsed ? Errno.EINVAL : bytes.Length > NameLimit ? Errno.ENAMETOOLONG : name.Length == 0 ? Errno.ENOENT : 0;
    }
}
