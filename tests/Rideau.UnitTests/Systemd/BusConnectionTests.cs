using System;
using System.IO;
using System.Net.Sockets;
using System.Text;
using System.Threading.Tasks;
using Rideau.Runtime;
using Rideau.Runtime.Systemd;
using Xunit;

namespace Rideau.UnitTests.Systemd;

/// <summary>The client against a socket behind which somebody else than systemd answers.</summary>
public sealed class BusConnectionTests
{
    private const string Welcome = "DATA\r\nOK 0123456789abcdef0123456789abcdef\r\n";

    [Theory]
    [InlineData("REJECTED EXTERNAL\r\n", "refused")]
    [InlineData("DATA\r\nREJECTED\r\n", "refused")]
    [InlineData("HTTP/1.1 400 Bad Request\r\n", "refused")]
    [InlineData("", "closed")]
    [InlineData(Welcome + "garbage garbage garbage", "begins with")]
    [InlineData(Welcome, "closed")]
    public void Whoever_does_not_speak_the_protocol_is_named_and_not_waited_for(string answer, string says)
    {
        var failure = Assert.Throws<ContainerException>(() => Ask(Encoding.ASCII.GetBytes(answer)));
        Assert.Contains(says, failure.Message, StringComparison.Ordinal);
        Assert.Contains("cannot talk to systemd at \"", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_without_an_end_is_not_read_for_ever() =>
        Assert.Contains("does not speak", Assert.Throws<ContainerException>(() => Ask(new byte[100_000])).Message, StringComparison.Ordinal);

    [Fact]
    public void An_answer_is_found_among_others_and_signals_before_it_are_kept()
    {
        byte[] other = Reply(BusMessage.MethodReturn, 77, "other");
        byte[] signal = BusMessage.Call(5, null, "/x", "x.y", "JobRemoved", "", default);
        signal[1] = BusMessage.Signal;
        using BusConnection connection = Answered([.. Encoding.ASCII.GetBytes(Welcome), .. other, .. signal, .. Reply(BusMessage.MethodReturn, 1, "mine")]);
        Assert.Equal("mine", connection.Call(null, "/x", "x.y", "Method").Read("s").String());
        Assert.Equal("JobRemoved", connection.NextSignal(BusConnection.EndOf(1000))!.Member);
    }

    [Fact]
    public void An_error_is_told_by_its_name_and_text()
    {
        using BusConnection connection = Answered([.. Encoding.ASCII.GetBytes(Welcome), .. Reply(BusMessage.Error, 1, "no such unit")]);
        var error = Assert.Throws<BusErrorException>(() => connection.Call(null, "/x", "x.y", "Method"));
        Assert.Equal(("a.b.Failed", "no such unit (a.b.Failed)"), (error.Name, error.Message));
    }

    private static void Ask(byte[] answer)
    {
        using BusConnection connection = Answered(answer);
        connection.Call(null, "/x", "x.y", "Method");
    }

    // Says all of it at once, and then takes in whatever comes until the other side is done.
    private static BusConnection Answered(byte[] answer)
    {
        string path = Path.Combine(Path.GetTempPath(), $"rideau-bus-{Guid.NewGuid():N}");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        Task server = Task.Run(() =>
        {
            using Socket peer = listener.Accept();
            peer.Send(answer);
            peer.Shutdown(SocketShutdown.Send);
            byte[] sink = new byte[4096];
            peer.ReceiveTimeout = 10_000;
            for (int i = 0; i < 100 && peer.Receive(sink) > 0; i++)
            {
            }
        });
        try
        {
            return BusConnection.Connect(path);
        }
        finally
        {
            File.Delete(path);
            _ = server.ContinueWith(static done => _ = done.Exception, TaskScheduler.Default); // a broken pipe is this test's end
        }
    }

    // A call is the same but for the fields: type, and REPLY_SERIAL and ERROR_NAME in place of path and the like.
    private static byte[] Reply(byte type, uint serial, string text)
    {
        var body = new BusWriter();
        body.String(text);
        var writer = new BusWriter();
        writer.Byte((byte)'l');
        writer.Byte(type);
        writer.Byte(0);
        writer.Byte(1);
        writer.UInt32((uint)body.Length);
        writer.UInt32(3);
        var fields = writer.BeginArray(8);
        writer.BeginStructure();
        writer.Byte(5);
        writer.Signature("u");
        writer.UInt32(serial);
        writer.BeginStructure();
        writer.Byte(4);
        writer.Signature("s");
        writer.String("a.b.Failed");
        writer.BeginStructure();
        writer.Byte(8);
        writer.Signature("g");
        writer.Signature("s");
        writer.EndArray(fields);
        writer.Align(8);
        writer.Append(body.Written);
        return writer.Written.ToArray();
    }
}
