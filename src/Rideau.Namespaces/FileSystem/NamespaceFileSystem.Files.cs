using System;
using System.Collections.Generic;
using System.Text;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Fuse;

namespace Rideau.Namespaces;

// Files and directories that are open.
internal sealed partial class NamespaceFileSystem
{
    private const int OpenLimit = 1 << 16;
    private const int ReadLimitBytes = 128 << 10;
    private const long ContentLimitBytes = 128 << 20;

    private readonly Dictionary<ulong, OpenFile> _open = [];
    private readonly EventLines _lines = new();
    private byte[] _space = new byte[4096];
    private ulong _lastHandle;
    private long _contentBytes;
    private int _eventReaders;

    /// <summary>Called before somebody gets "events" open: what happens from then on is to be told.</summary>
    internal Action? EventsWanted { get; set; }

    /// <summary>Called when nobody has it open any more.</summary>
    internal Action? EventsUnwanted { get; set; }

    /// <summary>Tells a line to all who have "events" open.</summary>
    internal void Tell(string line)
    {
        if (_eventReaders == 0)
        {
            return;
        }

        _lines.Add(line);
        foreach (OpenFile file in _open.Values)
        {
            if (file.Events is { } reader)
            {
                Serve(reader);
            }
        }
    }

    private int OpenDirectory(in FuseRequest request)
    {
        var node = new Node(request.Node);
        if (!node.IsKnown)
        {
            return Errno.ENOENT;
        }

        return node.IsDirectory ? Keep(request.Unique, new OpenFile(), 0) : Errno.ENOTDIR;
    }

    private int Open(in FuseRequest request)
    {
        var node = new Node(request.Node);
        if (!node.IsKnown || node.IsDirectory || node.IsLink)
        {
            return Errno.EINVAL;
        }

        if (!request.TryRead(out fuse_open_in open) || (open.flags & (3 | Fcntl.O_TRUNC)) != Fcntl.O_RDONLY)
        {
            return Errno.EACCES;
        }

        if (node.Kind == NodeKind.Events)
        {
            EventsWanted?.Invoke();
            int opened = Keep(request.Unique, new OpenFile { Events = new EventReader { Next = _lines.End } }, Fuse.FOPEN_DIRECT_IO | Fuse.FOPEN_NONSEEKABLE | Fuse.FOPEN_STREAM);
            _eventReaders += opened == Answered ? 1 : 0;
            if (_eventReaders == 0)
            {
                EventsUnwanted?.Invoke();
            }

            return opened;
        }

        int errno = BranchOf(node).ReadText(node, out string text);
        if (errno != 0)
        {
            return errno;
        }

        byte[] content = Encoding.UTF8.GetBytes(text);
        return _contentBytes + content.Length > ContentLimitBytes ? Errno.ENOMEM : Keep(request.Unique, new OpenFile { Content = content }, Fuse.FOPEN_DIRECT_IO);
    }

    private int Keep(ulong unique, OpenFile file, uint flags)
    {
        if (_open.Count >= OpenLimit)
        {
            return Errno.ENFILE;
        }

        _lastHandle++;
        _open.Add(_lastHandle, file);
        _contentBytes += file.Content.Length;
        _reply.Value(unique, new fuse_open_out { fh = _lastHandle, open_flags = flags });
        return Answered;
    }

    private int Release(in FuseRequest request)
    {
        if (request.TryRead(out fuse_release_in release) && _open.Remove(release.fh, out OpenFile? file))
        {
            _contentBytes -= file.Content.Length;
            _eventReaders -= file.Events is null ? 0 : 1;
            if (_eventReaders == 0 && file.Events is not null)
            {
                _lines.Forget();
                EventsUnwanted?.Invoke();
            }
        }

        return 0;
    }

