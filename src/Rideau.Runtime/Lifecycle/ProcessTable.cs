using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Rideau.Child.Outside;
using Rideau.Kernel.Calls;

namespace Rideau.Runtime.Lifecycle;

/// <summary>The machine's own ps, of which a container's processes are kept.</summary>
public static class ProcessTable
{
    private const int LimitMilliseconds = 30_000;
    private const int LimitBytes = 16 << 20;

    /// <summary>The heading and the lines of these processes; null where there is no ps.</summary>
    /// <param name="options">For ps; none is "-ef".</param>
    /// <param name="pids">The processes to keep.</param>
    /// <exception cref="ContainerException">ps failed, or its answer has no column PID.</exception>
    public static string? Read(IReadOnlyList<string> options, IReadOnlyList<int> pids)
    {
        if (Find("ps") is not { } program)
        {
            return null;
        }

        List<string> words = ["ps", .. options.Count > 0 ? options : ["-ef"]];
        ProgramOutcome outcome = OutsideProgram.Run(program, words, InheritedEnvironment.Variables, [], LimitMilliseconds, LimitBytes);
        if (!outcome.Succeeded)
        {
            throw new ContainerException($"{string.Join(' ', words)}: {outcome.Describe()}");
        }

        return Keep(outcome.Output, pids);
    }

    private static string Keep(string table, IReadOnlyList<int> pids)
    {
        HashSet<int> wanted = [.. pids];
        StringBuilder kept = new();
        int column = -1;
        foreach (string line in table.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] fields = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (column < 0)
            {
                column = Array.IndexOf(fields, "PID");
                if (column < 0)
                {
                    throw new ContainerException("couldn't find PID field in ps output", FailureCode.InvalidArgument, "choose columns with PID among them: -o pid,comm");
                }
            }
            else if (fields.Length <= column || !int.TryParse(fields[column], NumberStyles.None, CultureInfo.InvariantCulture, out int pid) || !wanted.Contains(pid))
            {
                continue;
            }

            kept.Append(line).Append('\n');
        }

        return kept.ToString();
    }

    private static string? Find(string program)
    {
        foreach (string directory in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries))
        {
            if (Files.TryStatus($"{directory}/{program}", out FileStatus status) == 0 && status.IsRegularFile && (status.Mode & 0x49) != 0) // 0111
            {
                return $"{directory}/{program}";
            }
        }

        return null;
    }
}
