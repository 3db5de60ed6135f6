using System;
using System.IO;
using System.Threading;
using Xunit;

namespace Rideau.HostTests.Harness;

/// <summary>tests/attackers/attack.c: what an attacker needs and busybox has not. A static program, built once.</summary>
public static class Attacker
{
    private static readonly Lazy<string> s_program = new(Build);

    /// <summary>Longer races with RIDEAU_SLOW=1.</summary>
    public static bool IsSlow => Environment.GetEnvironmentVariable("RIDEAU_SLOW") == "1";

    /// <summary>How often a race is run.</summary>
    public static int Rounds(int usual) => IsSlow ? usual * 20 : usual;

    /// <summary>Puts it into the bundle's root file system as /bin/attack.</summary>
    public static Bundle WithAttacker(this Bundle bundle)
    {
        File.Copy(s_program.Value, Path.Combine(bundle.RootFilesystem, "bin", "attack"), overwrite: true);
        return bundle;
    }

    /// <summary>Adds capabilities to all sets but the ambient one.</summary>
    public static Bundle WithCapabilities(this Bundle bundle, params string[] names)
    {
        foreach (string set in new[] { "bounding", "effective", "permitted" })
        {
            foreach (string name in names)
            {
                bundle.Process["capabilities"]![set]!.AsArray().Add(name);
            }
        }

        return bundle;
    }

    /// <summary>The bundle is removed when the work is done.</summary>
    public static Outcome Closing(this Bundle bundle, Func<Bundle, Outcome> work)
    {
        using (bundle)
        {
            return work(bundle);
        }
    }

    /// <summary>True where a program in the container has written a line to a file of its root file system.</summary>
    public static bool HasFinding(this Bundle bundle, string file)
    {
        string path = Path.Combine(bundle.RootFilesystem, file.TrimStart('/'));
        return File.Exists(path) && File.ReadAllText(path).EndsWith('\n');
    }

    /// <summary>What a program in the container writes to a file of its root file system, once it is there: at most ten seconds.</summary>
    public static string Finding(this Bundle bundle, string file)
    {
        for (int i = 0; i < 1000 && !bundle.HasFinding(file); i++)
        {
            Thread.Sleep(10);
        }

        return bundle.HasFinding(file) ? File.ReadAllText(Path.Combine(bundle.RootFilesystem, file.TrimStart('/'))).TrimEnd('\n') : "nothing was written";
    }

    private static string Build()
    {
        string source = Path.Combine(SourceTree.Root, "tests", "attackers", "attack.c");
        string program = Path.Combine(SourceTree.Root, "artifacts", "attackers", "attack");
        if (!File.Exists(program) || File.GetLastWriteTimeUtc(program) < File.GetLastWriteTimeUtc(source))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(program)!);
            Outcome outcome = RideauProgram.Execute("/usr/bin/gcc", ["-O1", "-Wall", "-static", "-o", program, source]);
            Assert.True(outcome.ExitCode == 0, outcome.ToString());
        }

        return program;
    }
}
