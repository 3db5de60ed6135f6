using System;
using System.Collections.Generic;
using System.Globalization;
using Rideau.Kernel;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Namespaces;

/// <summary>What /proc/PID/status says of a process.</summary>
/// <remarks>Ids are as the caller's user namespace numbers them. man: proc_pid_status(5)</remarks>
public sealed class ProcessStatus
{
    private readonly string _text;

    private ProcessStatus(string text) => _text = text;

    /// <summary>Real, effective, saved and file system uid.</summary>
    public IReadOnlyList<uint> Uids => Numbers("Uid");

    /// <summary>Real, effective, saved and file system gid.</summary>
    public IReadOnlyList<uint> Gids => Numbers("Gid");

    /// <summary>The supplementary groups.</summary>
    public IReadOnlyList<uint> Groups => Numbers("Groups");

    /// <summary>The mask of modes.</summary>
    public uint Umask => Convert.ToUInt32(Find("Umask") is { IsEmpty: false } mask ? mask.ToString() : "022", 8);

    /// <summary>No program that it executes gains privileges.</summary>
    public bool NoNewPrivileges => Find("NoNewPrivs") is "1";

    /// <summary>True where system calls are filtered.</summary>
    public bool HasSeccompFilter => Find("Seccomp") is "2";

    /// <summary>"0-3,7".</summary>
    public string Cpus => Find("Cpus_allowed_list").ToString();

    /// <summary>Reads it.</summary>
    /// <exception cref="LinuxException">The process has ended, or may not be looked into.</exception>
    public static ProcessStatus Read(int pid) => new(Files.ReadText($"/proc/{pid}/status"));

    /// <summary>Reads it.</summary>
    /// <param name="process">The directory /proc/PID.</param>
    /// <exception cref="LinuxException">The process has ended, or may not be looked into.</exception>
    public static ProcessStatus Read(OwnedFd process) => new(Files.ReadText("status", process));

    /// <summary>A set of capabilities as bits.</summary>
    /// <param name="set">CapInh, CapPrm, CapEff, CapBnd or CapAmb.</param>
    public ulong Capabilities(string set) => Find(set) is { IsEmpty: false } bits ? ulong.Parse(bits, NumberStyles.HexNumber, CultureInfo.InvariantCulture) : 0;

    /// <summary>What stands behind a name, as the kernel wrote it; empty where it does not have it.</summary>
    public ReadOnlySpan<char> Find(ReadOnlySpan<char> name)
    {
        for (ReadOnlySpan<char> rest = _text; !rest.IsEmpty;)
        {
            int end = rest.IndexOf('\n');
            ReadOnlySpan<char> line = end < 0 ? rest : rest[..end];
            if (line.Length > name.Length && line[name.Length] == ':' && line.StartsWith(name, StringComparison.Ordinal))
            {
                return line[(name.Length + 1)..].Trim();
            }

            rest = rest[(line.Length + (end < 0 ? 0 : 1))..];
        }

        return default;
    }

    private List<uint> Numbers(string name)
    {
        List<uint> numbers = [];
        ReadOnlySpan<char> words = Find(name);
        foreach (Range word in words.SplitAny(' ', '\t'))
        {
            if (!words[word].IsEmpty)
            {
                numbers.Add(uint.Parse(words[word], CultureInfo.InvariantCulture));
            }
        }

        return numbers;
    }
}
