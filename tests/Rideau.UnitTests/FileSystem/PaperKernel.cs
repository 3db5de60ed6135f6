using System;
using System.Collections.Generic;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Rideau.Kernel.Abi;
using Rideau.Namespaces;
using Xunit;

namespace Rideau.UnitTests.FileSystem;

/// <summary>Plays the kernel's part towards the tree: asks by bytes, and reads the answers.</summary>
internal sealed class PaperKernel
{
    private readonly Queue<byte[]> _answers = new();
    private ulong _unique;

    internal PaperKernel(string root)
    {
        Files = new NamespaceFileSystem(new NamedNamespaces(root), "/nowhere", message => _answers.Enqueue(message.ToArray()));
        Assert.Equal(0, Ask(Fuse.FUSE_INIT, 0, Bytes(new fuse_init_in { major = 7, minor = 45 })).Errno);
    }

    internal NamespaceFileSystem Files { get; }

    /// <summary>What nobody has asked for, and late answers.</summary>
    internal Queue<byte[]> Answers => _answers;

    /// <summary>Of the last question.</summary>
    internal ulong Unique => _unique;

    internal static byte[] Bytes<T>(in T value)
        where T : unmanaged
    {
        byte[] bytes = new byte[Unsafe.SizeOf<T>()];
        MemoryMarshal.Write(bytes, value);
        return bytes;
    }

    internal static byte[] Text(string text) => [.. Encoding.UTF8.GetBytes(text), 0];

    internal static byte[] Request(uint operation, ulong node, ulong unique, params byte[][] parts)
    {
        List<byte> body = [];
        foreach (byte[] part in parts)
        {
            body.AddRange(part);
        }

        return [.. Bytes(new fuse_in_header { len = (uint)(40 + body.Count), opcode = operation, nodeid = node, unique = unique, uid = Rideau.Kernel.Calls.Credentials.EffectiveUid, pid = 1 }), .. body];
    }

    /// <summary>Asks; the errno is -1 where no answer has come.</summary>
    internal (int Errno, byte[] Body) Ask(uint operation, ulong node, params byte[][] parts)
    {
        Files.View.Arrived = System.Diagnostics.Stopwatch.GetTimestamp();
        Files.Answer(Request(operation, node, ++_unique, parts));
        if (!_answers.TryDequeue(out byte[]? answer))
        {
            return (-1, []);
        }

        fuse_out_header header = MemoryMarshal.Read<fuse_out_header>(answer);
        Assert.Equal((uint)answer.Length, header.len);
        Assert.Equal(_unique, header.unique);
        return (-header.error, answer[16..]);
    }

    internal (int Errno, Node Node) Lookup(Node directory, string name)
    {
        (int errno, byte[] body) = Ask(Fuse.FUSE_LOOKUP, directory.Id, Text(name));
        return (errno, errno == 0 ? new Node(MemoryMarshal.Read<fuse_entry_out>(body).nodeid) : default);
    }

    /// <summary>The node of a path below the root, each part of which is there.</summary>
    internal Node Walk(string path)
    {
        Node node = Node.Root;
        foreach (string part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            (int errno, node) = Lookup(node, part);
            Assert.True(errno == 0, $"{part} of {path}: {Errno.Name(errno)}");
        }

        return node;
    }

    internal string Read(string path)
    {
        (int errno, byte[] opened) = Ask(Fuse.FUSE_OPEN, Walk(path).Id, Bytes(new fuse_open_in()));
        Assert.True(errno == 0, $"{path}: {Errno.Name(errno)}");
        ulong handle = MemoryMarshal.Read<fuse_open_out>(opened).fh;
        string text = Encoding.UTF8.GetString(Ask(Fuse.FUSE_READ, 0, Bytes(new fuse_read_in { fh = handle, size = 65536 })).Body);
        Ask(Fuse.FUSE_RELEASE, 0, Bytes(new fuse_release_in { fh = handle }));
        return text;
    }

    internal string ReadLink(string path)
    {
        (int errno, byte[] body) = Ask(Fuse.FUSE_READLINK, Walk(path).Id);
        Assert.True(errno == 0, $"{path}: {Errno.Name(errno)}");
        return Encoding.UTF8.GetString(body);
    }

    /// <summary>All names of a directory, read in pieces of so many bytes.</summary>
    internal List<string> List(string path, uint pieceBytes = 4096)
    {
        Node node = Walk(path);
        ulong handle = MemoryMarshal.Read<fuse_open_out>(Ask(Fuse.FUSE_OPENDIR, node.Id, Bytes(new fuse_open_in())).Body).fh;
        List<string> names = [];
        ulong offset = 0;
        while (true)
        {
            byte[] entries = Ask(Fuse.FUSE_READDIR, node.Id, Bytes(new fuse_read_in { fh = handle, offset = offset, size = pieceBytes })).Body;
            Assert.True(entries.Length <= pieceBytes);
            if (entries.Length == 0)
            {
                Ask(Fuse.FUSE_RELEASEDIR, node.Id, Bytes(new fuse_release_in { fh = handle }));
                return names;
            }

            for (int at = 0; at < entries.Length;)
            {
                fuse_dirent entry = MemoryMarshal.Read<fuse_dirent>(entries.AsSpan(at));
                names.Add(Encoding.UTF8.GetString(entries, at + 24, (int)entry.namelen));
                offset = entry.off;
                at += (24 + (int)entry.namelen + 7) & ~7;
            }
        }
    }
}
