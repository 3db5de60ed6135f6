using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;

namespace Rideau.Namespaces;

/// <summary>What a child inherits from a process by fork(2), as far as /proc shows it.</summary>
/// <remarks>Ids are as the caller's user namespace numbers them. man: fork(2), proc_pid_status(5)</remarks>
public sealed class ProcessAttributes
{
    private const int FileLimitBytes = 8 << 20;
    private readonly Dictionary<string, string> _status;

    private ProcessAttributes(int pid, Dictionary<string, string> status)
    {
        Pid = pid;
        _status = status;
    }

    /// <summary>The process.</summary>
    public int Pid { get; }

    /// <summary>Real, effective, saved and file system uid.</summary>
    public IReadOnlyList<uint> Uids => Numbers("Uid");

    /// <summary>Real, effective, saved and file system gid.</summary>
    public IReadOnlyList<uint> Gids => Numbers("Gid");

    /// <summary>The supplementary groups.</summary>
    public IReadOnlyList<uint> Groups => Numbers("Groups");

    /// <summary>The mask of modes.</summary>
    public uint Umask => Convert.ToUInt32(_status.GetValueOrDefault("Umask", "022"), 8);

    /// <summary>No program that it executes gains privileges.</summary>
    public bool NoNewPrivileges => _status.GetValueOrDefault("NoNewPrivs") == "1";

    /// <summary>True where system calls are filtered.</summary>
    public bool HasSeccompFilter => _status.GetValueOrDefault("Seccomp") == "2";

    /// <summary>A set of capabilities as bits.</summary>
    /// <param name="set">CapInh, CapPrm, CapEff, CapBnd or CapAmb.</param>
    public ulong Capabilities(string set) => ulong.Parse(_status.GetValueOrDefault(set, "0"), NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    /// <summary>"0-3,7".</summary>
    public string Cpus => _status.GetValueOrDefault("Cpus_allowed_list", "");

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

    /// <summary>The label of the security module that has one, or an empty text.</summary>
    public required string Label { get; init; }

    /// <summary>Everything, in words, for comparison; the key is the attribute's name.</summary>
    public required IReadOnlyList<(string Name, string Value)> All { get; init; }

    /// <summary>Reads what a process has.</summary>
    /// <exception cref="LinuxException">It has ended, or may not be looked into.</exception>
    public static ProcessAttributes Read(int pid)
    {
        string directory = $"/proc/{pid}";
        Dictionary<string, string> status = Status(Files.ReadText($"{directory}/status"));
        string stat = Files.ReadText($"{directory}/stat");
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].TrimEnd().Split(' ');
        string label = Optional($"{directory}/attr/current").TrimEnd('\0', '\n');
        int ioPriority = Processes.IoPriorityOf(pid);
        var all = new List<(string, string)>();
        foreach (NamespaceType type in NamespaceType.All)
        {
            all.Add(($"{type.Word} namespace", Files.ReadLink($"{directory}/ns/{type.Name}") ?? "?"));
        }

        all.Add(("root directory", Place($"{directory}/root")));
        all.Add(("working directory", Place($"{directory}/cwd")));
        foreach (string line in Optional($"{directory}/cgroup").Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = line.Split(':', 3);
            all.Add(($"cgroup {(parts[1].Length == 0 ? "v2" : parts[1])}", parts[^1]));
        }

        foreach ((string key, string name) in s_statusNames)
        {
            all.Add((name, status.GetValueOrDefault(key, "-")));
        }

        List<(ulong, ulong)> limits = [];
        foreach (string line in Files.ReadText($"{directory}/limits").Split('\n', StringSplitOptions.RemoveEmptyEntries)[1..])
        {
            string[] values = line[26..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            limits.Add((Limit(values[0]), Limit(values[1])));
            all.Add(($"limit {line[..26].Trim().ToLowerInvariant()}", string.Join(' ', line[26..].Split(' ', StringSplitOptions.RemoveEmptyEntries))));
        }

        all.Add(("oom_score_adj", Optional($"{directory}/oom_score_adj").Trim()));
        all.Add(("scheduler", $"policy {fields[38]} priority {fields[37]} nice {fields[16]}"));
        all.Add(("I/O priority", $"class {ioPriority >> 13} priority {ioPriority & 0x1fff}"));
        all.Add(("personality", Optional($"{directory}/personality").Trim()));
        all.Add(("security label", label.Length == 0 ? "-" : label));
        all.Add(("core dump filter", Optional($"{directory}/coredump_filter").Trim()));
        all.Add(("audit login uid", Optional($"{directory}/loginuid").Trim()));
        return new ProcessAttributes(pid, status)
        {
            Environment = Encoding.UTF8.GetString(Files.ReadAll($"{directory}/environ", FileLimitBytes)).Split('\0', StringSplitOptions.RemoveEmptyEntries),
            WorkingDirectory = Files.ReadLink($"{directory}/cwd") is ['/', ..] path ? path : "/",
            OomScoreAdjustment = int.Parse(Optional($"{directory}/oom_score_adj").Trim() is { Length: > 0 } score ? score : "0", NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture),
            Policy = int.Parse(fields[38], CultureInfo.InvariantCulture),
            Priority = int.Parse(fields[37], CultureInfo.InvariantCulture),
            Nice = int.Parse(fields[16], CultureInfo.InvariantCulture),
            IoPriority = ioPriority,
            Limits = limits,
            Label = label,
            All = all,
        };
    }

    private static readonly (string Key, string Name)[] s_statusNames =
    [
        ("Uid", "users"), ("Gid", "groups"), ("Groups", "supplementary groups"), ("Umask", "umask"), ("NoNewPrivs", "no_new_privs"),
        ("Seccomp", "seccomp mode"), ("Seccomp_filters", "seccomp filters"), ("CapInh", "inheritable capabilities"), ("CapPrm", "permitted capabilities"),
        ("CapEff", "effective capabilities"), ("CapBnd", "bounding capabilities"), ("CapAmb", "ambient capabilities"),
        ("Cpus_allowed_list", "CPUs"), ("Mems_allowed_list", "memory nodes"), ("THP_enabled", "transparent huge pages"),
        ("Speculation_Store_Bypass", "speculation of stores"), ("SpeculationIndirectBranch", "speculation of branches"),
    ];

    private static Dictionary<string, string> Status(string text)
    {
        var status = new Dictionary<string, string>();
        foreach (string line in text.Split('\n'))
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0)
            {
                status[line[..colon]] = string.Join(' ', line[(colon + 1)..].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
            }
        }

        return status;
    }

    private List<uint> Numbers(string key)
    {
        List<uint> numbers = [];
        foreach (string word in _status.GetValueOrDefault(key, "").Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            numbers.Add(uint.Parse(word, CultureInfo.InvariantCulture));
        }

        return numbers;
    }

    private static ulong Limit(string text) => text == "unlimited" ? ulong.MaxValue : ulong.Parse(text, CultureInfo.InvariantCulture);

    private static string Place(string path) =>
        Files.TryStatus(path, out FileStatus status) == 0 ? $"{status.DeviceMajor}:{status.DeviceMinor}/{status.Inode} on mount {status.MountId}" : "?";

    private static string Optional(string path)
    {
        try
        {
            return Files.ReadText(path, null, FileLimitBytes);
        }
        catch (LinuxException missing) when (missing.Errno is Errno.ENOENT or Errno.EINVAL or Errno.EACCES or Errno.EPERM or Errno.ENOSYS)
        {
            return "\n";
        }
    }
}