    private int ReadDirectory(in FuseRequest request)
    {
        var node = new Node(request.Node);
        if (!request.TryRead(out fuse_read_in read) || !node.IsKnown || !node.IsDirectory || !_open.TryGetValue(read.fh, out OpenFile? file) || file.Events is not null)
        {
            return Errno.EBADF;
        }

        // A list stays as it is while somebody goes through it, and is made anew for who begins again.
        if (file.Entries is null || read.offset == 0)
        {
            List<TreeEntry> entries = [new(".", node), new("..", Node.Root)];
            int errno = BranchOf(node).List(node, entries);
            if (errno != 0)
            {
                return errno;
            }

            file.Entries = entries;
        }

        var listed = new FuseEntries(Space(read.size));
        for (ulong at = read.offset; at < (ulong)file.Entries.Count; at++)
        {
            TreeEntry entry = file.Entries[(int)at];
            if (!listed.TryAdd(entry.Node.Id, at + 1, entry.Node.Mode, entry.Name))
            {
                break;
            }
        }

        _reply.Bytes(request.Unique, _space.AsSpan(0, listed.Length));
        return Answered;
    }

    private int Read(in FuseRequest request)
    {
        if (!request.TryRead(out fuse_read_in read) || !_open.TryGetValue(read.fh, out OpenFile? file) || file.Entries is not null)
        {
            return Errno.EBADF;
        }

        if (file.Events is { } reader)
        {
            return ReadEvents(request.Unique, reader, read);
        }

        int from = (int)Math.Min(read.offset, (ulong)file.Content.Length);
        _reply.Bytes(request.Unique, file.Content.AsSpan(from, Math.Min(file.Content.Length - from, (int)Math.Min(read.size, ReadLimitBytes))));
        return Answered;
    }

    private int ReadEvents(ulong unique, EventReader reader, in fuse_read_in read)
    {
        if (!_lines.HasMore(reader) && (read.flags & Fcntl.O_NONBLOCK) != 0)
        {
            return Errno.EAGAIN;
        }

        reader.Waiting.Enqueue(new EventReader.WaitingRead(unique, (int)Math.Min(read.size, ReadLimitBytes)));
        Serve(reader);
        return Answered;
    }

    private void Serve(EventReader reader)
    {
        while (_lines.HasMore(reader) && reader.Waiting.TryDequeue(out EventReader.WaitingRead? waiting))
        {
            Span<byte> space = Space((uint)waiting.Bytes);
            _reply.Bytes(waiting.Unique, space[.._lines.Read(reader, space)]);
        }

        if (_lines.HasMore(reader) && reader.PollHandle != 0)
        {
            _reply.Notify(Fuse.FUSE_NOTIFY_POLL, new fuse_notify_poll_wakeup_out { kh = reader.PollHandle });
            reader.PollHandle = 0;
        }
    }

    private int Poll(in FuseRequest request)
    {
        if (!request.TryRead(out fuse_poll_in poll) || !_open.TryGetValue(poll.fh, out OpenFile? file))
        {
            return Errno.EBADF;
        }

        bool more = file.Events is not { } reader || _lines.HasMore(reader);
        if (!more && (poll.flags & Fuse.FUSE_POLL_SCHEDULE_NOTIFY) != 0)
        {
            file.Events!.PollHandle = poll.kh;
        }

        _reply.Value(request.Unique, new fuse_poll_out { revents = more ? (uint)Polling.POLLIN : 0 });
        return Answered;
    }

    // Of a read that waits for events: it ends with EINTR. Of a change that has not begun: likewise; one that has is brought to its end.
    private int Interrupt(in FuseRequest request)
    {
        if (!request.TryRead(out fuse_interrupt_in interrupt))
        {
            return Answered;
        }

        foreach (OpenFile file in _open.Values)
        {
            if (file.Events is { } reader)
            {
                for (int left = reader.Waiting.Count; left > 0; left--)
                {
                    EventReader.WaitingRead waiting = reader.Waiting.Dequeue();
                    if (waiting.Unique == interrupt.unique)
                    {
                        _reply.Error(waiting.Unique, Errno.EINTR);
                    }
                    else
                    {
                        reader.Waiting.Enqueue(waiting);
                    }
                }
            }
        }

        TakeBack(interrupt.unique);
        return Answered;
    }

    private Span<byte> Space(uint bytes)
    {
        int wanted = (int)Math.Min(bytes, ReadLimitBytes);
        if (_space.Length < wanted)
        {
            _space = new byte[wanted];
        }

        return _space.AsSpan(0, wanted);
    }
}
