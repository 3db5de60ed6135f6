using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Text;
using Rideau.Kernel.Calls;

namespace Rideau.Kernel.Btf;

/// <summary>What the running kernel says of its functions and structures: BTF (CONFIG_DEBUG_INFO_BTF).</summary>
/// <remarks>Only what was asked for is kept. Offsets are looked up, never assumed: they differ from kernel to kernel. doc: Documentation/bpf/btf.rst · runs in: caller</remarks>
public sealed class KernelTypes
{
    /// <summary>Where the kernel has them.</summary>
    public const string Path = "/sys/kernel/btf/vmlinux";

    private const int LimitBytes = 256 << 20;
    private const int DepthLimit = 8;

    private readonly byte[] _data;
    private readonly int _types;
    private readonly int _strings;
    private readonly int[] _offsets;
    private readonly Dictionary<string, int> _functions = [];
    private readonly Dictionary<string, int> _structures = [];

    private KernelTypes(byte[] data, int types, int typesLength, int strings, int stringsLength, IReadOnlyList<string> functions, IReadOnlyList<string> structures)
    {
        _data = data;
        _types = types;
        _strings = strings;
        ReadOnlySpan<byte> words = data.AsSpan(strings, stringsLength);
        Dictionary<uint, string> wantedFunctions = Places(words, functions);
        Dictionary<uint, string> wantedStructures = Places(words, structures);
        _offsets = Index(typesLength, wantedFunctions, wantedStructures);
    }

    /// <summary>Reads the kernel's types.</summary>
    /// <param name="functions">Those that will be asked for.</param>
    /// <param name="structures">Those that will be asked for.</param>
    /// <exception cref="LinuxException">ENOENT: a kernel without them. EACCES. EBADMSG: they cannot be read.</exception>
    public static KernelTypes Read(IReadOnlyList<string> functions, IReadOnlyList<string> structures) =>
        Parse(Files.ReadAll(Path, LimitBytes), functions, structures);

