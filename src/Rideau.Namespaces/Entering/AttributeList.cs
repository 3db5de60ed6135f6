using System;
using System.Collections.Generic;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Namespaces;

/// <summary>Everything that a child inherits from a process by fork(2), as far as /proc shows it, in words: for comparison.</summary>
/// <remarks>man: fork(2), proc_pid_status(5)</remarks>
public static class AttributeList
{
    private const int LimitsColumn = 26;

    private static readonly (string Key, string Name)[] s_statusNames =
    [
        ("Uid", "users"), ("Gid", "groups"), ("Groups", "supplementary groups"), ("Umask", "umask"), ("NoNewPrivs", "no_new_privs"),
        ("Seccomp", "seccomp mode"), ("Seccomp_filters", "seccomp filters"), ("CapInh", "inheritable capabilities"), ("CapPrm", "permitted capabilities"),
        ("CapEff", "effective capabilities"), ("CapBnd", "bounding capabilities"), ("CapAmb", "ambient capabilities"),
        ("Cpus_allowed_list", "CPUs"), ("Mems_allowed_list", "memory nodes"), ("THP_enabled", "transparent huge pages"),
        ("Speculation_Store_Bypass", "speculation of stores"), ("SpeculationIndirectBranch", "speculation of branches"),
    ];

    /// <summary>Reads it.</summary>
    /// <returns>The attributes' names with their values; "-" or "?" where the kernel does not tell.</returns>
    /// <exception cref="LinuxException">The process has ended, or may not be looked into.</exception>
    public static IReadOnlyList<(string Name, string Value)> Of(int pid)
    {
        string directory = $"/proc/{pid}";
        using OwnedFd process = Files.Open(directory, Fcntl.O_PATH | Fcntl.O_DIRECTORY);
        ProcessStatus status = ProcessStatus.Read(process);
        string stat = Files.ReadText("stat", process);
        int ioPriority = Processes.IoPriorityOf(pid);
        List<(string, string)> all = [];
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
            all.Add((name, status.Find(key) is { IsEmpty: false } value ? Words(value.ToString()) : "-"));
        }

        foreach (string line in Files.ReadText($"{directory}/limits").Split('\n', StringSplitOptions.RemoveEmptyEntries)[1..])
        {
            all.Add(($"limit {line[..LimitsColumn].Trim().ToLowerInvariant()}", Words(line[LimitsColumn..])));
        }

        string label = ProcessAttributes.LabelOf(pid);
        all.Add(("oom_score_adj", Optional($"{directory}/oom_score_adj")));
        all.Add(("scheduler", $"policy {ProcessAttributes.StatField(stat, 41)} priority {ProcessAttributes.StatField(stat, 40)} nice {ProcessAttributes.StatField(stat, 19)}"));
        all.Add(("I/O priority", $"class {ioPriority >> 13} priority {ioPriority & 0x1fff}"));
        all.Add(("personality", Optional($"{directory}/personality")));
        all.Add(("security label", label.Length == 0 ? "-" : label));
        all.Add(("core dump filter", Optional($"{directory}/coredump_filter")));
        all.Add(("audit login uid", Optional($"{directory}/loginuid")));
        return all;
    }

    private static string Words(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private static string Place(string path) =>
        Files.TryStatus(path, out FileStatus status) == 0 ? $"{status.DeviceMajor}:{status.DeviceMinor}/{status.Inode} on mount {status.MountId}" : "?";

    private static string Optional(string path) => Files.TryReadText(path, out string text) == 0 ? text.Trim() : "";
}
