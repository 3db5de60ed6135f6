using System;
using System.Text;

namespace Rideau.Runtime.Systemd;

/// <summary>linux.cgroupsPath as the systemd driver reads it: "slice:prefix:name".</summary>
/// <param name="Slice">"system.slice"; "-.slice" for the top.</param>
/// <param name="Unit">"prefix-name.scope".</param>
internal sealed record ScopeName(string Slice, string Unit)
{
    private const string SliceSuffix = ".slice";
    private const int LimitLength = 255;

    /// <summary>The names; without a path those of the default slice and the container's id.</summary>
    /// <param name="cgroupsPath">linux.cgroupsPath.</param>
    /// <param name="id">The container's.</param>
    /// <param name="user">In a user's manager: its default slice is another.</param>
    /// <exception cref="ContainerException">InvalidArgument: it is not of that form, or a part is no name that systemd takes.</exception>
    internal static ScopeName Parse(string? cgroupsPath, string id, bool user)
    {
        string[] parts = string.IsNullOrEmpty(cgroupsPath) ? ["", "rideau", Escape(id)] : cgroupsPath.Split(':');
        if (parts.Length != 3)
        {
            throw Wrong(cgroupsPath!, "it is not of the form \"slice:prefix:name\", which systemd needs", "write it as \"system.slice:rideau:web\", or leave --systemd-cgroup out");
        }

        if (parts[2].EndsWith(SliceSuffix, StringComparison.Ordinal))
        {
            throw Wrong(cgroupsPath!, $"\"{parts[2]}\" names a slice, and a slice holds no processes", "give the container a name of its own: it becomes a scope in the slice");
        }

        string slice = parts[0] switch
        {
            "" => user ? "user.slice" : "system.slice",
            "-" => "-.slice",
            { } given => given,
        };
        string unit = $"{parts[1]}-{parts[2]}.scope";
        if (parts[2].Length == 0 || !IsName(unit))
        {
            throw Wrong(cgroupsPath ?? id, $"\"{unit}\" cannot be the name of a unit", "letters, digits and \":-_.\\\" of at most 255 characters");
        }

        _ = PathOf(slice); // ignored: it is checked here, before anything is made
        return new ScopeName(slice, unit);
    }

    /// <summary>The group below the manager's: "/a.slice/a-b.slice/prefix-name.scope".</summary>
    internal string GroupPath => $"{PathOf(Slice)}/{GroupName(Unit)}";

    /// <summary>Where a slice is: each dash leads one level down.</summary>
    private static string PathOf(string slice)
    {
        if (slice == "-.slice")
        {
            return "";
        }

        var path = new StringBuilder();
        string name = slice.EndsWith(SliceSuffix, StringComparison.Ordinal) ? slice[..^SliceSuffix.Length] : "";
        foreach (Range range in name.AsSpan().Split('-'))
        {
            if (range.Start.Value == range.End.Value || !IsName(slice))
            {
                throw Wrong(slice, $"\"{slice}\" is no name of a slice", "as \"system.slice\", or \"a-b.slice\" for b in a; no slashes, no empty part between dashes");
            }

            path.Append('/').Append(name, 0, range.End.Value).Append(SliceSuffix);
        }

        return path.ToString();
    }

    // systemd sets a "_" before a unit's name that could be taken for a file of the group's directory.
    internal static string GroupName(string unit)
    {
        bool mistakable = unit[0] is '_' or '.';
        foreach (string prefix in (ReadOnlySpan<string>)["cgroup.", "cpu.", "cpuacct.", "cpuset.", "io.", "blkio.", "memory.", "devices.", "pids."])
        {
            mistakable |= unit.StartsWith(prefix, StringComparison.Ordinal);
        }

        return mistakable ? "_" + unit : unit;
    }

    internal static bool IsName(string unit)
    {
        bool good = unit.Length is > 0 and <= LimitLength;
        foreach (char c in unit)
        {
            good &= char.IsAsciiLetterOrDigit(c) || c is ':' or '-' or '_' or '.' or '\\' or '@';
        }

        return good;
    }

    // The only character of an id that systemd does not take.
    private static string Escape(string id) => id.Replace("+", "\\x2b", StringComparison.Ordinal);

    private static ContainerException Wrong(string path, string reason, string hint) =>
        new($"cannot use linux.cgroupsPath \"{path}\": {reason}", FailureCode.InvalidArgument, hint);
}
