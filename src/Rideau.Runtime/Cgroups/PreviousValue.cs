using System;
using System.Text;
using Rideau.Kernel;
using Rideau.Kernel.Calls;

namespace Rideau.Runtime.Cgroups;

/// <summary>What is to be written into a file of a cgroup to take back another write to it.</summary>
internal static class PreviousValue
{
    private const int LimitBytes = 1 << 20;

    /// <summary>The value, or null where there is none that could be written.</summary>
    /// <param name="path">The file, before the write.</param>
    /// <param name="value">What will be written.</param>
    internal static string? Of(string path, string value)
    {
        string text;
        try
        {
            text = Encoding.UTF8.GetString(Files.ReadAll(path, LimitBytes));
        }
        catch (LinuxException)
        {
            return null; // Then the write fails too, or the file cannot be read by anybody.
        }

        return Of(path[(path.LastIndexOf('/') + 1)..], text, value);
    }

    /// <summary>The same from the file's name and text.</summary>
    internal static string? Of(string file, string text, string value)
    {
        if (file == "memory.oom_control")
        {
            return LineOf(text, "oom_kill_disable") is { } line ? line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..] : null;
        }

        int blank = value.IndexOf(' ', StringComparison.Ordinal);
        bool keyed = file is "rdma.max" or "net_prio.ifpriomap" || (blank > 0 && value.AsSpan(0, blank).Contains(':'));
        if (keyed && blank > 0)
        {
            string key = value[..blank];
            return LineOf(text, key) ?? Default(file, key);
        }

        int end = text.IndexOf('\n', StringComparison.Ordinal);
        string first = end < 0 ? text : text[..end];
        return first.Length > 0 ? first : null;
    }

    // A device without a line has no limit.
    private static string? Default(string file, string key) => file switch
    {
        "io.max" => key + " rbps=max wbps=max riops=max wiops=max",
        "io.weight" or "io.bfq.weight" => key + " default",
        _ when file.StartsWith("blkio.", StringComparison.Ordinal) => key + " 0",
        "rdma.max" => key + " hca_handle=max hca_object=max",
        _ => null,
    };

    private static string? LineOf(string text, string key)
    {
        foreach (string line in text.Split('\n'))
        {
            if (line.StartsWith(key, StringComparison.Ordinal) && line.Length > key.Length && line[key.Length] == ' ')
            {
                return line;
            }
        }

        return null;
    }
}
