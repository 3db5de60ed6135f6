using System;
using System.Collections.Generic;
using System.Text;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Runtime.Criu;

/// <summary>CRIU's log file, in which the reason of a failure is.</summary>
internal sealed class CriuLog(OwnedFd directory, string path)
{
    private const int LimitBytes = 64 << 20;
    private const int Before = 5;
    private const int LinesLimit = 40;

    /// <summary>A failure of CRIU, with the path of its log and the first error in it. The lines before the errors are warnings of the command.</summary>
    /// <param name="failure">What is known without the log.</param>
    /// <param name="said">What CRIU itself said was its first error, for a log that cannot be read.</param>
    /// <param name="log">Gets the lines.</param>
    internal ContainerException Explain(ContainerException failure, string said, Log log)
    {
        string[] lines = ReadLines();
        List<int> errors = [];
        string first = "";
        for (int i = 0; i < lines.Length; i++)
        {
            int at = lines[i].IndexOf("Error", StringComparison.Ordinal);
            if (at >= 0)
            {
                errors.Add(i);
                first = first.Length == 0 && !IsOfNoMatter(lines[i]) ? lines[i][at..].Trim() : first;
            }
        }

        if (lines.Length > 0)
        {
            Quote(lines, errors, log);
        }

        first = first.Length == 0 ? said : first;
        string hint = lines.Length > 0 ? $"{WayOut(first)}CRIU's log is \"{path}\"" : failure.Hint ?? $"CRIU has written no log to \"{path}\"";
        return new ContainerException(first.Length == 0 ? failure.Message : $"{failure.Message}: {first}", failure.Code, hint, failure.InnerException);
    }

    // Root without CAP_SYS_RESOURCE: CRIU says it, and goes on.
    private static bool IsOfNoMatter(string line) => line.Contains("rlimit: Can't setup RLIMIT_NOFILE for self", StringComparison.Ordinal);

    private static string WayOut(string error) => error.Contains("tables-restore\"", StringComparison.Ordinal)
        ? "meanwhile CRIU closes the container's network with iptables(8): install it, or give --network-lock nftables or skip; "
        : "";

    private void Quote(string[] lines, List<int> errors, Log log)
    {
        var shown = new SortedSet<int>();
        foreach (int error in errors)
        {
            for (int i = Math.Max(0, error - Before); i <= error; i++)
            {
                shown.Add(i);
            }
        }

        for (int i = Math.Max(0, lines.Length - Before); errors.Count == 0 && i < lines.Length; i++)
        {
            shown.Add(i);
        }

        int passed = Math.Max(0, shown.Count - LinesLimit);
        log.Warning($"--- the end of \"{path}\"");
        foreach (int i in shown)
        {
            if (--passed < 0)
            {
                log.Warning($"{i + 1}: {lines[i]}");
            }
        }
    }

    private string[] ReadLines()
    {
        string name = path[(path.LastIndexOf('/') + 1)..];
        if (Files.TryOpen(name, Fcntl.O_RDONLY | Fcntl.O_NOFOLLOW | Fcntl.O_NONBLOCK, out OwnedFd? file, 0, directory) != 0 || file is null)
        {
            return [];
        }

        using (file)
        {
            try
            {
                return Encoding.UTF8.GetString(Files.ReadAll(file, LimitBytes, path)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            }
            catch (LinuxException)
            {
                return []; // the failure itself is told
            }
        }
    }
}
