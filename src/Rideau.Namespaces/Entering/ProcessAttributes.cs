using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Rideau.Kernel;
using Rideau.Kernel.Calls;

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

    /// <summary>Soft and hard limits by the number of the resource (RLIMIT_CPU is 0); prlimit(2) tells them of another user's process only with CAP_SYS_RESOURCE.</summary>
    public required IReadOnlyList<(ulong Soft, ulong Hard)> Limits { get; init; }

    /// <summary>Reads what a process has.</summary>
    /// <exception cref="LinuxException">It has ended, or may not be looked into.</exception>
    public static ProcessAttributes Read(int pid)
    {
        string directory = $"/proc/{pid}";
        string[] fields = SchedulingOf(directory);
        return new ProcessAttributes
        {
            Pid = pid,
            Status = ProcessStatus.Read(pid),
            Environment = Encoding.UTF8.GetString(Files.ReadAll($"{directory}/environ", EnvironmentLimitBytes)).Split('\0', StringSplitOptions.RemoveEmptyEntries),
            WorkingDirectory = Files.ReadLink($"{directory}/cwd") is ['/', ..] path ? path : "/",
            OomScoreAdjustment = Files.TryReadText($"{directory}/oom_score_adj", out string score) == 0 ? int.Parse(score.AsSpan().Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture) : 0,
            Policy = int.Parse(fields[38], CultureInfo.InvariantCulture),
            Priority = int.Parse(fields[37], CultureInfo.InvariantCulture),
            Nice = int.Parse(fields[16], CultureInfo.InvariantCulture),
            IoPriority = Processes.IoPriorityOf(pid),
            Limits = LimitsOf(directory),
        };
    }

    /// <summary>The label of the security module that has one, or an empty text.</summary>
    public static string LabelOf(int pid) => Files.TryReadText($"/proc/{pid}/attr/current", out string label) == 0 ? label.TrimEnd('\0', '\n') : "";

    /// <summary>The fields of /proc/PID/stat behind the name: the first is the state.</summary>
    internal static string[] SchedulingOf(string directory)
    {
        string stat = Files.ReadText($"{directory}/stat");
        return stat[(stat.LastIndexOf(')') + 2)..].TrimEnd().Split(' ');
    }

    private static List<(ulong Soft, ulong Hard)> LimitsOf(string directory)
    {
        List<(ulong, ulong)> limits = [];
        ReadOnlySpan<char> text = Files.ReadText($"{directory}/limits");
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
