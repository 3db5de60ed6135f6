using System;

namespace Rideau.Runtime.Systemd;

/// <summary>A message of D-Bus: its header, read, and its body as it came.</summary>
internal sealed class BusMessage
{
    internal const byte MethodCall = 1;
    internal const byte MethodReturn = 2;
    internal const byte Error = 3;
    internal const byte Signal = 4;

    /// <summary>The specification allows 128 MiB; nothing that is asked here is answered with more than this.</summary>
    internal const int LimitBytes = 1 << 20;

    private const int FixedBytes = 16;

    internal byte Type { get; private init; }

    internal uint ReplySerial { get; private set; }

    internal string Interface { get; private set; } = "";

    internal string Member { get; private set; } = "";

    internal string ErrorName { get; private set; } = "";

    internal string Signature { get; private set; } = "";

    private byte[] Body { get; set; } = [];

    private bool IsBigEndian { get; init; }

    /// <summary>Reads the body, which must begin with values of these types.</summary>
    /// <exception cref="BusFormatException">It does not.</exception>
    internal BusReader Read(string signature) => Signature.StartsWith(signature, StringComparison.Ordinal)
        ? new BusReader(Body, IsBigEndian)
        : throw new BusFormatException($"an answer of the type \"{Signature}\" where \"{signature}\" was wanted");

    /// <summary>A method call.</summary>
    /// <param name="serial">Not 0; unique on the connection.</param>
    /// <param name="destination">The bus name of who is called; null on a connection without a bus.</param>
    /// <param name="path">The object.</param>
    /// <param name="interfaceName">The interface.</param>
    /// <param name="member">The method.</param>
    /// <param name="signature">Of the body; may be empty.</param>
    /// <param name="body">The arguments.</param>
    internal static byte[] Call(uint serial, string? destination, string path, string interfaceName, string member, string signature, ReadOnlySpan<byte> body)
    {
        var writer = new BusWriter();
        writer.Byte((byte)'l');
        writer.Byte(MethodCall);
        writer.Byte(0);
        writer.Byte(1);
        writer.UInt32((uint)body.Length);
        writer.UInt32(serial);
        var fields = writer.BeginArray(8);
        Field(writer, 1, "o", path);
        Field(writer, 2, "s", interfaceName);
        Field(writer, 3, "s", member);
        if (destination is not null)
        {
            Field(writer, 6, "s", destination);
        }

        if (signature.Length > 0)
        {
            Field(writer, 8, "g", signature);
        }

        writer.EndArray(fields);
        writer.Align(8);
        writer.Append(body);
        return writer.Written.ToArray();
    }

    /// <summary>How long the message is that these bytes begin; 0 where they are too few to tell.</summary>
    /// <exception cref="BusFormatException">They begin no message, or one beyond the limit.</exception>
    internal static int LengthOf(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < FixedBytes)
        {
            return 0;
        }

        var reader = new BusReader(bytes, IsBig(bytes[0]));
        reader.UInt32();
        uint body = reader.UInt32();
        reader.UInt32();
        uint fields = reader.UInt32();
        if (bytes[3] != 1 || body > LimitBytes || fields > LimitBytes)
        {
            throw new BusFormatException(bytes[3] != 1 ? $"the protocol's version {bytes[3]}" : $"a message of {(ulong)body + fields} bytes, the limit is {LimitBytes}");
        }

        return FixedBytes + (((int)fields + 7) & ~7) + (int)body;
    }

    /// <summary>Reads a whole message.</summary>
    /// <exception cref="BusFormatException">It is none.</exception>
    internal static BusMessage Parse(ReadOnlySpan<byte> bytes)
    {
        if (LengthOf(bytes) is var length && (length == 0 || length != bytes.Length))
        {
            throw new BusFormatException("a message that is not whole");
        }

        var message = new BusMessage { Type = bytes[1], IsBigEndian = IsBig(bytes[0]) };
        var reader = new BusReader(bytes, message.IsBigEndian);
        reader.UInt32();
        uint body = reader.UInt32();
        reader.UInt32();
        int end = reader.BeginArray(8);
        while (reader.Position < end)
        {
            reader.BeginStructure();
            message.TakeField(ref reader);
        }

        if (reader.Position != end)
        {
            throw new BusFormatException("a header whose last field passes its end");
        }

        reader.Align(8);
        message.Body = bytes[reader.Position..].ToArray();
        return message.Body.Length == body ? message : throw new BusFormatException("a body of another length than its header says");
    }

    private void TakeField(ref BusReader reader)
    {
        byte code = reader.Byte();
        string type = reader.Signature();
        switch (code, type)
        {
            case (2, "s"):
                Interface = reader.String();
                break;
            case (3, "s"):
                Member = reader.String();
                break;
            case (4, "s"):
                ErrorName = reader.String();
                break;
            case (5, "u"):
                ReplySerial = reader.UInt32();
                break;
            case (8, "g"):
                Signature = reader.Signature();
                break;
            default:
                // Unknown fields are passed over, as the specification wants it.
                reader.Skip(type);
                break;
        }
    }

    private static bool IsBig(byte first) => first switch
    {
        (byte)'l' => false,
        (byte)'B' => true,
        _ => throw new BusFormatException($"a message that begins with the byte {first}"),
    };

    private static void Field(BusWriter writer, byte code, string type, string value)
    {
        writer.BeginStructure();
        writer.Byte(code);
        writer.Signature(type);
        if (type == "g")
        {
            writer.Signature(value);
        }
        else
        {
            writer.String(value);
        }
    }
}
