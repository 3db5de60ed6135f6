// RUNS IN: caller
using System;
using System.Buffers.Text;
using System.Collections.Generic;
using Rideau.Kernel.Calls;

namespace Rideau.Child.Outside;

/// <summary>Which of the caller's memory a child never touches.</summary>
public static class ChildMemory
{
    private const int MapsLimitBytes = 1 << 20;

    /// <summary>The writable private mappings but the main thread's stack, the program's own data, and the plan: the collector's heap, stacks of other threads, malloc's memory.</summary>
    /// <remarks>
    /// The child runs on a copy of the calling thread's stack, so this is right only when called on the thread
    /// that makes the child, and that is the main thread. man: proc_pid_maps(5)
    /// </remarks>
    public static unsafe IReadOnlyList<(nint Address, nint Bytes)> Unneeded(ChildPlanBuilder plan)
    {
        var unneeded = new List<(nint, nint)>();
        byte[] maps = Files.ReadAll("/proc/self/maps", MapsLimitBytes);
        ReadOnlySpan<byte> rest = maps;
        int onThisStack = 0;
        nint here = (nint)(&onThisStack);
        while (rest.Length > 0)
        {
            int end = rest.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? rest : rest[..end];
            rest = end < 0 ? [] : rest[(end + 1)..];
            if (!TryParse(line, out nint from, out nint to, out bool writablePrivate, out ReadOnlySpan<byte> name)
                || !writablePrivate || name.Length > 0 && !name.SequenceEqual("[heap]"u8)
                || (here >= from && here < to) || plan.Uses(from, to))
            {
                continue;
            }

            // What malloc has (the heap) holds the thread's own data in a static program: errno is there.
            if (name.Length == 0)
            {
                unneeded.Add((from, to - from));
            }
        }

        return unneeded;
    }

    // address           perms offset  dev   inode   pathname
    private static bool TryParse(ReadOnlySpan<byte> line, out nint from, out nint to, out bool writablePrivate, out ReadOnlySpan<byte> name)
    {
        to = 0;
        writablePrivate = false;
        name = default;
        if (!Utf8Parser.TryParse(line, out long first, out int used, 'x') || line.Length < used + 2
            || !Utf8Parser.TryParse(line[(used + 1)..], out long last, out int usedToo, 'x') || line.Length < used + usedToo + 6)
        {
            from = 0;
            return false;
        }

        from = (nint)first;
        to = (nint)last;
        ReadOnlySpan<byte> permissions = line[(used + usedToo + 2)..];
        writablePrivate = permissions[1] == (byte)'w' && permissions[3] == (byte)'p';
        ReadOnlySpan<byte> fields = permissions[5..];
        for (int i = 0; i < 3; i++)
        {
            int space = fields.IndexOf((byte)' ');
            if (space < 0)
            {
                return true;
            }

            // The third field is the inode: a mapping with one is of a file, the program's own data among them.
            if (i == 2 && !fields[..space].SequenceEqual("0"u8))
            {
                name = "file"u8;
                return true;
            }

            fields = fields[(space + 1)..];
        }

        name = fields.Trim((byte)' ');
        return true;
    }
}
