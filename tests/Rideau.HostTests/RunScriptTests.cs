using System;
using System.IO;
using System.Linq;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests;

/// <summary>./run and ./build, as somebody uses them in a fresh checkout.</summary>
public sealed class RunScriptTests
{
    private static readonly string s_run = Path.Combine(SourceTree.Root, "run");

    [Theory]
    [InlineData("-- true", 0)]
    [InlineData("-- sh -c 'exit 7'", 7)]
    [InlineData("sh -c 'exit 8'", 8)]
    public void The_exit_status_of_the_command_is_passed_on(string words, int status)
    {
        Outcome outcome = RideauProgram.Shell($"'{s_run}' {words}");
        Assert.True(outcome.ExitCode == status, outcome.ToString());
    }

    [Fact]
    public void The_streams_are_the_callers_from_any_directory()
    {
        Outcome outcome = RideauProgram.Execute(s_run, ["--", "sh", "-c", "cat; echo aside >&2; cat /proc/sys/kernel/hostname"], "words\n", directory: "/tmp");
        Assert.Equal((0, "words\nrideau\n", "aside\n"), (outcome.ExitCode, outcome.Output, outcome.Error));
    }

    [Fact]
    public void Arguments_reach_the_command_as_they_are()
    {
        Outcome outcome = RideauProgram.Execute(s_run, ["--", "printf", "%s\n", "a b", "", "--", "$HOME", "*"]);
        Assert.Equal((0, "a b\n\n--\n$HOME\n*\n"), (outcome.ExitCode, outcome.Output));
    }

    [Fact]
    public void Without_a_command_and_a_terminal_the_containers_own_view_is_printed()
    {
        Outcome outcome = RideauProgram.Execute(s_run, []);
        Assert.True(outcome.ExitCode == 0 && outcome.Error.Length == 0, outcome.ToString());
        string[] lines = outcome.Output.Split('\n');
        Assert.Equal("hostname: rideau", lines[0]);
        Assert.StartsWith("ids:      uid=0(root) gid=0(root)", lines[1], StringComparison.Ordinal);
        Assert.Contains("  1 sh", lines);
        Assert.Equal("  lo", Assert.Single(lines[(Array.IndexOf(lines, "network devices:") + 1)..Array.IndexOf(lines, "mounts:")]));
        string[] mounts = lines[(Array.IndexOf(lines, "mounts:") + 1)..];
        Assert.Contains("  / overlay", mounts);
        Assert.Contains("  /proc proc", mounts);
        // None of the machine's own processes is seen.
        Assert.True(lines[(Array.IndexOf(lines, "processes:") + 1)..Array.IndexOf(lines, "network devices:")].Length <= 3, outcome.Output);
    }

    [Fact]
    public void Without_a_command_a_terminal_gets_a_shell()
    {
        Outcome outcome = RideauProgram.OnTerminal(
            $"'{s_run}'",
            "expect:# ", "send:echo pid-$$ $(tty) $(stty size) $(cat /proc/sys/kernel/hostname)\\r", "expect:pid-1 /dev/pts/0 30 100 rideau", "expect:# ",
            "send:sh -c 'echo be\"\"gun; exec sleep 88'\\r", "expect:begun", "send:\\x03", "expect:# ", "send:exit 9\\r", "wait");
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        Assert.EndsWith("[exit 9]\n", outcome.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("job control", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_command_that_is_not_there_is_an_error_in_words()
    {
        Outcome outcome = RideauProgram.Execute(s_run, ["--", "no-such-command"]);
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("executable file not found in $PATH", outcome.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("build", "")]
    [InlineData("run", "-- true")]
    public void Without_the_SDK_one_line_says_how_to_get_it(string script, string words)
    {
        using var bundle = new Bundle();
        Outcome outcome = RideauProgram.Shell($"""
            cd '{bundle.Directory}' && mkdir tools && cp '{SourceTree.Root}/build' '{SourceTree.Root}/run' .
            for tool in bash dirname readlink grep; do ln -s "$(command -v $tool)" tools/; done
            PATH=$PWD/tools exec ./{script} {words}
            """);
        Assert.Equal(1, outcome.ExitCode);
        Assert.Equal("build: the .NET 10 SDK is missing: install it from https://dotnet.microsoft.com/download/dotnet/10.0\n", outcome.Error);
    }

    [Fact]
    public void A_user_who_lacks_packages_is_told_their_names()
    {
        using var bundle = new Bundle();
        Outcome outcome = RideauProgram.Shell($"""
            cd '{bundle.Directory}' && mkdir tools && cp '{SourceTree.Root}/build' . && chmod 755 . tools
            for tool in bash dirname readlink grep id; do ln -s "$(command -v $tool)" tools/; done
            printf '#!/bin/sh\necho 10.0.100\n' >tools/dotnet
            chmod 755 tools/dotnet
            exec setpriv --reuid=48484 --regid=48484 --clear-groups env PATH=$PWD/tools ./build
            """);
        Assert.Equal(1, outcome.ExitCode);
        Assert.Matches("^build: packages are missing: as root run: apt-get install gcc", outcome.Error);
    }

    [Fact]
    public void Build_has_nothing_to_do_when_nothing_changed()
    {
        string program = Path.Combine(SourceTree.Root, "artifacts", "rideau");
        DateTime before = File.GetLastWriteTimeUtc(program);
        Outcome outcome = RideauProgram.Execute(Path.Combine(SourceTree.Root, "build"), []);
        Assert.Equal((0, "", ""), (outcome.ExitCode, outcome.Output, outcome.Error));
        Assert.Equal(before, File.GetLastWriteTimeUtc(program));
    }

    [Fact(Explicit = true)]
    public void Build_makes_the_program_in_a_clean_copy()
    {
        using var bundle = new Bundle();
        Outcome outcome = RideauProgram.Shell(
            $"mkdir '{bundle.Directory}/copy' && cd '{SourceTree.Root}' && tar -cf - --exclude=./artifacts --exclude=./.git . | tar -xf - -C '{bundle.Directory}/copy' && cd '{bundle.Directory}/copy' && ./build && ./artifacts/rideau --version", 500);
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        Assert.StartsWith("rideau version ", outcome.Output, StringComparison.Ordinal);
        Assert.Equal(["rideau", "rideau.dbg"], Directory.GetFiles(Path.Combine(bundle.Directory, "copy", "artifacts")).Select(file => Path.GetFileName(file)).Order());
    }
}
