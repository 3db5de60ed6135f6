using System;
using System.IO;
using System.Threading;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests.Criu;

/// <summary>A CRIU that works on this kernel: the machine's own, or Debian 13's (tests/criu/get-criu); without one tests are skipped.</summary>
internal static class CriuMachine
{
    private const int GetLimitSeconds = 400;
    private static readonly Lazy<(string? Directory, string Reason)> s_criu = new(Find);

    /// <summary>Where it lies.</summary>
    public static string? Directory => s_criu.Value.Directory;

    /// <summary>PATH with it in front.</summary>
    public static string SearchPath => $"{Directory}:{Environment.GetEnvironmentVariable("PATH")}";

    public static void Require()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root");
        Assert.SkipUnless(s_criu.Value.Directory is not null, $"needs a criu that works on this kernel: {s_criu.Value.Reason}");
    }

    /// <summary>A command of the runtime that finds CRIU.</summary>
    public static Outcome RideauWith(this Bundle bundle, string searchPath, params string[] words) =>
        bundle.OnMachine(["env", $"PATH={searchPath}", RideauProgram.Path, "--root", bundle.Root, .. words]);

    /// <summary>The same with streams that come from the machine and are nobody's: what it says is in the log.</summary>
    public static Outcome Quietly(this Bundle bundle, string words, string? searchPath = null)
    {
        string log = Path.Combine(bundle.Directory, "log");
        File.Delete(log);
        Outcome outcome = RideauProgram.Shell($"PATH='{searchPath ?? SearchPath}' '{RideauProgram.Path}' --root '{bundle.Root}' --log '{log}' {words} </dev/null >/dev/null 2>&1", limitSeconds: 90);
        return outcome with { Error = File.Exists(log) ? File.ReadAllText(log) : "" };
    }

    /// <summary>checkpoint; it must succeed.</summary>
    public static void Checkpoint(this Bundle bundle, string flags = "")
    {
        Outcome outcome = bundle.Quietly($"checkpoint --image-path '{Images(bundle)}' --work-path '{Work(bundle)}' {flags} {bundle.Name}");
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
    }

    /// <summary>restore --detach; it must succeed.</summary>
    public static void Restore(this Bundle bundle, string flags = "")
    {
        Outcome outcome = bundle.Quietly($"restore --detach --bundle '{bundle.Directory}' --image-path '{Images(bundle)}' --work-path '{Work(bundle)}' {flags} {bundle.Name}");
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
    }

    /// <summary>run --detach with streams as <see cref="Quietly"/> has them.</summary>
    public static Bundle RunQuietly(this Bundle bundle)
    {
        bundle.Write();
        Outcome outcome = bundle.Quietly($"run --detach --bundle '{bundle.Directory}' {bundle.Name}");
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        return bundle;
    }

    public static string Images(Bundle bundle) => Path.Combine(bundle.Directory, "images");

    public static string Work(Bundle bundle) => Path.Combine(bundle.Directory, "work");

    /// <summary>Waits, at most a minute: a virtual machine is slow.</summary>
    public static bool Becomes(Func<bool> condition)
    {
        for (int tries = 0; tries < 600; tries++)
        {
            if (condition())
            {
                return true;
            }

            Thread.Sleep(100);
        }

        return false;
    }

    private static (string? Directory, string Reason) Find()
    {
        Outcome own = RideauProgram.Shell("PATH=$PATH:/usr/sbin criu check && dirname \"$(PATH=$PATH:/usr/sbin command -v criu)\"", limitSeconds: 60);
        if (own.ExitCode == 0)
        {
            return (own.Output.Trim().Split('\n')[^1], "");
        }

        if (Environment.GetEnvironmentVariable("RIDEAU_VM") == "1")
        {
            return (null, own.Error.Trim());
        }

        Outcome got = RideauProgram.Execute(Path.Combine(SourceTree.Root, "tests", "criu", "get-criu"), [], limitSeconds: GetLimitSeconds);
        string directory = got.Output.Trim();
        Outcome check = got.ExitCode == 0 ? RideauProgram.Execute(Path.Combine(directory, "criu"), ["check"], limitSeconds: 60) : got;
        return check.ExitCode == 0 ? (directory, "") : (null, check.Error.Trim());
    }
}
