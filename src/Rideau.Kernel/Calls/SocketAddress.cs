using System;
using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Text;
using Rideau.Kernel.Abi;

namespace Rideau.Kernel.Calls;

/// <summary>The address of a socket as the kernel has it: struct sockaddr of the internet's families, unix and vsock.</summary>
/// <remarks>man: ip(7), ipv6(7), unix(7), vsock(7)</remarks>
public sealed class SocketAddress : IEquatable<SocketAddress>
{
    /// <summary>The most bytes that any family's address has (struct sockaddr_storage).</summary>
    public const int LimitBytes = 128;

    private const int UnixPathBytes = 108;
    private readonly byte[] _bytes;

    private SocketAddress(byte[] bytes) => _bytes = bytes;

    /// <summary>AF_INET, AF_INET6, AF_UNIX, AF_VSOCK; 0 where it is too short for one.</summary>
    public int Family => _bytes.Length >= 2 ? BinaryPrimitives.ReadUInt16LittleEndian(_bytes) : 0;

    /// <summary>As bind(2) and connect(2) take it.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>The port of an address of the internet's families, or 0.</summary>
    public int Port => Family is SocketAbi.AF_INET or SocketAbi.AF_INET6 && _bytes.Length >= 4 ? BinaryPrimitives.ReadUInt16BigEndian(_bytes.AsSpan(2)) : 0;

    /// <summary>An IPv4 or IPv6 address and a port. The scope of an IPv6 address goes with it.</summary>
    public static SocketAddress Of(IPAddress address, int port)
    {
        ArgumentNullException.ThrowIfNull(address);
        bool six = address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6;
        byte[] bytes = new byte[six ? 28 : 16];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)(six ? SocketAbi.AF_INET6 : SocketAbi.AF_INET));
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(2), (ushort)port);
        address.TryWriteBytes(bytes.AsSpan(six ? 8 : 4), out _);
        if (six)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(24), (uint)address.ScopeId);
        }

        return new SocketAddress(bytes);
    }

    /// <summary>A path in the file system.</summary>
    /// <exception cref="LinuxException">bind: ENAMETOOLONG, for more than 107 bytes.</exception>
    public static SocketAddress OfPath(string path) => OfUnix(path, isAbstract: false);

    /// <summary>A name in the abstract namespace, which is the network namespace's own.</summary>
    /// <exception cref="LinuxException">bind: ENAMETOOLONG, for more than 107 bytes.</exception>
    public static SocketAddress OfAbstract(string name) => OfUnix(name, isAbstract: true);

    /// <summary>An address between virtual machines.</summary>
    /// <param name="cid">The machine; VMADDR_CID_ANY for all.</param>
    /// <param name="port">The port.</param>
    public static SocketAddress OfVsock(uint cid, uint port)
    {
        // struct sockaddr_vm: family, two reserved bytes, port, cid, flags, zero.
        byte[] bytes = new byte[16];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, SocketAbi.AF_VSOCK);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), port);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), cid);
        return new SocketAddress(bytes);
    }

    /// <summary>An address that the kernel has given.</summary>
    public static SocketAddress OfBytes(ReadOnlySpan<byte> bytes) => new(bytes[..Math.Min(bytes.Length, LimitBytes)].ToArray());

    /// <inheritdoc/>
    public bool Equals(SocketAddress? other) => other is not null && _bytes.AsSpan().SequenceEqual(other._bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as SocketAddress);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(_bytes);
        return hash.ToHashCode();
    }

    /// <summary>"192.0.2.1:80", "[2001:db8::1]:80", "/run/x", "@name"; of vsock the machine and the port: "3:80", "any:80"; "unnamed".</summary>
    public override string ToString() => Family switch
    {
        SocketAbi.AF_INET when _bytes.Length >= 8 => $"{new IPAddress(_bytes.AsSpan(4, 4))}:{Port}",
        SocketAbi.AF_INET6 when _bytes.Length >= 28 => $"[{new IPAddress(_bytes.AsSpan(8, 16), BinaryPrimitives.ReadUInt32LittleEndian(_bytes.AsSpan(24)))}]:{Port}",
        SocketAbi.AF_UNIX when _bytes.Length > 3 && _bytes[2] == 0 => "@" + Encoding.UTF8.GetString(_bytes.AsSpan(3)),
        SocketAbi.AF_UNIX when _bytes.Length > 2 => Encoding.UTF8.GetString(_bytes.AsSpan(2).TrimEnd((byte)0)),
        SocketAbi.AF_VSOCK when _bytes.Length >= 12 => $"{Machine(BinaryPrimitives.ReadUInt32LittleEndian(_bytes.AsSpan(8)))}:{BinaryPrimitives.ReadUInt32LittleEndian(_bytes.AsSpan(4))}",
        _ => "unnamed",
    };

    private static string Machine(uint cid) => cid == SocketAbi.VMADDR_CID_ANY ? "any" : cid.ToString(CultureInfo.InvariantCulture);

    // A path ends with NUL, a name begins with it and may have others in it.
    private static SocketAddress OfUnix(string text, bool isAbstract)
    {
        int length = Encoding.UTF8.GetByteCount(text);
        if (length is 0 or >= UnixPathBytes)
        {
            throw new LinuxException("bind", Errno.ENAMETOOLONG, $"\"{text}\"");
        }

        byte[] bytes = new byte[2 + length + 1];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, SocketAbi.AF_UNIX);
        Encoding.UTF8.GetBytes(text, bytes.AsSpan(isAbstract ? 3 : 2));
        return new SocketAddress(bytes);
    }
}
