using System;
using System.Diagnostics;
using System.Threading.Tasks;
using Xunit;

namespace Rideau.HostTests.Harness;

/// <summary>A program that goes on while a test does something else; it has said a first line, and ends with the test.</summary>
public sealed class RunningProgram : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _error;

    public RunningProgram(params string[] words)
    {
        var start = new ProcessStartInfo("/usr/bin/env") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string word in words)
        {
            start.ArgumentList.Add(word);
        }

        start.Environment["RIDEAU_TEST_RUN"] = RideauProgram.RunMark;
        _process = Process.Start(start)!;
        _error = _process.StandardError.ReadToEndAsync();
        Task<string?> first = _process.StandardOutput.ReadLineAsync();
        if (!first.Wait(TimeSpan.FromSeconds(30)) || first.Result is null)
        {
            Dispose();
            Assert.Fail($"{string.Join(' ', words)} said nothing: {(_error.IsCompleted ? _error.Result : "")}");
        }

        FirstLine = first.Result!;
    }

    /// <summary>What it said first.</summary>
    public string FirstLine { get; }

    public int Id => _process.Id;

    /// <summary>What it has written to standard error, when it has ended.</summary>
    public string Error => _error.Result;

    /// <summary>Waits for its end.</summary>
    public int WaitForEnd()
    {
        Assert.True(_process.WaitForExit(30_000), "it does not end");
        return _process.ExitCode;
    }

    /// <summary>Sends a signal: "TERM".</summary>
    public void Signal(string name) => RideauProgram.Execute("/bin/kill", [$"-{name}", $"{_process.Id}"]);

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit(5000);
        }

        _process.Dispose();
    }
}
