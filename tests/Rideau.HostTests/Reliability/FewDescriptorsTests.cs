using System;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests.Reliability;

/// <summary>EMFILE says nothing of what was to be opened: what cannot be looked at is not gone. Each is tried with one descriptor more than the last time.</summary>
public sealed class FewDescriptorsTests
{
    private const int Fewest = 4;
    private const int Most = 24;
    private const uint User = 65534;

    [Fact]
    public void A_file_on_which_something_is_mounted_is_never_replaced()
    {
        RideauProgram.SkipForAnother("the command is Rideau's own");
        using var bundle = new Bundle("exec sleep 100");
        string hosts = Path.Combine(bundle.Directory, "hosts"), copied = Path.Combine(bundle.Directory, "new");
        File.WriteAllText(hosts, "old\n");
        bundle.Mount("/etc/hosts", "bind", hosts, "bind").Started();
        for (int descriptors = Fewest; descriptors <= Most; descriptors++)
        {
            File.WriteAllText(copied, $"{descriptors}\n");
            Outcome outcome = Limited(descriptors, "--root", bundle.Root, "cp", copied, $"{bundle.Name}:/etc/hosts");
            string mounted = bundle.Exec("grep", "-c", " /etc/hosts ", "/proc/self/mountinfo").Output;
            Assert.True(mounted == "1\n", $"with {descriptors} descriptors the mount was taken away: {outcome}");
            Assert.True(outcome.ExitCode == 0 == (File.ReadAllText(hosts) == $"{descriptors}\n"), $"with {descriptors} descriptors: {outcome}");
        }

        Assert.Equal($"{Most}\n", File.ReadAllText(hosts));
        Assert.Equal("", RideauProgram.Shell($"find '{bundle.RootFilesystem}/etc' -name '.rideau*'").Output);
    }

    [Fact]
    public void A_listing_is_whole_or_an_error()
    {
        RideauProgram.SkipForAnother("the command is Rideau's own");
        using Bundle bundle = new Bundle("true").Started();
        bundle.WaitForStatus("stopped");
        string directory = Directory.CreateDirectory(Path.Combine(bundle.RootFilesystem, "many")).FullName;
        foreach (int number in Enumerable.Range(0, 20))
        {
            File.WriteAllText(Path.Combine(directory, $"{number}"), "");
        }

        Outcome whole = Limited(Most, "--root", bundle.Root, "ls", $"{bundle.Name}:/many");
        Assert.True(whole.ExitCode == 0 && whole.Output.Split('\n').Length > 20, whole.ToString());
        for (int descriptors = Fewest; descriptors < Most; descriptors++)
        {
            Outcome outcome = Limited(descriptors, "--root", bundle.Root, "ls", $"{bundle.Name}:/many");
            Assert.True(outcome.ExitCode != 0 || outcome.Output == whole.Output, $"with {descriptors} descriptors: {outcome}");
        }
    }

    // Nobody is in the namespaces between: each is found by the one below it, with a descriptor open for each step.
    [Fact]
    public void A_census_is_whole_or_an_error()
    {
        RideauProgram.SkipForAnother("the command is Rideau's own");
        const int Depth = 12;
        using var root = new NameRoot();
        string level = Path.Combine(root.Directory, "level"), said = Path.Combine(root.Directory, "said");
        File.WriteAllText(level, $"#!/bin/sh\nreadlink /proc/self/ns/user | tr -dc '0-9\\n' >>'{said}'\n[ $1 = 0 ] && exec sleep 100\nexec unshare --user --map-root-user sh \"$0\" $(($1 - 1))\n");
        int errors = 0;
        Outcome outcome = RideauProgram.Shell($$"""
            sh '{{level}}' {{Depth}} & inner=$!
            for i in $(seq 200); do [ "$(wc -l <'{{said}}')" = {{Depth + 1}} ] && break; sleep 0.05; done
            for n in $(seq {{Fewest}} 40) 400; do
              (ulimit -n $n; exec '{{RideauProgram.Path}}' --root '{{root.Root}}' ns list --type user --format json) >'{{root.Directory}}/list' 2>'{{root.Directory}}/error'
              status=$?; missing=$(while read inode; do grep -q $inode '{{root.Directory}}/list' || echo $inode; done <'{{said}}' | wc -l)
              echo "$n $status $missing $(tr '\n' ' ' <'{{root.Directory}}/error')"
            done
            kill $inner; wait
            """, 100);
        string[] lines = outcome.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.True(lines.Length == 40 - Fewest + 2, outcome.ToString());
        foreach (string[] words in lines.Select(line => line.Split(' ', 4)))
        {
            bool whole = words[1] == "0" && words[2] == "0" && words[3].Length == 0;
            Assert.True(whole || (words[1] == "1" && words[3].Contains("EMFILE", StringComparison.Ordinal)), outcome.ToString());
            errors += whole ? 0 : 1;
        }

        Assert.InRange(errors, Depth / 2, 40 - Fewest);
    }

