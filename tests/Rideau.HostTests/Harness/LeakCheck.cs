using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Rideau.HostTests.Harness;
using Xunit;

[assembly: AssemblyFixture(typeof(LeakCheck))]

namespace Rideau.HostTests.Harness;

/// <summary>Compares the machine before and after the suite: a mount, cgroup, process or folder that is left, or a mount that is gone, fails it.</summary>
public sealed class LeakCheck : IDisposable
{
    private readonly HashSet<string> _mounts = Mounts();

    public void Dispose()
    {
        List<string> left = [];
        left.AddRange(Mounts().Except(_mounts).Select(mount => $"mount {mount}"));
        left.AddRange(_mounts.Except(Mounts()).Select(mount => $"mount that is gone: {mount}"));
        left.AddRange(Cgroups().Select(group => $"cgroup {group}"));
        left.AddRange(Processes().Select(process => $"process {process}"));
        string folder = System.IO.Path.Combine(System.IO.Path.GetTempPath(), "rideau-tests");
        if (Directory.Exists(folder))
        {
            left.AddRange(Directory.GetDirectories(folder, $"t{Environment.ProcessId}-*").Select(path => $"folder {path}"));
        }

        if (left.Count > 0)
        {
            throw new InvalidOperationException("left behind by the tests:\n" + string.Join('\n', left));
        }
    }

    private static HashSet<string> Mounts() => [.. File.ReadLines("/proc/self/mountinfo").Select(line => line.Split(' ')[4])];

    private static IEnumerable<string> Cgroups() => Directory.Exists("/sys/fs/cgroup")
        ? Directory.GetDirectories("/sys/fs/cgroup")
            .Select(hierarchy => System.IO.Path.Combine(hierarchy, "rideau-test"))
            .Where(Directory.Exists)
            .SelectMany(group => Directory.GetDirectories(group, $"t{Environment.ProcessId}-*"))
        : [];

    private static IEnumerable<string> Processes()
    {
        foreach (string process in Directory.GetDirectories("/proc").Where(path => char.IsAsciiDigit(System.IO.Path.GetFileName(path)[0])))
        {
            string environment = "", command = "";
            try
            {
                environment = File.ReadAllText(System.IO.Path.Combine(process, "environ"));
                command = File.ReadAllText(System.IO.Path.Combine(process, "cmdline")).Replace('\0', ' ');
            }
            catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
            {
                continue;
            }

            if (environment.Contains($"RIDEAU_TEST_RUN={RideauProgram.RunMark}", StringComparison.Ordinal) || command.Contains($"rideau-tests/t{Environment.ProcessId}-", StringComparison.Ordinal)
                || command.Contains($"ns-keeper t{Environment.ProcessId}-", StringComparison.Ordinal))
            {
                yield return $"{System.IO.Path.GetFileName(process)} {command}";
            }
        }
    }
}
