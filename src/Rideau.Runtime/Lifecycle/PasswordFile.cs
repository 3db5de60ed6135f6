using System;
using System.Globalization;
using System.Text;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Runtime.Lifecycle;

/// <summary>The passwd file of a root file system, read so that no link leads out of it.</summary>
internal static class PasswordFile
{
    private const int LimitBytes = 1 << 20;

    /// <summary>The line of a user, or null: no such line, no file, or none that is a file of reasonable size.</summary>
    internal static PasswordLine? Find(OwnedFd root, uint uid)
    {
        int errno = Files.TryOpenResolved(root, "etc/passwd", Fcntl.O_PATH, Fcntl.RESOLVE_IN_ROOT | Fcntl.RESOLVE_NO_MAGICLINKS, out OwnedFd? place);
        if (errno != 0 || place is null)
        {
            return null;
        }

        using (place)
        {
            // Looked at before it is opened: to open a device, which the container's rules may forbid, can be enough to set it off.
            FileStatus status = Files.Status(place);
            if (!status.IsRegularFile || status.SizeBytes > LimitBytes
                || Files.TryOpen($"/proc/self/fd/{place.Number}", Fcntl.O_RDONLY, out OwnedFd? file) != 0 || file is null)
            {
                return null;
            }

            using (file)
            {
                return FindIn(Files.ReadAll(file, LimitBytes, "etc/passwd"), uid);
            }
        }
    }

    // name:password:uid:gid:gecos:directory:shell
    internal static PasswordLine? FindIn(ReadOnlySpan<byte> passwd, uint uid)
    {
        Span<byte> number = stackalloc byte[12];
        uid.TryFormat(number, out int length, provider: CultureInfo.InvariantCulture);
        ReadOnlySpan<byte> wanted = number[..length];
        Span<Range> fields = stackalloc Range[8];
        while (passwd.Length > 0)
        {
            int end = passwd.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? passwd : passwd[..end];
            passwd = end < 0 ? [] : passwd[(end + 1)..];
            int count = Split(line, fields);
            if (count >= 6 && line[fields[2]].SequenceEqual(wanted) && !line.Contains((byte)0)) // a NUL would end a variable: the file is the container's own
            {
                return new PasswordLine(Encoding.UTF8.GetString(line[fields[0]]), Encoding.UTF8.GetString(line[fields[5]]), count > 6 ? Encoding.UTF8.GetString(line[fields[6]]) : "");
            }
        }

        return null;
    }

    private static int Split(ReadOnlySpan<byte> line, Span<Range> fields)
    {
        int count = 0;
        foreach (Range range in line.Split((byte)':'))
        {
            if (count == fields.Length)
            {
                break;
            }

            fields[count++] = range;
        }

        return count;
    }
}
