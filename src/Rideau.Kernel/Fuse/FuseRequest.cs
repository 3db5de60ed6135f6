using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Rideau.Kernel.Abi;

namespace Rideau.Kernel.Fuse;

/// <summary>One request of the kernel, over its bytes. Every length is checked against them.</summary>
/// <remarks>man: fuse(4) · runs in: caller</remarks>
public readonly ref struct FuseRequest
{
    private readonly fuse_in_header _header;

    private FuseRequest(scoped in fuse_in_header header, ReadOnlySpan<byte> body)
    {
        _header = header;
        Body = body;
    }

    /// <summary>FUSE_LOOKUP and so on.</summary>
    public uint Operation => _header.opcode;

    /// <summary>By which the answer is told apart; 0 where none is wanted.</summary>
    public ulong Unique => _header.unique;

    /// <summary>The file that it is about.</summary>
    public ulong Node => _header.nodeid;

    /// <summary>Who asks, as the user namespace of the mount numbers him; all ones where it has no number for him.</summary>
    public uint Uid => _header.uid;

    /// <summary>The process that asks, as the server's pid namespace numbers it; 0 where it has no number there, or nobody asks.</summary>
    public uint Pid => _header.pid;

    /// <summary>What follows the header, without extensions.</summary>
    public ReadOnlySpan<byte> Body { get; }

    /// <summary>Takes a request apart.</summary>
    /// <param name="bytes">What one read(2) gave.</param>
    /// <param name="request">The request; its spans are of <paramref name="bytes"/>.</param>
    /// <returns>False where the header is cut off, or lengths in it do not fit the bytes.</returns>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out FuseRequest request)
    {
        request = default;
        int size = Unsafe.SizeOf<fuse_in_header>();
        if (!MemoryMarshal.TryRead(bytes, out fuse_in_header header) || header.len != (uint)bytes.Length)
        {
            return false;
        }

        int extensions = header.total_extlen * 8;
        if (extensions > bytes.Length - size)
        {
            return false;
        }

        request = new FuseRequest(header, bytes[size..^extensions]);
        return true;
    }

    /// <summary>The fixed part that the body begins with.</summary>
    /// <returns>False where the body is too short for it.</returns>
    public bool TryRead<T>(out T part)
        where T : unmanaged => MemoryMarshal.TryRead(Body, out part);

    /// <summary>The fixed part that the body begins with, and the name behind it.</summary>
    public bool TryReadNamed<T>(out T part, out ReadOnlySpan<byte> name)
        where T : unmanaged
    {
        name = default;
        return MemoryMarshal.TryRead(Body, out part) && TryName(Body[Unsafe.SizeOf<T>()..], out name, out _);
    }

    /// <summary>The name that the body is.</summary>
    public bool TryName(out ReadOnlySpan<byte> name) => TryName(Body, out name, out _);

    /// <summary>The two names that the body is: of a link that is to be made, and its target.</summary>
    public bool TryNames(out ReadOnlySpan<byte> first, out ReadOnlySpan<byte> second)
    {
        second = default;
        return TryName(Body, out first, out ReadOnlySpan<byte> rest) && TryName(rest, out second, out _);
    }

    /// <summary>The fixed part that the body begins with, and the two names behind it.</summary>
    public bool TryReadNames<T>(out T part, out ReadOnlySpan<byte> first, out ReadOnlySpan<byte> second)
        where T : unmanaged
    {
        first = second = default;
        return MemoryMarshal.TryRead(Body, out part)
            && TryName(Body[Unsafe.SizeOf<T>()..], out first, out ReadOnlySpan<byte> rest) && TryName(rest, out second, out _);
    }

    // A name is not empty and ends with a NUL that is there.
    private static bool TryName(ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> rest)
    {
        int end = bytes.IndexOf((byte)0);
        name = end > 0 ? bytes[..end] : default;
        rest = end > 0 ? bytes[(end + 1)..] : default;
        return end > 0;
    }
}
