using System;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Rideau.Kernel;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Namespaces.Network;

/// <summary>Where a socket listens, or what it connects to: "tcp:0.0.0.0:80", "udp:[::1]:53", "unix:/run/web.sock", "unix:@name", "vsock:any:80".</summary>
/// <remarks>A port alone ("tcp:80") is of all IPv4 addresses where it listens, and of the loopback's where it connects. Names of hosts are not looked up: every network has names of its own.</remarks>
public sealed record SocketEndpoint
{
    private const string Forms = "write tcp:ADDRESS:PORT, udp:ADDRESS:PORT, unix:PATH, unix:@NAME or vsock:CID:PORT; an IPv6 address is in brackets";

    private SocketEndpoint(SocketKind kind) => Kind = kind;

    /// <summary>What it is.</summary>
    public SocketKind Kind { get; }

    /// <summary>Of the internet's kinds; null where a port alone was given.</summary>
    public IPAddress? Address { get; private init; }

    /// <summary>The device that an IPv6 address of the link is on, as its name; or null.</summary>
    public string? Device { get; private init; }

    /// <summary>The port of the internet's kinds and of vsock.</summary>
    public uint Port { get; private init; }

    /// <summary>The machine of vsock.</summary>
    public uint Cid { get; private init; }

    /// <summary>Of the unix kinds: a path, or a name behind an @.</summary>
    public string Path { get; private init; } = "";

    /// <summary>True for a name that is not a file, and that belongs to the network namespace.</summary>
    public bool IsAbstract => Path is ['@', ..];

    /// <summary>AF_…</summary>
    public int Family => Address?.AddressFamily == AddressFamily.InterNetworkV6 ? Kernel.Abi.SocketAbi.AF_INET6 : Kind.Family;

    /// <summary>Reads what a person wrote.</summary>
    /// <exception cref="NamespaceException">InvalidArgument.</exception>
    public static SocketEndpoint Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        SocketKind kind = colon > 0 && SocketKind.Find(text.AsSpan(0, colon)) is { } found ? found : throw Wrong(text, "it does not begin with a kind of socket");
        string rest = text[(colon + 1)..];
        return kind.IsUnix ? OfUnix(text, kind, rest) : kind == SocketKind.Vsock ? OfVsock(text, rest) : OfInternet(text, kind, rest);
    }

    /// <summary>A port of all addresses (to listen), or of the loopback's (to connect).</summary>
    public static SocketEndpoint Of(SocketKind kind, ushort port) => new(kind) { Port = port };

    /// <summary>An address and a port.</summary>
    public static SocketEndpoint Of(SocketKind kind, IPAddress address, ushort port) => new(kind) { Address = address, Port = port };

    /// <summary>A path, or a name behind an @.</summary>
    public static SocketEndpoint OfUnix(SocketKind kind, string path) => new(kind) { Path = path };

    /// <summary>The kernel's address.</summary>
    /// <param name="socket">A socket of the network namespace, which knows the numbers of devices there.</param>
    /// <param name="toListen">What a port alone means.</param>
    /// <exception cref="NamespaceException">InvalidArgument: the path is too long, or there is no such device.</exception>
    public Kernel.Calls.SocketAddress ToAddress(OwnedFd socket, bool toListen)
    {
        if (Kind == SocketKind.Vsock)
        {
            return Kernel.Calls.SocketAddress.OfVsock(Cid, Port);
        }

        if (Kind.IsUnix)
        {
            try
            {
                return IsAbstract ? Kernel.Calls.SocketAddress.OfAbstract(Path[1..]) : Kernel.Calls.SocketAddress.OfPath(Path);
            }
            catch (LinuxException failure)
            {
                throw new NamespaceException($"\"{this}\" is no address of a unix socket", NamespaceFailure.InvalidArgument, "it has 107 bytes at most", failure);
            }
        }

        IPAddress address = Address ?? (toListen ? IPAddress.Any : IPAddress.Loopback);
        if (Device is { } device)
        {
            int index = Sockets.IndexOfDevice(socket, device);
            address = new IPAddress(address.GetAddressBytes(), index != 0 ? index : throw Wrong(ToString(), $"that network namespace has no device \"{device}\""));
        }

        return Kernel.Calls.SocketAddress.Of(address, (int)Port);
    }

    /// <summary>As it is written.</summary>
    public override string ToString() => Kind.IsUnix ? $"{Kind.Word}:{Path}"
        : Kind == SocketKind.Vsock ? string.Create(CultureInfo.InvariantCulture, $"vsock:{(Cid == Kernel.Abi.SocketAbi.VMADDR_CID_ANY ? "any" : Cid)}:{Port}")
        : Address is null ? string.Create(CultureInfo.InvariantCulture, $"{Kind.Word}:{Port}")
        : Family == Kernel.Abi.SocketAbi.AF_INET6 ? string.Create(CultureInfo.InvariantCulture, $"{Kind.Word}:[{Address}{(Device is null ? "" : "%" + Device)}]:{Port}")
        : string.Create(CultureInfo.InvariantCulture, $"{Kind.Word}:{Address}:{Port}");

    private static SocketEndpoint OfUnix(string text, SocketKind kind, string path) =>
        path.Length < 2 || (path[0] != '@' && path[0] != '/') || path.Contains('\0', StringComparison.Ordinal)
            ? throw Wrong(text, "a unix socket has an absolute path, or a name behind an @")
            : new SocketEndpoint(kind) { Path = path };

    private static SocketEndpoint OfVsock(string text, string rest)
    {
        int colon = rest.LastIndexOf(':');
        string cid = colon < 0 ? "any" : rest[..colon];
        uint number = Kernel.Abi.SocketAbi.VMADDR_CID_ANY;
        return uint.TryParse(rest.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out uint port) && (cid == "any" || uint.TryParse(cid, NumberStyles.None, CultureInfo.InvariantCulture, out number))
            ? new SocketEndpoint(SocketKind.Vsock) { Cid = number, Port = port }
            : throw Wrong(text, "vsock has the number of a machine, or any, and a port");
    }

    private static SocketEndpoint OfInternet(string text, SocketKind kind, string rest)
    {
        int colon = rest.LastIndexOf(':');
        if (!ushort.TryParse(rest.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port))
        {
            throw Wrong(text, "it does not end with a port, a number up to 65535");
        }

        string host = colon < 0 ? "" : rest[..colon];
        if (colon < 0 || host == "*")
        {
            return Of(kind, port);
        }

        bool brackets = host is ['[', .., ']'];
        host = brackets ? host[1..^1] : host == "localhost" ? "127.0.0.1" : host;
        int percent = host.IndexOf('%', StringComparison.Ordinal);
        string? device = brackets && percent > 0 ? host[(percent + 1)..] : null;
        host = device is null ? host : host[..percent];
        // IPAddress also takes 1, 0x7f.1 and the like, which nobody means here.
        if (!IPAddress.TryParse(host, out IPAddress? address) || brackets != (address.AddressFamily == AddressFamily.InterNetworkV6) || (!brackets && address.ToString() != host) || device is "")
        {
            throw Wrong(text, $"\"{host}\" is no address");
        }

        return new SocketEndpoint(kind) { Address = address, Port = port, Device = device };
    }

    private static NamespaceException Wrong(string text, string reason) => new($"bad socket \"{text}\": {reason}", NamespaceFailure.InvalidArgument, Forms);
}
