using System;
using System.Buffers.Binary;
using System.IO;
using System.Text;
using CsCheck;
using Rideau.Kernel;
using Rideau.Kernel.Btf;
using Rideau.UnitTests.Fuzzing;
using Xunit;

namespace Rideau.UnitTests;

/// <summary>The reader of the kernel's types: a small file made by hand, files that are broken, and the machine's own.</summary>
public sealed class KernelTypesTests
{
    private static readonly string[] s_functions = ["give", "nowhere"];
    private static readonly string[] s_structures = ["outer", "inner"];

    [Fact]
    public void Functions_and_members_are_found()
    {
        KernelTypes types = KernelTypes.Parse(Small(), s_functions, s_structures);
        Assert.Equal((5, 0), (types.FunctionId("give"), types.FunctionId("nowhere")));
        Assert.Equal((2, 3), (types.StructureId("inner"), types.StructureId("outer")));
        Assert.Equal((4, 16, -1), (types.Offset("inner", "b"), types.Offset("outer", "in"), types.Offset("outer", "none")));
        Assert.Equal(20, types.Offset("outer", "in", "b"));
        Assert.Equal(-1, types.Offset("nothing", "b"));
    }

    [Fact]
    public void Whatever_is_given_ends_with_a_result_or_an_error() =>
        Fuzz.Mutations([Small()]).Sample(
            static bytes => Fuzz.Attempt(() =>
            {
                try
                {
                    KernelTypes types = KernelTypes.Parse(bytes, s_functions, s_structures);
                    _ = types.Offset("outer", "in", "b") + types.Offset("inner", "a");
                }
                catch (LinuxException wrong)
                {
                    Assert.Equal(Rideau.Kernel.Abi.Errno.EBADMSG, wrong.Errno);
                }
            }),
            iter: Fuzz.Inputs(),
            threads: 1);

    [Fact]
    public void The_machines_own_types_are_read()
    {
        if (!File.Exists(KernelTypes.Path))
        {
            Assert.Skip("needs /sys/kernel/btf/vmlinux");
        }

        KernelTypes types = KernelTypes.Read(["btf_trace_sched_process_exit"], ["task_struct", "ns_common", "net"]);
        Assert.True(types.FunctionId("btf_trace_sched_process_exit") > 0);
        Assert.True(types.Offset("task_struct", "nsproxy") > 0 && types.Offset("net", "ns", "inum") > 0 && types.Offset("ns_common", "inum") > 0);
    }

    // 1: int; 2: struct inner { int a; int b; }; 3: struct outer { int a; struct inner in at 16; }; 4: a prototype; 5: give.
    private static byte[] Small()
    {
        const string Words = "\0int\0inner\0a\0b\0outer\0in\0give\0";
        uint At(string word) => (uint)Words.IndexOf($"\0{word}\0", StringComparison.Ordinal) + 1;
        uint[] types =
        [
            At("int"), 1u << 24, 4, 32,
            At("inner"), (4u << 24) | 2, 8, At("a"), 1, 0, At("b"), 1, 32,
            At("outer"), (4u << 24) | 2, 24, At("a"), 1, 0, At("in"), 2, 128,
            0, 13u << 24, 0,
            At("give"), 12u << 24, 4,
        ];
        byte[] bytes = new byte[24 + types.Length * 4 + Words.Length];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, 0xeb9f);
        bytes[2] = 1;
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), 24);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(12), (uint)types.Length * 4);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(16), (uint)types.Length * 4);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(20), (uint)Words.Length);
        for (int i = 0; i < types.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(24 + i * 4), types[i]);
        }

        Encoding.ASCII.GetBytes(Words, bytes.AsSpan(24 + types.Length * 4));
        return bytes;
    }
}
