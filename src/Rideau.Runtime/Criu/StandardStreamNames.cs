using System;
using System.Buffers;
using System.Collections.Generic;
using System.Globalization;
using System.Text.Json;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Runtime.Criu;

/// <summary>descriptors.json of an image: by which names CRIU knows the standard streams that came from outside the container.</summary>
/// <remarks>
/// The file and its names for pipes are as runc has them, so that either restores what the other has dumped. Files outside
/// the container (a log, the machine's /dev/null) have the name by which CRIU leaves them out: file[MOUNT:INODE]. Which of
/// these is the null device stands behind the three, because nothing else could take its place: CRIU wants a file that seeks.
/// </remarks>
internal static class StandardStreamNames
{
    private const string FileName = "descriptors.json";
    private const string PipePrefix = "pipe:";
    private const string OutsidePrefix = "file[";
    private const string NullPrefix = "null=";
    private const int LimitBytes = 1 << 20;
    private const int Count = 3;

    /// <summary>The names of what a process has open as 0, 1 and 2.</summary>
    internal static List<string> Of(int pid)
    {
        string mounts = $"\n{Files.ReadText($"/proc/{pid}/mountinfo", limitBytes: 16 << 20)}";
        var names = new List<string>(Count);
        for (int i = 0; i < Count; i++)
        {
            names.Add(NameOf(pid, i, mounts));
        }

        for (int i = 0; i < Count; i++)
        {
            if (names[i].StartsWith(OutsidePrefix, StringComparison.Ordinal) && IsNull($"/proc/{pid}/fd/{i}") && !names.Contains(NullPrefix + names[i]))
            {
                names.Add(NullPrefix + names[i]);
            }
        }

        return names;
    }

    /// <summary>Those that CRIU is to leave out of a dump.</summary>
    internal static IEnumerable<string> Outside(List<string> names)
    {
        var seen = new HashSet<string>();
        foreach (string name in names)
        {
            if (name.StartsWith(OutsidePrefix, StringComparison.Ordinal) && seen.Add(name))
            {
                yield return name;
            }
        }
    }

    /// <summary>Those that a restore gives again, with their numbers.</summary>
    internal static IEnumerable<(string Name, int Descriptor)> ToInherit(List<string> names)
    {
        for (int i = 0; i < names.Count && i < Count; i++)
        {
            bool wanted = names[i].StartsWith(PipePrefix, StringComparison.Ordinal) || (names[i].StartsWith(OutsidePrefix, StringComparison.Ordinal) && !names.Contains(NullPrefix + names[i]));
            if (wanted && Files.TryDescriptorStatus(i, out _))
            {
                yield return (names[i], i);
            }
        }
    }

    /// <summary>Those that are the null device.</summary>
    internal static IEnumerable<string> OfNull(List<string> names)
    {
        for (int i = Count; i < names.Count; i++)
        {
            if (names[i].StartsWith(NullPrefix, StringComparison.Ordinal))
            {
                yield return names[i][NullPrefix.Length..];
            }
        }
    }

    internal static void Write(OwnedFd images, List<string> names)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartArray();
            foreach (string name in names)
            {
                json.WriteStringValue(name);
            }

            json.WriteEndArray();
        }

        using OwnedFd file = Files.Open(FileName, Fcntl.O_WRONLY | Fcntl.O_CREAT | Fcntl.O_TRUNC | Fcntl.O_NOFOLLOW, 0x180, images); // 0600
        Files.WriteAll(file, buffer.WrittenSpan, FileName);
    }

    /// <exception cref="ContainerException">It is missing, or no list of texts.</exception>
    internal static List<string> Read(string attempt, ImageDirectory images)
    {
        string path = $"{images.Path}/{FileName}";
        int errno = Files.TryOpen(FileName, Fcntl.O_RDONLY | Fcntl.O_NONBLOCK, out OwnedFd? file, 0, images.Directory);
        if (file is null)
        {
            throw new ContainerException($"{attempt}: \"{images.Path}\" holds no checkpoint", FailureCode.InvalidArgument, "--image-path names the directory that checkpoint has written; what a pre-dump has written cannot be restored", new LinuxException("openat", errno, $"\"{path}\""));
        }

        using (file)
        {
            return Parse(Files.ReadAll(file, LimitBytes, path)) ?? throw new ContainerException($"{attempt}: \"{path}\" is no list of names", FailureCode.InvalidArgument, "is the checkpoint whole?");
        }
    }

    /// <returns>Null where it is no list of texts.</returns>
    internal static List<string>? Parse(ReadOnlySpan<byte> bytes)
    {
        try
        {
            var names = new List<string>();
            var json = new Utf8JsonReader(bytes);
            bool isList = json.Read() && json.TokenType == JsonTokenType.StartArray;
            while (isList && json.Read() && json.TokenType != JsonTokenType.EndArray)
            {
                isList = json.TokenType == JsonTokenType.String;
                names.Add(isList ? json.GetString()! : "");
            }

            return isList ? names : null;
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static bool IsNull(string path) =>
        Files.TryStatus(path, out FileStatus status) == 0 && status.IsCharacterDevice && status.SpecialMajor == 1 && status.SpecialMinor == 3;

    private static string NameOf(int pid, int descriptor, string mounts)
    {
        string path = $"/proc/{pid}/fd/{descriptor}";
        string link = Files.ReadLink(path) ?? "";
        if (!link.StartsWith('/') || Files.TryStatus(path, out FileStatus status) != 0)
        {
            return link;
        }

        string facts = Files.ReadText($"/proc/{pid}/fdinfo/{descriptor}");
        return MountIn(facts) is { } mount && !mounts.Contains($"\n{mount.ToString(CultureInfo.InvariantCulture)} ", StringComparison.Ordinal)
            ? $"{OutsidePrefix}{mount:x}:{status.Inode:x}]"
            : link;
    }

    private static int? MountIn(string facts)
    {
        const string name = "mnt_id:";
        int at = facts.IndexOf(name, StringComparison.Ordinal);
        ReadOnlySpan<char> rest = at < 0 ? default : facts.AsSpan(at + name.Length);
        int end = rest.IndexOf('\n');
        return int.TryParse((end < 0 ? rest : rest[..end]).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int mount) ? mount : null;
    }
}
