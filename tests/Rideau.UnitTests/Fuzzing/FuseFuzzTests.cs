using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using CsCheck;
using Rideau.Kernel.Abi;
using Rideau.Namespaces;
using Rideau.UnitTests.FileSystem;
using Xunit;

namespace Rideau.UnitTests.Fuzzing;

/// <summary>Whatever comes out of /dev/fuse is answered at most once, with an answer whose lengths are right.</summary>
public sealed class FuseFuzzTests
{
    private static readonly uint[] s_operations = [.. Enumerable.Range(0, 54).Select(static number => (uint)number), 4096, uint.MaxValue];

    private static readonly ulong[] s_nodes =
    [
        0, 1, ulong.MaxValue, .. Enum.GetValues<NodeKind>().SelectMany(static kind => new[] { Node.Of(kind).Id, Node.Of(kind, 3, 0, 1).Id, Node.Of(kind, 15, 255, ulong.MaxValue).Id, Node.Of(kind, 6, 2, 4026531837).Id }),
        Node.Of((NodeKind)0x5f).Id,
    ];

    private static readonly string[] s_names = ["lab", "net", "..", ".", "", "by-type", "4026531837", "a=net,uts", "\u00e9", new('x', 300), new('y', 2000), "events", "ns", "\n"];

    private static readonly byte[][] s_bodies =
    [
        [], new byte[8], new byte[24], new byte[64], new byte[128],
        PaperKernel.Bytes(new fuse_read_in { fh = 1, size = uint.MaxValue, offset = ulong.MaxValue }),
        PaperKernel.Bytes(new fuse_read_in { fh = 2, size = 4096 }),
        PaperKernel.Bytes(new fuse_init_in { major = 7, minor = 31 }),
        PaperKernel.Bytes(new fuse_rename2_in { newdir = Node.Of(NodeKind.Names).Id }),
        PaperKernel.Bytes(new fuse_interrupt_in { unique = 3 }),
    ];

    [Fact]
    public void Every_request_has_at_most_one_answer()
    {
        var kernel = new PaperKernel(Path.Combine(Path.GetTempPath(), $"rideau-none-{Environment.ProcessId}"));
        // One file of each kind is open, with the handles 1 to 3.
        Open(kernel, Fuse.FUSE_OPEN, NodeKind.Readme);
        Open(kernel, Fuse.FUSE_OPENDIR, NodeKind.Types);
        Open(kernel, Fuse.FUSE_OPEN, NodeKind.Events);
        ulong unique = 1000;
        Gen.Select(Gen.Int[0, s_operations.Length - 1], Gen.Int[0, s_nodes.Length - 1], Gen.Int[0, s_bodies.Length - 1], Gen.Int[0, s_names.Length - 1].Array[0, 3], Gen.Byte.Array[0, 12], Gen.Int[0, 40]).Sample(
            (operation, node, body, names, noise, cut) => Fuzz.Attempt(() =>
            {
                byte[][] parts = [s_bodies[body], .. names.Select(name => PaperKernel.Text(s_names[name])), cut > 20 ? noise : []];
                byte[] request = PaperKernel.Request(s_operations[operation], s_nodes[node], ++unique, parts);
                if (cut < 10 && noise.Length > 0)
                {
                    request[noise[0] % request.Length] ^= noise[^1];
                }

                kernel.Files.Answer(request.AsSpan(0, cut == 20 ? request.Length / 2 : request.Length));
                Check(kernel.Answers);
                while (kernel.Files.NextChange() is { } change)
                {
                    kernel.Files.Finish(change, Errno.EIO, "");
                }

                Check(kernel.Answers);
            }),
            iter: Fuzz.Inputs(),
            threads: 1);
    }

    private static void Open(PaperKernel kernel, uint operation, NodeKind kind) =>
        Assert.Equal(0, kernel.Ask(operation, Node.Of(kind).Id, PaperKernel.Bytes(new fuse_open_in())).Errno);

    private static void Check(Queue<byte[]> answers)
    {
        HashSet<ulong> seen = [];
        while (answers.TryDequeue(out byte[]? answer))
        {
            fuse_out_header header = MemoryMarshal.Read<fuse_out_header>(answer);
            Assert.Equal((uint)answer.Length, header.len);
            Assert.InRange(header.error, -4095, 0);
            Assert.True(seen.Add(header.unique), "answered twice");
        }
    }
}
