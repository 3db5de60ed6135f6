using System;
using System.Linq;
using CsCheck;
using Rideau.Commands;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;
using Rideau.Kernel.Netlink;
using Rideau.Namespaces;
using Rideau.Namespaces.Network;
using Xunit;

namespace Rideau.UnitTests.Network;

/// <summary>What a person writes for sockets, addresses and devices.</summary>
public sealed class SocketEndpointTests
{
    [Theory]
    [InlineData("tcp:0.0.0.0:80", "0.0.0.0:80")]
    [InlineData("tcp:80", "0.0.0.0:80")]
    [InlineData("tcp:*:80", "0.0.0.0:80")]
    [InlineData("tcp:[::]:80", "[::]:80")]
    [InlineData("tcp:[::ffff:192.0.2.1]:80", "[::ffff:192.0.2.1]:80")]
    [InlineData("tcp:localhost:80", "127.0.0.1:80")]
    [InlineData("udp:[2001:db8::1]:53", "[2001:db8::1]:53")]
    [InlineData("udp:[::1%lo]:53", "[::1%1]:53")]
    [InlineData("unix:/run/a b.sock", "/run/a b.sock")]
    [InlineData("unix:@name", "@name")]
    [InlineData("unixgram:/run/log", "/run/log")]
    [InlineData("unixpacket:@p", "@p")]
    [InlineData("vsock:any:80", "any:80")]
    [InlineData("vsock:3:80", "3:80")]
    public void An_endpoint_is_read_and_becomes_the_kernels_address(string text, string address)
    {
        SocketEndpoint endpoint = SocketEndpoint.Parse(text);
        Assert.Equal(0, Sockets.TryOpen(2, 2, 0, out OwnedFd? socket));
        using (socket)
        {
            Assert.Equal(address, endpoint.ToAddress(socket!, toListen: true).ToString());
        }

        Assert.Equal(endpoint.ToString(), SocketEndpoint.Parse(endpoint.ToString()).ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("80")]
    [InlineData("tcp:")]
    [InlineData("tcp:65536")]
    [InlineData("tcp:-1")]
    [InlineData("tcp:1.2.3:80")]
    [InlineData("tcp:0x7f000001:80")]
    [InlineData("tcp:::80")]
    [InlineData("tcp:[127.0.0.1]:80")]
    [InlineData("tcp:::1:80")]
    [InlineData("tcp:[::1%]:80")]
    [InlineData("tcp:example.org:80")]
    [InlineData("sctp:0.0.0.0:80")]
    [InlineData("unix:relative")]
    [InlineData("unix:@")]
    [InlineData("unix:/a\0b")]
    [InlineData("vsock:x:80")]
    [InlineData("vsock:1:4294967296")]
    public void What_is_none_is_refused_with_the_forms_that_there_are(string text)
    {
        NamespaceException failure = Assert.Throws<NamespaceException>(() => SocketEndpoint.Parse(text));
        Assert.Equal(NamespaceFailure.InvalidArgument, failure.Kind);
        Assert.Contains("tcp:ADDRESS:PORT", failure.Hint!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tcp:0.0.0.0:80", "tcp:0.0.0.0:80", "host", "")]
    [InlineData("tcp:80@web", "tcp:80", "web", "")]
    [InlineData("tcp:80@web=http", "tcp:80", "web", "http")]
    [InlineData("tcp:[::1]:80@/proc/1/ns/net=a-b", "tcp:[::1]:80", "/proc/1/ns/net", "a-b")]
    [InlineData("unix:@name", "unix:@name", "host", "")]
    [InlineData("unix:@name@web=n", "unix:@name", "web", "n")]
    [InlineData("unix:/run/a=b/c.sock", "unix:/run/a=b/c.sock", "host", "")]
    public void The_target_and_the_name_are_taken_off(string text, string socket, string target, string name) =>
        Assert.Equal((socket, target, name), ListenOption.Split(text));

    [Theory]
    [InlineData("web:80", "tcp:80", "web")]
    [InlineData("web:53/udp", "udp:53", "web")]
    [InlineData("/proc/1/ns/net:80/tcp", "tcp:80", "/proc/1/ns/net")]
    [InlineData("tcp:[::1]:80@web", "tcp:[::1]:80", "web")]
    [InlineData("unix:/run/x.sock", "unix:/run/x.sock", "host")]
    public void The_ends_of_a_forward(string text, string endpoint, string target)
    {
        (SocketEndpoint parsed, string where) = NetForwardCommand.Parse(text);
        Assert.Equal((endpoint, target), (parsed.ToString(), where));
    }

    [Theory]
    [InlineData("192.0.2.1/24", "192.0.2.1/24")]
    [InlineData("192.0.2.1", "192.0.2.1/32")]
    [InlineData("2001:db8::1/64", "2001:db8::1/64")]
    [InlineData("2001:db8::1", "2001:db8::1/128")]
    [InlineData("192.0.2.1/33", null)]
    [InlineData("2001:db8::1/129", null)]
    [InlineData("fe80::1%2/64", null)]
    [InlineData("/24", null)]
    [InlineData("192.0.2.1/", null)]
    [InlineData("a/24", null)]
    public void An_address_with_the_length_of_its_network(string text, string? expected) =>
        Assert.Equal(expected, NetworkAddress.TryParse(text, out NetworkAddress? address) ? address.ToString() : null);

    [Theory]
    [InlineData("eth0", true)]
    [InlineData("eth%d", true)]
    [InlineData("fifteen-letters", true)]
    [InlineData("sixteen--letters", false)]
    [InlineData("", false)]
    [InlineData(".", false)]
    [InlineData("a/b", false)]
    [InlineData("a:b", false)]
    [InlineData("a b", false)]
    [InlineData("a%s", false)]
    public void The_name_of_a_device(string name, bool fits)
    {
        if (fits)
        {
            DeviceNames.Check(name);
        }
        else
        {
            Assert.Throws<NetworkDeviceException>(() => DeviceNames.Check(name));
        }
    }

    /// <summary>Whatever is written is taken or refused by an error of the program's own.</summary>
    [Fact]
    public void Random_words()
    {
        string[] parts = ["tcp", "udp", "unix", "vsock", ":", "@", "=", "[", "]", "::", "127.0.0.1", "%", "lo", "/", "80", "65536", "\0", "any", "é", "*"];
        Gen.Int[0, parts.Length - 1].Array[0, 9].Sample(
            indices =>
            {
                string text = string.Concat(indices.Select(index => parts[index]));
                try
                {
                    SocketEndpoint.Parse(ListenOption.Split(text).Socket);
                }
                catch (NamespaceException)
                {
                }
            },
            iter: Fuzzing.Fuzz.Inputs());
    }
}
