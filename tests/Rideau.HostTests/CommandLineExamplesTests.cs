using System;
using System.Collections.Generic;
using System.Linq;
using Rideau.HostTests.Criu;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests;

/// <summary>Every example of --help is run as a person would: in a shell, with a terminal, /srv/web being a bundle.</summary>
public sealed class CommandLineExamplesTests
{
    private const string Running = "rideau run --detach --bundle /srv/web web </dev/null >/dev/null 2>&1";

    private const string Networks = "rideau ns create --net lab; rideau ns create --net box; rideau ns create --net mine";

    public static TheoryData<string, string> Commands => new()
    {
        { "run", "" },
        { "create", "" },
        { "start", "rideau create --bundle /srv/web web </dev/null >/dev/null 2>&1" },
        { "exec", Running },
        { "kill", Running },
        { "delete", Running },
        { "pause", Running },
        { "resume", Running },
        { "update", Running },
        { "state", Running },
        { "list", Running },
        { "ps", Running },
        { "events", Running },
        { "mounts", Running },
        { "checkpoint", Running },
        { "restore", Running + "\nrideau checkpoint web >/dev/null 2>&1" },
        { "spec", "cd /srv/web/empty" },
        { "chroot", "" },
        { "enter", Running },
        { "who", "" },
        { "cp", Running },
        { "cat", Running },
        { "ls", Running },
        { "stat", Running },
        { "edit", Running },
        { "tar", Running },
        { "ns tree", "" },
        { "ns", "" },
        { "ns create", "" },
        { "ns list", "rideau ns create --net lab" },
        { "ns show", "rideau ns create --net lab" },
        { "ns exec", "rideau ns create --net lab" },
        { "ns watch", "" },
        { "ns wait", "rideau ns create --net lab" },
        { "ns rename", "rideau ns create --net lab" },
        { "ns remove", "rideau ns create --net lab" },
        { "ns mount", "" },
        { "ns unmount", "" },
        { "net", Running },
        { "net list", Running + "; rideau ns create --net lab" },
        { "net move", Running + "; rideau ns create --net lab; rideau ns exec lab ip link add uplink type veth peer name other" },
        { "net connect", Networks },
        { "net disconnect", Networks },
        { "net bridge", Networks },
        { "net forward", Running + "; rideau ns create --net lab" },
        { "explain", "" },
        { "doctor", "" },
        { "features", "" },
        { "completion", "" },
        { "complete", "" },
        { "man", "" },
        { "help", "" },
        { "version", "" },
    };

    [Theory]
    [MemberData(nameof(Commands))]
    public void The_examples_work(string command, string before)
    {
        string path = "";
        if (command is "checkpoint" or "restore")
        {
            CriuMachine.Require();
            path = $"PATH={CriuMachine.Directory}:$PATH\n";
        }

        string[] lines = [.. Examples(command)];
        List<string> examples = [];
        foreach (string line in lines)
        {
            if (line.StartsWith('#'))
            {
                examples.Add("");
            }
            else
            {
                examples[^1] += line + "\n";
            }
        }

        Assert.True(examples.Count >= 2, "fewer than two examples");
        Assert.All(examples, example => AssertWorks(example, path + before));
    }

    private static void AssertWorks(string example, string before)
    {
        using var bundle = new Bundle(example.Contains("run web\n", StringComparison.Ordinal) ? "true" : "sleep 30");
        bundle.Write();
        string directory = bundle.Directory;
        RideauProgram.Shell($"mkdir -p '{directory}/empty' '{directory}/path' '{directory}/share'; printf '#!/bin/sh\\nexec {RideauProgram.Path} --root {bundle.Root} \"$@\"\\n' > '{directory}/path/rideau'; chmod +x '{directory}/path/rideau'");
        string script = $"set -e\ncommand -v man >/dev/null || man() {{ cat; }}\nexport PAGER=cat\nPATH={directory}/path:$PATH\nmkdir -p {bundle.Root}\ncd /srv/web\n{before}\n{example}"
            .Replace("/run/rideau", bundle.Root, StringComparison.Ordinal)
            .Replace("/srv/web", directory, StringComparison.Ordinal)
            .Replace("/srv/debian", bundle.RootFilesystem, StringComparison.Ordinal)
            .Replace("/run/web", directory + "/web", StringComparison.Ordinal)
            .Replace("/etc/fish/completions", directory, StringComparison.Ordinal)
            .Replace("/usr/local/share/man/man1", directory + "/share", StringComparison.Ordinal);
        System.IO.File.WriteAllText(System.IO.Path.Combine(directory, "example.sh"), script);
        // A shell on a terminal ends when it is told to; how soon it listens is its own affair.
        string typed = example.Contains("--tty", StringComparison.Ordinal) ? "while sleep 0.2 && echo exit 2>/dev/null; do :; done |" : "</dev/null";
        Outcome outcome = RideauProgram.Shell($"{typed} script -qec 'bash {directory}/example.sh' /dev/null");
        RideauProgram.Execute(RideauProgram.Path, ["--root", bundle.Root, "delete", "--force", "web"]);
        RideauProgram.Execute(RideauProgram.Path, ["--root", bundle.Root, "ns", "remove", "--force", "lab", "lab-old", "bench", "box", "mine"]);
        Assert.True(outcome.ExitCode == 0 && !outcome.Output.Contains("rideau: ", StringComparison.Ordinal), $"{script}\n{outcome}");
    }

    private static IEnumerable<string> Examples(string command) =>
        RideauProgram.Execute(RideauProgram.Path, [.. command.Split(' '), "--help"]).Output
            .Split("\nExamples:\n")[1].Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line[2..]);
}
