using System;
using System.Buffers;
using System.Text;
using System.Text.Json;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;
using Rideau.Runtime;

namespace Rideau.Output;

/// <summary>Messages as engines read them: a line each, text or JSON, appended to --log or written to standard error.</summary>
internal sealed class MessageLog : Log
{
    private readonly OwnedFd? _file;
    private readonly bool _debug;

    private MessageLog(OwnedFd? file, bool json, bool debug)
    {
        _file = file;
        IsJson = json;
        _debug = debug;
    }

    /// <summary>True where --log names a file.</summary>
    internal bool HasFile => _file is not null;

    internal bool IsJson { get; }

    public override bool IsDebug => _debug;

    internal static MessageLog Open(string? path, bool json, bool debug)
    {
        if (path is null)
        {
            return new MessageLog(null, json, debug);
        }

        int errno = Files.TryOpen(path, Fcntl.O_WRONLY | Fcntl.O_CREAT | Fcntl.O_APPEND, out OwnedFd? file, 0x1a4); // 0644
        return file is not null
            ? new MessageLog(file, json, debug)
            : throw new ContainerException($"cannot open the log \"{path}\": {Errno.Text(errno)}", FailureCode.InvalidArgument, null, new LinuxException("openat", errno, $"\"{path}\""));
    }

    public override void Write(LogLevel level, string message)
    {
        if (level == LogLevel.Debug && !_debug)
        {
            return;
        }

        byte[] line = Line(level, message, IsJson, DateTime.UtcNow);
        // ignored: a log that cannot be written is no reason to fail
        _ = _file is { } file ? Files.TryWriteAll(file, line) : StandardStreams.TryWrite(2, line);
    }

    /// <summary>One line with its newline.</summary>
    internal static byte[] Line(LogLevel level, string message, bool json, DateTime time)
    {
        string word = level switch { LogLevel.Debug => "debug", LogLevel.Warning => "warning", _ => "error" };
        string stamp = time.ToString("yyyy-MM-ddTHH:mm:ssZ");
        if (!json)
        {
            return Encoding.UTF8.GetBytes($"time=\"{stamp}\" level={word} msg={Quote(message)}\n");
        }

        ArrayBufferWriter<byte> buffer = new(256);
        using (Utf8JsonWriter writer = new(buffer, new JsonWriterOptions { Encoder = PlainJsonEncoder.Instance }))
        {
            writer.WriteStartObject();
            writer.WriteString("level"u8, word);
            writer.WriteString("msg"u8, message);
            writer.WriteString("time"u8, stamp);
            writer.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return buffer.WrittenSpan.ToArray();
    }

    private static string Quote(string message)
    {
        StringBuilder text = new(message.Length + 2);
        text.Append('"');
        foreach (char letter in message)
        {
            _ = letter switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\n' => text.Append("\\n"),
                '\t' => text.Append("\\t"),
                < ' ' => text.Append($"\\x{(int)letter:x2}"),
                _ => text.Append(letter),
            };
        }

        return text.Append('"').ToString();
    }
}
