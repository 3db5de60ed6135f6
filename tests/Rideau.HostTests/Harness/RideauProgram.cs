using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Threading.Tasks;

namespace Rideau.HostTests.Harness;

/// <summary>What a command said, and how it ended.</summary>
public sealed record Outcome(int ExitCode, string Output, string Error, bool TimedOut)
{
    public override string ToString() => $"exit {ExitCode}{(TimedOut ? " (killed after its time)" : "")}\n--- stdout\n{Output}\n--- stderr\n{Error}";
}

/// <summary>Runs programs with a hard limit of time; the program under test is artifacts/rideau, or what RIDEAU_PROGRAM names.</summary>
public static class RideauProgram
{
    private const int DefaultLimitSeconds = 30;

    // The VM bench emulates its processor, and shares the machine's with others: a limit only ends what hangs.
    private static readonly int s_patience = Environment.GetEnvironmentVariable("RIDEAU_VM") == "1" ? 6 : 1;

    /// <summary>Marks all processes of this run, so that the leak check knows them.</summary>
    public static string RunMark { get; } = $"rideau-test-{Environment.ProcessId}";

    public static string Path { get; } = Environment.GetEnvironmentVariable("RIDEAU_PROGRAM") ?? System.IO.Path.Combine(SourceTree.Root, "artifacts", "rideau");

    /// <summary>True where the tests run against another runtime, to see what the field does.</summary>
    public static bool IsAnother => Environment.GetEnvironmentVariable("RIDEAU_PROGRAM") is { } path && !path.Contains("rideau", StringComparison.Ordinal);

    /// <summary>Skips a test where another runtime is known to differ.</summary>
    public static void SkipForAnother(string reason)
    {
        if (IsAnother)
        {
            Xunit.Assert.Skip(reason);
        }
    }

    /// <summary>Runs any program.</summary>
    public static Outcome Execute(string program, IReadOnlyList<string> arguments, string input = "", int limitSeconds = DefaultLimitSeconds, string? directory = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = directory ?? "/",
        };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["RIDEAU_TEST_RUN"] = RunMark;
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        try
        {
            process.StandardInput.Write(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading all of it.
        }

        bool ended = process.WaitForExit(limitSeconds * s_patience * 1000);
        if (!ended)
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit(5000);
        }

        // A detached container may hold the streams open: what was said until now is enough.
        Task.WaitAll([output, error], 2000);
        return new Outcome(ended ? process.ExitCode : -1, Said(output), Said(error), !ended);
    }

    /// <summary>Runs a shell script on the host.</summary>
    public static Outcome Shell(string script, int limitSeconds = DefaultLimitSeconds) => Execute("/bin/sh", ["-c", script], limitSeconds: limitSeconds);

    /// <summary>A command on a terminal that a script plays the person at (terminal.py); says what was seen.</summary>
    public static Outcome OnTerminal(string command, params string[] steps)
    {
        string player = System.IO.Path.Combine(SourceTree.Root, "tests", "Rideau.HostTests", "Harness", "terminal.py");
        return Execute("/usr/bin/env", ["python3", player, "pty", "-", "/bin/sh", "-c", $"exec {command}", "--", .. steps], limitSeconds: 60);
    }

    private static string Said(Task<string> task) => task.IsCompletedSuccessfully ? task.Result : "(the stream is still open)";
}

/// <summary>Finds the checkout that the tests were built from.</summary>
public static class SourceTree
{
    public static string Root { get; } = Find();

    private static string Find()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(System.IO.Path.Combine(folder.FullName, "Rideau.slnx")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("the tests do not lie in a checkout");
    }
}
