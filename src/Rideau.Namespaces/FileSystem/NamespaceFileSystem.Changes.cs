using System;
using System.Collections.Generic;
using System.Text;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Fuse;

namespace Rideau.Namespaces;

// What is changed. A worker does it, one after the other, while the server goes on answering: the worker may look into the tree itself.
internal sealed partial class NamespaceFileSystem
{
    private const string Changeable = "only names can be changed: mkdir, ln -s, mv within a directory and rmdir, in by-name and in by-type/TYPE (there by name, not by number)";
    private readonly NameRequests _requests;
    private readonly Queue<NameChange> _changes = new();

    /// <summary>What went wrong last, in words; empty where nothing did.</summary>
    internal string LastError { get; private set; } = "";

    /// <summary>The change that is to be carried out next.</summary>
    internal NameChange? NextChange() => _changes.TryDequeue(out NameChange? change) ? change : null;

    /// <summary>A change has been carried out, or has failed: whoever waits for it is answered.</summary>
    /// <param name="change">The change.</param>
    /// <param name="errno">0, or the positive errno.</param>
    /// <param name="said">What the worker said.</param>
    internal void Finish(NameChange change, int errno, string said)
    {
        View.LetGo(); // what was known of names
        LastError = errno == 0 ? LastError : Explain(change.Attempt, errno, said);
        Node entry = default;
        if (errno == 0 && change.Name.Length > 0)
        {
            errno = BranchOf(change.Directory).Lookup(change.Directory, change.Name, out entry);
            // What symlink(2) has made is a link until it is looked at again.
            entry = change.IsLink ? Node.Of(NodeKind.NameHandle, change.Directory.TypeIndex, 0, _table.NumberOf(change.Name)) : entry;
        }

        if (errno == 0 && change.Name.Length > 0)
        {
            SendEntry(change.Unique, entry, lasting: false);
        }
        else
        {
            _reply.Error(change.Unique, errno);
        }
    }

    private int MakeDirectory(in FuseRequest request)
    {
        int errno = MayChange(request, Named(request.TryReadNamed(out fuse_mkdir_in _, out ReadOnlySpan<byte> bytes), bytes, out string name));
        return errno != 0 ? errno : Begin("mkdir", _requests.Make(request.Unique, new Node(request.Node), name, null, out NameChange? change, out string why), change, why);
    }

    private int MakeLink(in FuseRequest request)
    {
        int errno = MayChange(request, Named(request.TryNames(out ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> target), bytes, out string name));
        return errno != 0 ? errno : Begin("ln -s", _requests.Make(request.Unique, new Node(request.Node), name, Encoding.UTF8.GetString(target), out NameChange? change, out string why), change, why);
    }

    private int RemoveDirectory(in FuseRequest request)
    {
        int errno = MayChange(request, Named(request.TryName(out ReadOnlySpan<byte> bytes), bytes, out string name));
        return errno != 0 ? errno : Begin("rmdir", _requests.Remove(request.Unique, new Node(request.Node), name, out NameChange? change, out string why), change, why);
    }

    private int Rename(in FuseRequest request) =>
        request.TryReadNames(out fuse_rename_in to, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> newName) ? Rename(request, name, to.newdir, newName, 0) : Errno.EINVAL;

    private int RenameWithFlags(in FuseRequest request) =>
        request.TryReadNames(out fuse_rename2_in to, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> newName) ? Rename(request, name, to.newdir, newName, to.flags) : Errno.EINVAL;

    private int Rename(in FuseRequest request, ReadOnlySpan<byte> bytes, ulong newDirectory, ReadOnlySpan<byte> newBytes, uint flags)
    {
        int errno = MayChange(request, Named(true, bytes, out string name));
        errno = errno == 0 ? Named(true, newBytes, out string newName) : Refuse(errno, out newName);
        return errno != 0
            ? errno
            : Begin("mv", _requests.Rename(request.Unique, new Node(request.Node), name, new Node(newDirectory), newName, flags, out NameChange? change, out string why), change, why);
    }

    private static int Refuse(int errno, out string nothing)
    {
        nothing = "";
        return errno;
    }

    // The kernel has looked at the modes of the directories. Nobody but who mounted it, and root, acts in his name all the same.
    private int MayChange(in FuseRequest request, int errno) =>
        errno != 0 ? errno : !new Node(request.Node).IsKnown ? Errno.ENOENT : request.Uid == _uid || request.Uid == 0 ? 0 : Errno.EACCES;

    private int Begin(string attempt, int errno, NameChange? change, string why)
    {
        if (change is not null)
        {
            _changes.Enqueue(change);
            return Answered;
        }

        LastError = Explain(attempt, errno, why.Length > 0 ? why : errno switch
        {
            Errno.EPERM => Changeable,
            Errno.EEXIST => "the name is taken",
            Errno.ENOENT => "there is no such name",
            _ => "this is not done here",
        });
        return errno;
    }

    private int Forbid()
    {
        LastError = Explain("change of a file", Errno.EPERM, Changeable);
        return Errno.EPERM;
    }

    private void TakeBack(ulong unique)
    {
        for (int left = _changes.Count; left > 0; left--)
        {
            NameChange change = _changes.Dequeue();
            if (change.Unique == unique)
            {
                _reply.Error(unique, Errno.EINTR);
            }
            else
            {
                _changes.Enqueue(change);
            }
        }
    }

    private static string Explain(string attempt, int errno, string said) => $"{attempt}: {Errno.Describe(errno)}\n{said.TrimEnd('\n')}\n";
}
