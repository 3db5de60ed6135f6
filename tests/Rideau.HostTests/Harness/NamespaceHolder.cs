using System;
using System.Diagnostics;
using System.IO;

namespace Rideau.HostTests.Harness;

/// <summary>A process of the machine in namespaces of its own, for containers to join.</summary>
public sealed class NamespaceHolder : IDisposable
{
    private readonly Process _process;
    private bool _ended;

    /// <param name="options">Of unshare(1).</param>
    /// <param name="before">What starts it, as setpriv(1).</param>
    public NamespaceHolder(string options, string before = "")
    {
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardOutput = true };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add($"exec {before} unshare {options} sh -c 'echo ready; exec sleep 1000'");
        start.Environment["RIDEAU_TEST_RUN"] = RideauProgram.RunMark;
        _process = Process.Start(start)!;
        if (_process.StandardOutput.ReadLine() != "ready")
        {
            throw new InvalidOperationException($"unshare {options} failed");
        }
    }

    /// <summary>The file of a namespace, in the words of the kernel: net, uts, pid_for_children.</summary>
    public string this[string name] => $"/proc/{_process.Id}/ns/{name}";

    /// <summary>net:[4026532...].</summary>
    public string Identity(string name) => File.ResolveLinkTarget(this[name], false)!.Name;

    /// <summary>Of the tests' own process.</summary>
    public static string Own(string name) => File.ResolveLinkTarget($"/proc/self/ns/{name}", false)!.Name;

    /// <summary>Ends the process; once more does nothing.</summary>
    public void Dispose()
    {
        if (_ended)
        {
            return;
        }

        _ended = true;
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit(5000);
        _process.Dispose();
    }
}
