using System;
using System.Collections.Generic;
using System.Globalization;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Namespaces;

/// <summary>What a child inherits from a process by fork(2), as far as /proc shows it and a program can set it.</summary>
/// <remarks>man: fork(2), proc_pid_stat(5)</remarks>
public sealed class ProcessAttributes
{
    private const int EnvironmentLimitBytes = 8 << 20;
    private const int LimitsColumn = 26;
    private const int LimitWidth = 21;

    private ProcessAttributes()
    {
    }

    /// <summary>The process.</summary>
    public required int Pid { get; init; }

    /// <summary>Ids, capabilities and the like.</summary>
    public required ProcessStatus Status { get; init; }

    /// <summary>NAME=VALUE, as it was given when the program was executed.</summary>
    public required IReadOnlyList<string> Environment { get; init; }

    /// <summary>The working directory as a path inside.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>The number in oom_score_adj.</summary>
    public required int OomScoreAdjustment { get; init; }

    /// <summary>SCHED_ number.</summary>
    public required int Policy { get; init; }

    /// <summary>The nice value.</summary>
    public required int Nice { get; init; }

    /// <summary>The real-time priority.</summary>
    public required int Priority { get; init; }

    /// <summary>Class and priority of ioprio_get(2): class in the bits from 13 on.</summary>
    public required int IoPriority { get; init; }

    /// <summary>Soft and hard limits by the number of the resource (RLIMIT_CPU is 0).</summary>
    public required IReadOnlyList<(ulong Soft, ulong Hard)> Limits { get; init; }

    /// <summary>Reads what a process has.</summary>
    /// <exception cref="LinuxException">It has ended, or may not be looked into.</exception>
    public static ProcessAttributes Read(int pid)
    {
        // One process, also where the number comes to mean another meanwhile.
        using OwnedFd process = Files.Open($"/proc/{pid}", Fcntl.O_PATH | Fcntl.O_DIRECTORY);
        try
        {
            return Read(pid, process);
        }
        catch (LinuxException failure)
        {
            throw new LinuxException(failure.Operation, failure.Errno, $"/proc/{pid}, {failure.Arguments}");
        }
    }

    private static ProcessAttributes Read(int pid, OwnedFd process)
    {
        string stat = Files.ReadText("stat", process);
        return new ProcessAttributes
        {
            Pid = pid,
            Status = ProcessStatus.Read(process),
            Environment = Files.ReadText("environ", process, EnvironmentLimitBytes).Split('\0', StringSplitOptions.RemoveEmptyEntries),
            WorkingDirectory = Files.ReadLink("cwd", process) is ['/', ..] path ? path : "/",
            OomScoreAdjustment = Files.TryReadText("oom_score_adj", out string score, process) == 0 ? int.Parse(score.AsSpan().Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture) : 0,
            Policy = StatField(stat, 41),
            Priority = StatField(stat, 40),
            Nice = StatField(stat, 19),
            IoPriority = Processes.IoPriorityOf(pid),
            Limits = LimitsOf(pid, process),
        };
    }

    /// <summary>The label of the security module that has one, or an empty text.</summary>
    public static string LabelOf(int pid) => Files.TryReadText($"/proc/{pid}/attr/current", out string label) == 0 ? label.TrimEnd('\0', '\n') : "";

    /// <summary>A number of /proc/PID/stat, or of a thread's.</summary>
    /// <param name="stat">The file. The process chooses its name, which may hold blanks and parentheses.</param>
    /// <param name="field">Counted as the manual page does, behind the name.</param>
    internal static int StatField(ReadOnlySpan<char> stat, int field)
    {
        ReadOnlySpan<char> rest = stat[(stat.LastIndexOf(')') + 2)..];
        for (int at = 3; at < field; at++)
        {
            rest = rest[(rest.IndexOf(' ') + 1)..];
        }

        int end = rest.IndexOfAny(' ', '\n');
        return int.Parse(end < 0 ? rest : rest[..end], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
    }

    private static List<(ulong Soft, ulong Hard)> LimitsOf(int pid, OwnedFd process)
    {
        List<(ulong, ulong)> limits = new(Resource.RLIM_NLIMITS);
        for (int resource = 0; resource < Resource.RLIM_NLIMITS && ResourceLimits.TryGet(pid, resource, out rlimit64 limit) == 0; resource++)
        {
            limits.Add((limit.rlim_cur, limit.rlim_max));
        }

        if (limits.Count == Resource.RLIM_NLIMITS)
        {
            return limits;
        }

        // What may not be asked for may be read.
        limits.Clear();
        ReadOnlySpan<char> text = Files.ReadText("limits", process);
        foreach (ReadOnlySpan<char> line in text[(text.IndexOf('\n') + 1)..].EnumerateLines())
        {
            if (line.Length >= LimitsColumn + 2 * LimitWidth)
            {
                limits.Add((Limit(line[LimitsColumn..][..LimitWidth]), Limit(line[(LimitsColumn + LimitWidth)..][..LimitWidth])));
            }
        }

        return limits;
    }

    private static ulong Limit(ReadOnlySpan<char> column) => column.Trim() is "unlimited" ? ulong.MaxValue : ulong.Parse(column.Trim(), CultureInfo.InvariantCulture);
}
