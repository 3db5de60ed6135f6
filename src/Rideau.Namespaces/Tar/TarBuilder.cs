using System;
using System.Collections.Generic;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Namespaces;

/// <summary>Walks a tree by descriptors, and writes what it finds as an archive.</summary>
internal sealed class TarBuilder
{
    private const int DepthLimit = 1000;
    private const int LinksLimit = 1_000_000;
    private const int BufferBytes = 256 << 10;
    private readonly FileTree _tree;
    private readonly int _descriptor;
    private readonly FileCopyOptions _options;
    private readonly string _attempt;
    private readonly TarWriter _writer;
    private readonly Dictionary<(uint, uint, ulong), FileName> _links = [];
    private readonly byte[] _buffer = new byte[BufferBytes];
    private long _bytes;
    private long _files;

    internal TarBuilder(FileTree tree, int descriptor, FileCopyOptions options, string attempt)
    {
        _tree = tree;
        _descriptor = descriptor;
        _options = options;
        _attempt = attempt;
        _writer = new TarWriter(Write);
    }

    internal void Build(string path)
    {
        FileName name = FilePaths.BaseName(path);
        bool contents = name.Length == 0;
        using OwnedFd place = FilePaths.Open(_tree, path, _options.FollowLink || contents || path.EndsWith('/'), _attempt);
        Add(place, Files.Status(place), contents ? FileName.Of(".") : name, 0);
        _writer.Finish();
    }

    private void Add(OwnedFd place, FileStatus status, FileName path, int depth)
    {
        byte type = (status.Mode & Stat.S_IFMT) switch
        {
            Stat.S_IFREG => TarMember.File,
            Stat.S_IFDIR => TarMember.Directory,
            Stat.S_IFLNK => TarMember.SymbolicLink,
            Stat.S_IFIFO => TarMember.Fifo,
            Stat.S_IFCHR => TarMember.CharacterDevice,
            Stat.S_IFBLK => TarMember.BlockDevice,
            _ => 0,
        };
        if (type == 0)
        {
            _options.Note?.Invoke($"left out: \"{path}\" is a {FileKind.Of(status.Mode)}");
            return;
        }

        var member = new TarMember
        {
            Name = path,
            Type = type,
            Mode = status.Mode & 0xfff,
            Uid = _tree.Ids.UserInside(status.Uid),
            Gid = _tree.Ids.GroupInside(status.Gid),
            ModifiedSeconds = status.ModifiedSeconds,
            Major = status.SpecialMajor,
            Minor = status.SpecialMinor,
        };
        if (type != TarMember.Directory && status.Links > 1 && !TryRemember(status, path, out FileName earlier))
        {
            _writer.Begin(member with { Type = TarMember.HardLink, Target = earlier });
        }
        else if (type == TarMember.File)
        {
            AddFile(place, status, member);
        }
        else if (type == TarMember.Directory)
        {
            AddDirectory(place, member, depth);
        }
        else
        {
            int errno = type == TarMember.SymbolicLink ? NamedFiles.TryReadLink(place, out FileName target) : (target = default).Length;
            _writer.Begin(errno == 0 ? member with { Target = target } : throw FileFailures.Of(Attempt(path), "readlinkat", errno, $"\"{path}\""));
        }

        _options.Progress?.Invoke(_bytes, ++_files);
    }

    private bool TryRemember(FileStatus status, FileName path, out FileName earlier)
    {
        (uint, uint, ulong) identity = (status.DeviceMajor, status.DeviceMinor, status.Inode);
        if (_links.TryGetValue(identity, out earlier))
        {
            return false;
        }

        if (_links.Count < LinksLimit)
        {
            _links[identity] = path;
        }

        return true;
    }

    private void AddDirectory(OwnedFd place, TarMember member, int depth)
    {
        if (depth >= DepthLimit)
        {
            throw new NamespaceException($"{_attempt}: \"{member.Name}\" is deeper than {DepthLimit} directories");
        }

        using OwnedFd directory = FilePaths.OpenDirectory(place, Attempt(member.Name));
        _writer.Begin(member with { Attributes = AttributesOf(directory) });
        if (depth > 0 && KernelFileSystems.Find(directory) is { } kind)
        {
            _options.Note?.Invoke($"left out: what is in \"{member.Name}\", where {kind} is mounted");
            return;
        }

        foreach (FileName name in DirectoryEntries.Read(directory))
        {
            int errno = FilePaths.TryOpenEntry(directory, name, out OwnedFd? entry);
            FileName path = member.Name.Join(name);
            if (entry is null)
            {
                _options.Note?.Invoke(errno == Errno.ENOENT ? $"left out: \"{path}\" was removed meanwhile" : throw FileFailures.Of(Attempt(path), "openat2", errno, $"\"{name}\", O_PATH"));
                continue;
            }

            using (entry)
            {
                Add(entry, Files.Status(entry), path, depth + 1);
            }
        }
    }

    private void AddFile(OwnedFd place, FileStatus status, TarMember member)
    {
        using OwnedFd file = FilePaths.OpenRegular(place, status, Attempt(member.Name));
        List<(long, long)>? segments = null;
        long stored = status.SizeBytes;
        if (status.Blocks * 512 < status.SizeBytes)
        {
            segments = [];
            stored = 0;
            foreach ((long start, long end) in FileData.Segments(file, status))
            {
                segments.Add((start, end - start));
                stored += end - start;
            }

            segments = stored < status.SizeBytes ? segments : null;
        }

        _writer.Begin(member with { SizeBytes = status.SizeBytes, StoredBytes = stored, Segments = segments, Attributes = AttributesOf(file) });
        foreach ((long offset, long count) in segments ?? [(0, status.SizeBytes)])
        {
            AddData(file, member.Name, offset, count);
        }

        _writer.End(stored);
    }

    // As many bytes as the header says, whatever becomes of the file meanwhile.
    private void AddData(OwnedFd file, FileName path, long offset, long count)
    {
        bool isShort = false;
        for (long done = 0; done < count;)
        {
            int wanted = (int)Math.Min(_buffer.Length, count - done);
            int got = isShort ? 0 : FileContents.TryRead(file, _buffer.AsSpan(0, wanted), offset + done);
            if (got < 0)
            {
                throw FileFailures.Of(Attempt(path), "pread", -got, $"\"{path}\"");
            }

            if (got == 0)
            {
                if (!isShort)
                {
                    _options.Note?.Invoke($"\"{path}\" became shorter meanwhile: zeros are in the archive from {offset + done} on");
                }

                isShort = true;
                got = wanted;
                _buffer.AsSpan(0, got).Clear();
            }

            Write(_buffer.AsSpan(0, got));
            done += got;
            _bytes += got;
            _options.Progress?.Invoke(_bytes, _files);
        }
    }

    private static List<(FileName, byte[])> AttributesOf(OwnedFd fd)
    {
        List<(FileName, byte[])> attributes = [];
        foreach (FileName name in FileAttributes.Names(fd))
        {
            if ((name.Bytes.StartsWith("user."u8) || name.Bytes.SequenceEqual("security.capability"u8)) && !name.Bytes.Contains((byte)'=') && FileAttributes.TryGet(fd, name, out byte[] value) == 0)
            {
                attributes.Add((name, value));
            }
        }

        return attributes;
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        int errno = StandardStreams.TryWrite(_descriptor, bytes);
        if (errno != 0)
        {
            throw FileFailures.Of($"{_attempt}: cannot write it", "write", errno, $"{_descriptor}");
        }
    }

    private string Attempt(FileName path) => $"{_attempt}: \"{path}\"";
}
