using System;
using System.Text;

namespace Rideau.Runtime.Criu;

/// <summary>What CRIU says: criu_resp of its rpc.proto.</summary>
internal sealed record CriuAnswer
{
    internal CriuKind Kind { get; private set; }

    internal bool Success { get; private set; }

    /// <summary>The errno of what failed; 0 where it says none.</summary>
    internal int Errno { get; private set; }

    /// <summary>What failed first, in its words; empty before CRIU 3.17.</summary>
    internal string ErrorText { get; private set; } = "";

    /// <summary>Of a notification: "post-restore".</summary>
    internal string Script { get; private set; } = "";

    /// <summary>The restored init, in the pid namespace of CRIU; 0 where it is not said.</summary>
    internal int Pid { get; private set; }

    /// <summary>major * 10000 + minor * 100 + sublevel.</summary>
    internal int Version { get; private set; }

    /// <summary>Of a check of features: it can track which memory was written since the last dump.</summary>
    internal bool TracksMemory { get; private set; }

    /// <summary>Of a check of features: it can bring pages when they are used.</summary>
    internal bool HasLazyPages { get; private set; }

    /// <summary>Reads a message.</summary>
    /// <returns>Null where it is none.</returns>
    internal static CriuAnswer? Read(ReadOnlySpan<byte> bytes)
    {
        var answer = new CriuAnswer();
        var reader = new ProtobufReader(bytes);
        bool hasKind = false;
        bool hasSuccess = false;
        bool whole = true;
        while (reader.MoveNext())
        {
            switch (reader.Field, reader.IsBytes)
            {
                case (1, false):
                    answer.Kind = (CriuKind)reader.Int32;
                    hasKind = true;
                    break;
                case (2, false):
                    answer.Success = reader.Value != 0;
                    hasSuccess = true;
                    break;
                case (4, true):
                    whole &= answer.ReadRestored(reader.Bytes);
                    break;
                case (5, true):
                    whole &= answer.ReadNotification(reader.Bytes);
                    break;
                case (7, false):
                    answer.Errno = reader.Int32;
                    break;
                case (8, true):
                    whole &= answer.ReadFeatures(reader.Bytes);
                    break;
                case (9, true):
                    answer.ErrorText = Encoding.UTF8.GetString(reader.Bytes);
                    break;
                case (10, true):
                    whole &= answer.ReadVersion(reader.Bytes);
                    break;
            }
        }

        return hasKind && hasSuccess && whole && !reader.IsMalformed ? answer : null;
    }

    private bool ReadRestored(ReadOnlySpan<byte> bytes)
    {
        var reader = new ProtobufReader(bytes);
        while (reader.MoveNext())
        {
            Pid = reader.Field == 1 ? reader.Int32 : Pid;
        }

        return !reader.IsMalformed;
    }

    private bool ReadNotification(ReadOnlySpan<byte> bytes)
    {
        var reader = new ProtobufReader(bytes);
        while (reader.MoveNext())
        {
            if (reader.Field == 1)
            {
                Script = Encoding.UTF8.GetString(reader.Bytes);
            }
            else if (reader.Field == 2)
            {
                Pid = reader.Int32;
            }
        }

        return !reader.IsMalformed;
    }

    private bool ReadFeatures(ReadOnlySpan<byte> bytes)
    {
        var reader = new ProtobufReader(bytes);
        while (reader.MoveNext())
        {
            TracksMemory |= reader.Field == 1 && reader.Value != 0;
            HasLazyPages |= reader.Field == 2 && reader.Value != 0;
        }

        return !reader.IsMalformed;
    }

    private bool ReadVersion(ReadOnlySpan<byte> bytes)
    {
        var reader = new ProtobufReader(bytes);
        while (reader.MoveNext())
        {
            Version += (reader.Field, (int)Math.Min(reader.Value, 99)) switch
            {
                (1, int major) => major * 10000,
                (2, int minor) => minor * 100,
                (4, int sublevel) => sublevel,
                _ => 0,
            };
        }

        return !reader.IsMalformed;
    }
}