    /// <summary>The same from the file's bytes.</summary>
    /// <exception cref="LinuxException">EBADMSG.</exception>
    public static KernelTypes Parse(byte[] data, IReadOnlyList<string> functions, IReadOnlyList<string> structures)
    {
        ArgumentNullException.ThrowIfNull(data);
        try
        {
            // struct btf_header: magic 2, version 1, flags 1, its length 4, then offset and length of types and strings, behind the header.
            ReadOnlySpan<byte> bytes = data;
            uint head = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
            if (BinaryPrimitives.ReadUInt16LittleEndian(bytes) != Abi.Btf.BTF_MAGIC)
            {
                throw Malformed();
            }

            checked
            {
                return new KernelTypes(
                    data,
                    (int)(head + BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..])),
                    (int)BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]),
                    (int)(head + BinaryPrimitives.ReadUInt32LittleEndian(bytes[16..])),
                    (int)BinaryPrimitives.ReadUInt32LittleEndian(bytes[20..]),
                    functions,
                    structures);
            }
        }
        catch (Exception wrong) when (wrong is ArgumentOutOfRangeException or OverflowException or IndexOutOfRangeException)
        {
            throw Malformed();
        }
    }

    /// <summary>The id of a function, or of the type of a tracepoint ("btf_trace_" and its name), by which a program is attached to it; 0 where the kernel has none of that name.</summary>
    public int FunctionId(string name) => _functions.GetValueOrDefault(name);

    /// <summary>The id of a structure; 0 where there is none.</summary>
    public int StructureId(string name) => _structures.GetValueOrDefault(name);

    /// <summary>Where a member is in a structure, in bytes: Offset("net", "ns", "inum"). Members of unnamed structures and unions in it count as its own.</summary>
    /// <returns>-1 where there is none, or it does not begin at a byte.</returns>
    public int Offset(string structure, params ReadOnlySpan<string> members)
    {
        try
        {
            int type = StructureId(structure);
            int offset = 0;
            foreach (string member in members)
            {
                if (type == 0 || Find(type, Encoding.UTF8.GetBytes(member), DepthLimit) is not { } found)
                {
                    return -1;
                }

                offset = checked(offset + found.Offset);
                type = Plain(found.Type);
            }

            return offset;
        }
        catch (Exception wrong) when (wrong is ArgumentOutOfRangeException or OverflowException or IndexOutOfRangeException)
        {
            throw Malformed();
        }
    }

    private (int Type, int Offset)? Find(int type, ReadOnlySpan<byte> member, int depth)
    {
        int at = At(type, out int kind, out int count, out bool hasBits);
        if (kind is not (Abi.Btf.BTF_KIND_STRUCT or Abi.Btf.BTF_KIND_UNION) || depth == 0)
        {
            return null;
        }

        for (int i = 0; i < count; i++)
        {
            // struct btf_member: name, type, offset in bits (the upper byte is the width of a bit field).
            int here = at + Abi.Btf.TypeBytes + i * 12;
            uint name = Word(here);
            int memberType = (int)Word(here + 4);
            uint bits = Word(here + 8);
            bool isField = hasBits && bits >> 24 != 0;
            int offset = (int)((hasBits ? bits & 0xffffff : bits) / 8);
            if (name == 0)
            {
                if (Find(Plain(memberType), member, depth - 1) is { } inner)
                {
                    return (inner.Type, offset + inner.Offset);
                }
            }
            else if (!isField && Text(name).SequenceEqual(member))
            {
                return (memberType, offset);
            }
        }

        return null;
    }

    // Behind const, volatile, typedef and the like.
    private int Plain(int type)
    {
        for (int depth = 0; depth < 16; depth++)
        {
            int at = At(type, out int kind, out _, out _);
            if (kind is not (Abi.Btf.BTF_KIND_TYPEDEF or Abi.Btf.BTF_KIND_VOLATILE or Abi.Btf.BTF_KIND_CONST or Abi.Btf.BTF_KIND_RESTRICT or Abi.Btf.BTF_KIND_TYPE_TAG))
            {
                break;
            }

            type = (int)Word(at + 8);
        }

        return type;
    }

    private int At(int type, out int kind, out int count, out bool hasBits)
    {
        int at = _offsets[type];
        uint info = Word(at + 4);
        kind = (int)((info >> 24) & 0x1f);
        count = (int)(info & 0xffff);
        hasBits = info >> 31 != 0;
        return at;
    }

    private int[] Index(int typesLength, Dictionary<uint, string> functions, Dictionary<uint, string> structures)
    {
        List<int> offsets = new(Math.Clamp(typesLength, 0, _data.Length) / 32) { 0 };
        int end = checked(_types + typesLength);
        for (int at = _types; at < end;)
        {
            uint name = Word(at);
            uint info = Word(at + 4);
            int kind = (int)((info >> 24) & 0x1f);
            if (kind is Abi.Btf.BTF_KIND_FUNC or Abi.Btf.BTF_KIND_TYPEDEF && functions.TryGetValue(name, out string? function))
            {
                _functions.TryAdd(function, offsets.Count);
            }
            else if (kind == Abi.Btf.BTF_KIND_STRUCT && structures.TryGetValue(name, out string? structure))
            {
                _structures.TryAdd(structure, offsets.Count);
            }

            offsets.Add(at);
            at += Abi.Btf.TypeBytes + Behind(kind, (int)(info & 0xffff));
        }

        return [.. offsets];
    }

    /// <summary>How many bytes stand behind the head of a type.</summary>
    private static int Behind(int kind, int count) => kind switch
    {
        Abi.Btf.BTF_KIND_INT or Abi.Btf.BTF_KIND_VAR or Abi.Btf.BTF_KIND_DECL_TAG => 4,
        Abi.Btf.BTF_KIND_ARRAY => 12,
        Abi.Btf.BTF_KIND_STRUCT or Abi.Btf.BTF_KIND_UNION or Abi.Btf.BTF_KIND_DATASEC or Abi.Btf.BTF_KIND_ENUM64 => 12 * count,
        Abi.Btf.BTF_KIND_ENUM or Abi.Btf.BTF_KIND_FUNC_PROTO => 8 * count,
        0 or > Abi.Btf.BTF_KIND_MAX => throw Malformed(),
        _ => 0,
    };

    // Each string is there once: where it stands is what types name it by.
    private static Dictionary<uint, string> Places(ReadOnlySpan<byte> words, IReadOnlyList<string> names)
    {
        Dictionary<uint, string> places = [];
        foreach (string name in names)
        {
            int at = words.IndexOf(Encoding.UTF8.GetBytes($"\0{name}\0"));
            if (at >= 0)
            {
                places[(uint)at + 1] = name;
            }
        }

        return places;
    }

    private ReadOnlySpan<byte> Text(uint name)
    {
        ReadOnlySpan<byte> rest = _data.AsSpan(checked(_strings + (int)name));
        int end = rest.IndexOf((byte)0);
        return end < 0 ? rest : rest[..end];
    }

    private uint Word(int at) => BinaryPrimitives.ReadUInt32LittleEndian(_data.AsSpan(at));

    private static LinuxException Malformed() => new("read", Abi.Errno.EBADMSG, $"\"{Path}\"");
}
