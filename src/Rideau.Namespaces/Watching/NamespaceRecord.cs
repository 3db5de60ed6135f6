using System;
using System.Buffers.Binary;
using System.Text;

namespace Rideau.Namespaces;

/// <summary>What the programs at the kernel's functions write down of one namespace: 72 bytes, in the machine's order.</summary>
internal readonly ref struct NamespaceRecord(ReadOnlySpan<byte> bytes)
{
    internal const int Bytes = 72;

    internal const int TimeAt = 0;
    internal const int IdAt = 8;
    internal const int OwnerIdAt = 16;
    internal const int TypeAt = 24;
    internal const int InodeAt = 28;
    internal const int OwnerInodeAt = 32;
    internal const int EventAt = 36;
    internal const int ProcessAt = 40;
    internal const int UidAt = 48;
    internal const int TaskFlagsAt = 52;
    internal const int CommandAt = 56;
    internal const int CommandBytes = 16;

    internal const uint Born = 1;
    internal const uint Released = 2;
    internal const uint Died = 3;

    /// <summary>A process that nobody shares its namespaces with was seen in it: it may be new.</summary>
    internal const uint Seen = 4;

    private const uint KernelThread = 0x00200000; // PF_KTHREAD

    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>Since the boot, in nanoseconds.</summary>
    internal long Time => (long)Long(TimeAt);

    internal ulong Id => Long(IdAt);

    internal ulong OwnerId => Long(OwnerIdAt);

    internal long TypeFlag => Word(TypeAt);

    internal uint Inode => Word(InodeAt);

    internal uint OwnerInode => Word(OwnerInodeAt);

    internal uint Event => Word(EventAt);

    /// <summary>The process in whose name the kernel was running; null of a thread of the kernel's own, which is nobody's.</summary>
    internal NamespaceActor? Actor()
    {
        if ((Word(TaskFlagsAt) & KernelThread) != 0)
        {
            return null;
        }

        ReadOnlySpan<byte> command = _bytes.Slice(CommandAt, CommandBytes);
        int end = command.IndexOf((byte)0);
        return new NamespaceActor((int)(Long(ProcessAt) >> 32), Word(UidAt), Encoding.UTF8.GetString(end < 0 ? command : command[..end]));
    }

    private uint Word(int at) => BinaryPrimitives.ReadUInt32LittleEndian(_bytes[at..]);

    private ulong Long(int at) => BinaryPrimitives.ReadUInt64LittleEndian(_bytes[at..]);
}
