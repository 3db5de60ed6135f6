using System;
using System.Text;

namespace Rideau.Kernel.Procfs;

/// <summary>The lines of /proc/PID/mountinfo, one after the other, over its bytes. Allocates nothing.</summary>
/// <remarks>
/// <code>
/// 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
/// (1)(2)(3)   (4)   (5)      (6)      (7)  (8) (9)   (10)         (11)
/// </code>
/// A line that is not of this form is passed over. man: proc_pid_mountinfo(5) · runs in: caller
/// </remarks>
public ref struct MountInfo
{
    private ReadOnlySpan<byte> _rest;

    /// <param name="bytes">The file's content.</param>
    public MountInfo(ReadOnlySpan<byte> bytes) => _rest = bytes;

    /// <summary>The mount's number (1).</summary>
    public ReadOnlySpan<byte> Id { get; private set; }

    /// <summary>The number of the mount that it is on (2).</summary>
    public ReadOnlySpan<byte> Parent { get; private set; }

    /// <summary>The device of the file system (3): "0:52".</summary>
    public ReadOnlySpan<byte> Device { get; private set; }

    /// <summary>The directory of the file system that is the mount's root (4), with the kernel's escapes.</summary>
    public ReadOnlySpan<byte> Root { get; private set; }

    /// <summary>Where it is mounted (5), with the kernel's escapes.</summary>
    public ReadOnlySpan<byte> MountPoint { get; private set; }

    /// <summary>The options of the mount (6): "rw,nosuid".</summary>
    public ReadOnlySpan<byte> MountOptions { get; private set; }

    /// <summary>The file system's type (9).</summary>
    public ReadOnlySpan<byte> FileSystemType { get; private set; }

    /// <summary>The options of the file system (11): "rw,cpu,cpuacct".</summary>
    public ReadOnlySpan<byte> FileSystemOptions { get; private set; }

    /// <summary>Goes to the next line that has the form.</summary>
    /// <returns>False at the end.</returns>
    public bool MoveNext()
    {
        while (!_rest.IsEmpty)
        {
            int end = _rest.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? _rest : _rest[..end];
            _rest = end < 0 ? default : _rest[(end + 1)..];
            if (Parse(line))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A path of mountinfo as it really is: \040, \011, \012 and \134 stand for space, tab, newline and backslash.</summary>
    public static string Unescape(ReadOnlySpan<byte> path)
    {
        if (!path.Contains((byte)'\\'))
        {
            return Encoding.UTF8.GetString(path);
        }

        byte[] plain = new byte[path.Length];
        int length = 0;
        for (int i = 0; i < path.Length; i++)
        {
            if (path[i] == '\\' && i + 3 < path.Length && IsOctal(path[i + 1], '3') && IsOctal(path[i + 2], '7') && IsOctal(path[i + 3], '7'))
            {
                plain[length++] = (byte)((path[i + 1] - '0') * 64 + (path[i + 2] - '0') * 8 + (path[i + 3] - '0'));
                i += 3;
            }
            else
            {
                plain[length++] = path[i];
            }
        }

        return Encoding.UTF8.GetString(plain, 0, length);
    }

    /// <summary>True where one of the comma-separated options is exactly that word.</summary>
    public static bool HasOption(ReadOnlySpan<byte> options, ReadOnlySpan<byte> word)
    {
        while (!options.IsEmpty)
        {
            int comma = options.IndexOf((byte)',');
            ReadOnlySpan<byte> option = comma < 0 ? options : options[..comma];
            if (option.SequenceEqual(word))
            {
                return true;
            }

            options = comma < 0 ? default : options[(comma + 1)..];
        }

        return false;
    }

    private static bool IsOctal(byte value, char most) => value >= '0' && value <= most;

    private bool Parse(ReadOnlySpan<byte> line)
    {
        Id = Field(ref line);
        Parent = Field(ref line);
        Device = Field(ref line);
        Root = Field(ref line);
        MountPoint = Field(ref line);
        MountOptions = Field(ref line);
        // Optional fields (7), ended by a lone hyphen (8).
        while (!line.IsEmpty)
        {
            if (Field(ref line) is [(byte)'-'])
            {
                FileSystemType = Field(ref line);
                _ = Field(ref line);
                FileSystemOptions = Field(ref line);
                return !FileSystemType.IsEmpty && !MountPoint.IsEmpty;
            }
        }

        return false;
    }

    private static ReadOnlySpan<byte> Field(scoped ref ReadOnlySpan<byte> line)
    {
        int space = line.IndexOf((byte)' ');
        ReadOnlySpan<byte> field = space < 0 ? line : line[..space];
        line = space < 0 ? default : line[(space + 1)..];
        return field;
    }
}
