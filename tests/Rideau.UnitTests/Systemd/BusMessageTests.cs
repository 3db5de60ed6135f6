using System;
using System.Collections.Generic;
using CsCheck;
using Rideau.Runtime.Systemd;
using Xunit;

namespace Rideau.UnitTests.Systemd;

public sealed class BusMessageTests
{
    private static readonly int Inputs = Environment.GetEnvironmentVariable("RIDEAU_SLOW") == "1" ? 200_000 : 5_000;

    // As dbus-send writes it: strings with length and zero byte, fields aligned to eight.
    private const string HelloBytes =
        "6c01000100000000010000006d00000001016f00150000002f6f72672f667265656465736b746f702f4442757300000002017300140000006f72672e667265656465736b746f702e44427573"
        + "0000000003017300050000004865 6c6c6f000000 06017300140000006f72672e667265656465736b746f702e4442757300000000";

    [Fact]
    public void A_call_without_arguments_is_as_the_specification_has_it()
    {
        byte[] call = BusMessage.Call(1, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "Hello", "", default);
        Assert.Equal(HelloBytes.Replace(" ", "", StringComparison.Ordinal), Convert.ToHexStringLower(call));
        Assert.Equal(call.Length, BusMessage.LengthOf(call));
    }

    [Fact]
    public void What_is_written_is_read_as_the_same_whatever_stands_before_it()
    {
        for (int before = 0; before < 9; before++)
        {
            var writer = new BusWriter();
            writer.Append(new byte[before]);
            writer.Byte(7);
            writer.UInt32(0xdeadbeef);
            writer.Int64(-5);
            writer.Boolean(true);
            writer.String("é");
            writer.Signature("a{sv}");
            var array = writer.BeginArray(8);
            writer.BeginStructure();
            writer.String("key");
            writer.Signature("t");
            writer.UInt64(9);
            writer.EndArray(array);
            var reader = new BusReader(writer.Written, isBigEndian: false);
            for (int i = 0; i < before; i++)
            {
                reader.Byte();
            }

            Assert.Equal(7, reader.Byte());
            Assert.Equal(0xdeadbeef, reader.UInt32());
            Assert.Equal(unchecked((ulong)-5), reader.UInt64());
            Assert.True(reader.Boolean());
            Assert.Equal("é", reader.String());
            Assert.Equal("a{sv}", reader.Signature());
            Assert.True(reader.Skip("a(sv)i").SequenceEqual("i"));
            Assert.True(reader.AtEnd);
        }
    }

    [Fact]
    public void An_empty_array_of_structures_still_has_their_alignment()
    {
        var writer = new BusWriter();
        writer.EndArray(writer.BeginArray(8));
        Assert.Equal("0000000000000000", Convert.ToHexStringLower(writer.Written));
    }

    [Fact]
    public void A_reply_of_the_other_byte_order_is_read_too()
    {
        byte[] reply = Convert.FromHexString("4202000100000008000000090000000f05017500000000070801670001730000" + "00000003616263" + "00");
        BusMessage message = BusMessage.Parse(reply);
        Assert.Equal((BusMessage.MethodReturn, 7u), (message.Type, message.ReplySerial));
        Assert.Equal("abc", message.Read("s").String());
    }

    [Theory]
    [InlineData("6d", "begins with")] // no byte order
    [InlineData("6c040002", "version 2")]
    [InlineData("6c040001ffffffff", "limit")]
    [InlineData("6c0400010000000001000000ffffff7f", "limit")]
    public void A_header_that_is_none_is_refused_before_anything_is_waited_for(string start, string says)
    {
        byte[] bytes = new byte[64];
        Convert.FromHexString(start).CopyTo(bytes, 0);
        Assert.Contains(says, Assert.Throws<BusFormatException>(() => BusMessage.LengthOf(bytes)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Whatever_is_done_to_a_message_it_is_read_or_refused()
    {
        byte[] signal = Signal();
        int read = 0;
        Gen.Select(Gen.Int[0, signal.Length - 1], Gen.Byte, Gen.Int[0, 2]).List[1, 4].Sample(
            edits =>
            {
                var bytes = new List<byte>(signal);
                foreach ((int position, byte value, int kind) in edits)
                {
                    Edit(bytes, Math.Min(position, bytes.Count - 1), value, kind);
                }

                read += ReadAll([.. bytes]) ? 1 : 0;
            },
            iter: Inputs,
            threads: 1);
        Assert.InRange(read, 1, Inputs - 1);
    }

    [Fact]
    public void Random_bytes_are_passed_over_or_refused_by_any_signature() =>
        Gen.Select(Gen.Byte.Array[0, 64], Gen.String[Gen.Char["ybnqiuxtdsogvah(){}"], 0, 12]).Sample(
            static (bytes, signature) =>
            {
                try
                {
                    var reader = new BusReader(bytes, isBigEndian: false);
                    reader.Skip(signature);
                    Assert.InRange(reader.Position, 0, bytes.Length);
                }
                catch (BusFormatException)
                {
                    // Refused.
                }
            },
            iter: Inputs,
            threads: 1);

    [Fact]
    public void A_value_that_is_nested_without_end_is_refused()
    {
        var reader = new BusReader(new byte[64], isBigEndian: false);
        BusFormatException? failure = null;
        try
        {
            reader.Skip(new string('a', 200) + "y");
        }
        catch (BusFormatException refused)
        {
            failure = refused;
        }

        Assert.NotNull(failure);
    }

    // A signal as systemd sends it, made of a call with another type.
    private static byte[] Signal()
    {
        var body = new BusWriter();
        body.UInt32(42);
        body.String("/org/freedesktop/systemd1/job/42");
        body.String("rideau-web.scope");
        body.String("done");
        byte[] signal = BusMessage.Call(9, null, "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager", "JobRemoved", "uoss", body.Written);
        signal[1] = BusMessage.Signal;
        return signal;
    }

    private static void Edit(List<byte> bytes, int position, byte value, int kind)
    {
        if (kind == 0)
        {
            bytes[position] = value;
        }
        else if (kind == 1 && bytes.Count > 1)
        {
            bytes.RemoveAt(position);
        }
        else
        {
            bytes.Insert(position, value);
        }
    }

    private static bool ReadAll(byte[] bytes)
    {
        try
        {
            BusReader reader = BusMessage.Parse(bytes).Read("uoss");
            reader.UInt32();
            reader.String();
            reader.String();
            reader.String();
            return true;
        }
        catch (BusFormatException)
        {
            return false;
        }
    }
}