    [Fact]
    public void A_name_goes_with_the_process_that_keeps_it_or_stays()
    {
        RideauProgram.SkipForAnother("the command is Rideau's own");
        using var root = new NameRoot(User);
        int left = 0;
        for (int descriptors = Fewest; descriptors <= Most; descriptors++)
        {
            string name = $"{root.Prefix}-{descriptors}";
            root.Says("ns", "create", "--user", "--uts", name);
            int keeper = (int)JsonNode.Parse(root.Says("ns", "show", "--format", "json", name))!["keeper"]!;
            Outcome outcome = root.OnMachine("sh", "-c", $"ulimit -n {descriptors}; exec \"$@\"", "sh", RideauProgram.Path, "--root", root.Root, "ns", "remove", name);
            bool isThere = root.Rideau("ns", "show", name).ExitCode == 0;
            bool isKept = RideauProgram.Shell($"test -e /proc/{keeper}/exe").ExitCode == 0; // a zombie has none
            Assert.True(isThere == isKept, $"with {descriptors} descriptors the name is {(isThere ? "there without" : "gone, but not")} its keeper: {outcome}");
            Assert.True(isThere == (outcome.ExitCode != 0), $"with {descriptors} descriptors: {outcome}");
            left += isThere ? 1 : 0;
        }

        Assert.InRange(left, 1, Most - Fewest);
    }

    // As its last process ends the kernel is asked whether it lives, and answers by a descriptor: there is none. Later its name goes.
    [Fact]
    public void A_death_that_cannot_be_asked_for_is_asked_for_again()
    {
        RideauProgram.SkipForAnother("the command is Rideau's own");
        using var root = new NameRoot();
        string name = root.Prefix, rideau = $"'{RideauProgram.Path}' --root '{root.Root}'";
        root.Says("ns", "create", "--uts", name);
        Outcome outcome = RideauProgram.Shell($$"""
            {{rideau}} ns watch --mechanism tasks --name {{name}} --event died --count 1 > '{{root.Directory}}/said' & watching=$!
            sleep 1; {{rideau}} ns exec {{name}} sleep 2 &
            sleep 1; prlimit --pid $watching --nofile=3:
            sleep 3; prlimit --pid $watching --nofile=1024:
            {{rideau}} ns remove {{name}}
            for i in $(seq 300); do kill -0 $watching 2>/dev/null || break; sleep 0.1; done
            kill $watching 2>/dev/null; wait; cat '{{root.Directory}}/said'
            """, 100);
        Assert.SkipWhen(outcome.Error.Contains("cannot watch namespaces by programs", StringComparison.Ordinal), "needs programs in the kernel");
        Assert.True(outcome.Output.Contains("died", StringComparison.Ordinal), outcome.ToString());
    }

    private static Outcome Limited(int descriptors, params string[] words) =>
        RideauProgram.Execute("/bin/sh", ["-c", $"ulimit -n {descriptors}; exec \"$@\"", "sh", RideauProgram.Path, .. words]);
}
