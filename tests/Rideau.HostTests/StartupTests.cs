using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests;

/// <summary>What the program costs the kernel: calls, threads and files of each command, as upper bounds (docs/decisions/0006-lean-start.md).</summary>
/// <remarks>
/// Start-up is a feature: an engine starts the program four times per container. The bounds are a tenth above what was counted
/// on a machine with ten hierarchies of cgroups; one that is passed is a change to look at. Lower them when a change has saved calls.
/// </remarks>
public sealed partial class StartupTests
{
    [Fact]
    public void No_command_makes_more_system_calls_than_agreed()
    {
        RideauProgram.SkipForAnother("the numbers are Rideau's own");
        using Bundle bundle = new Bundle("sleep 60").Write();
        var counts = new List<(string Command, int Calls, int Limit)>();
        void Count(int limit, params string[] words) => counts.Add((words[0], Trace(bundle, words).Length, limit));
        Count(56, "--version");
        Count(64, "list");
        Count(230, "create", "--bundle", bundle.Directory, bundle.Name);
        Count(83, "state", bundle.Name);
        Count(94, "start", bundle.Name);
        Count(186, "exec", bundle.Name, "true");
        Count(88, "kill", bundle.Name, "KILL");
        bundle.WaitForStatus("stopped");
        Count(105, "delete", bundle.Name);
        bundle.Command("true").Write();
        Count(267, "run", "--bundle", bundle.Directory, bundle.Name);
        Assert.True(counts.TrueForAll(count => count.Calls <= count.Limit), string.Join('\n', counts.Select(count => $"{count.Command}: {count.Calls} calls, {count.Limit} agreed")));
    }

    [Theory]
    [InlineData("--version")]
    [InlineData("list")]
    [InlineData("features")]
    public void There_is_one_thread(string command)
    {
        RideauProgram.SkipForAnother("the numbers are Rideau's own");
        using var bundle = new Bundle();
        Assert.DoesNotContain(Trace(bundle, command), line => Clone().IsMatch(line));
    }

    /// <summary>What the runtime would look up to size the heaps of a server.</summary>
    [Fact]
    public void The_machine_is_not_asked_at_the_start()
    {
        RideauProgram.SkipForAnother("the numbers are Rideau's own");
        using var bundle = new Bundle();
        string[] opened = [.. Trace(bundle, "--version").Select(line => Opened().Match(line)).Where(match => match.Success).Select(match => match.Groups[1].Value)];

        Assert.DoesNotContain(opened, path => path.StartsWith("/sys/", StringComparison.Ordinal) || path.StartsWith("/proc/", StringComparison.Ordinal));
    }

    /// <summary>A limit of 4 KiB for the heap, from an environment that an engine or a person passed on.</summary>
    [Fact]
    public void Settings_of_the_runtime_in_the_environment_have_no_effect()
    {
        RideauProgram.SkipForAnother("they are .NET's");
        Outcome outcome = RideauProgram.Execute(RideauProgram.Path, ["--version"], environment: new Dictionary<string, string> { ["DOTNET_GCHeapHardLimit"] = "1000" });
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
    }

    /// <summary>docs/decisions/0014-before-the-c-library.md: variables, the library's heap, the collector's.</summary>
    [Fact]
    public void Memory_that_is_about_to_be_written_is_made_present_in_a_few_calls()
    {
        RideauProgram.SkipForAnother("the calls are Rideau's own");
        Assert.SkipUnless(RuntimeInformation.ProcessArchitecture == Architecture.X64, "needs x86-64: elsewhere the library is started first");
        using var bundle = new Bundle();
        string[] present = [.. Trace(bundle, "--version").Where(line => line.Contains("MADV_POPULATE_WRITE", StringComparison.Ordinal))];
        Assert.InRange(present.Length, 5, 8);
        Assert.All(present, line => Assert.EndsWith(" = 0", line, StringComparison.Ordinal));
    }

    /// <summary>docs/decisions/0016-the-librarys-start.md: only ours asks the kernel where the thread's area is.</summary>
    [Fact]
    public void The_C_library_is_started_without_its_questions_to_the_processor()
    {
        RideauProgram.SkipForAnother("the start is Rideau's own");
        CompiledFenceTests.SkipForAnotherLibrary();
        using var bundle = new Bundle();
        Assert.Single(Trace(bundle, "--version"), line => line.StartsWith("arch_prctl(ARCH_GET_FS", StringComparison.Ordinal) || line.StartsWith("arch_prctl(0x1003", StringComparison.Ordinal));
    }

    /// <summary>docs/decisions/0014-before-the-c-library.md: the image of a child carries out its plan, and nothing of a program's usual start.</summary>
    [Fact]
    public void The_image_of_a_child_starts_neither_the_library_nor_the_runtime()
    {
        RideauProgram.SkipForAnother("the calls are Rideau's own");
        Assert.SkipUnless(RuntimeInformation.ProcessArchitecture == Architecture.X64, "needs x86-64: elsewhere the library is started");
        using Bundle bundle = new Bundle("true").Write();
        string[] lines = TraceAll(bundle, "run", "--bundle", bundle.Directory, bundle.Name);
        string begin = lines.First(line => line.Contains(" execveat(", StringComparison.Ordinal));
        string child = begin[..begin.IndexOf(' ', StringComparison.Ordinal)];
        string[] calls = [.. lines.SkipWhile(line => line != begin).Skip(1).Where(line => line.StartsWith(child, StringComparison.Ordinal)).TakeWhile(line => !line.Contains(" execve(", StringComparison.Ordinal))];
        Assert.True(calls.Length > 50, $"{calls.Length} calls: is this the image?");
        Assert.DoesNotContain(calls, call => call.Contains("set_robust_list(", StringComparison.Ordinal) || call.Contains("membarrier(", StringComparison.Ordinal));
    }

    /// <summary>
    /// docs/decisions/0007-an-image-of-its-own.md: the process before it stands still, unless the caller has to know of the new one before it executes its program.
    /// It has all rights: memory that a container's process with CAP_SYS_PTRACE could write, because the new one is in its pid namespace, must not be its memory.
    /// </summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_process_in_the_containers_pid_namespace_has_memory_of_its_own(bool isAnnounced)
    {
        RideauProgram.SkipForAnother("the calls are Rideau's own");
        using Bundle bundle = new Bundle("sleep 60").Write();
        Assert.Equal(0, bundle.Create().ExitCode);
        Assert.Equal(0, bundle.Start().ExitCode);
        string[] words = isAnnounced ? ["exec", "--pid-file", Path.Combine(bundle.Directory, "pid"), bundle.Name, "true"] : ["exec", bundle.Name, "true"];
        string[] lines = TraceAll(bundle, words);
        string onward = Assert.Single(lines, line => line.Contains("clone3(", StringComparison.Ordinal) && line.Contains("CLONE_PARENT|", StringComparison.Ordinal));
        Assert.Equal(!isAnnounced, onward.Contains("CLONE_VFORK", StringComparison.Ordinal));
        Assert.DoesNotContain("CLONE_VM|", onward, StringComparison.Ordinal);

        // The sealed program is the caller's alone, who waits for its mount to be dissolved when the image is at work already.
        string image = Regex.Match(lines.First(line => line.Contains(" execveat(", StringComparison.Ordinal)), @"execveat\((\d+)").Groups[1].Value;
        string[] callers = [.. lines.Where(line => Caller(line) == Caller(lines[0]) && !line.Contains(" resumed>", StringComparison.Ordinal))];
        Assert.DoesNotContain(lines, line => line.Contains($" fcntl({image}, F_SETFD, 0", StringComparison.Ordinal));
        int word = Array.FindIndex(callers, line => line.Contains(" sendto(", StringComparison.Ordinal));
        Assert.Matches($@" close\({image}\b", callers[word + 1]);
    }

    /// <summary>A command touches a few dozen pages of the code, where the names in the list were alphabetical it was hundreds (docs/decisions/0015).</summary>
    [Fact]
    public void Functions_of_the_usual_commands_lie_together()
    {
        RideauProgram.SkipForAnother("the order is Rideau's own");
        string[] wanted = [.. File.ReadAllLines(Path.Combine(SourceTree.Root, "src", "Rideau", "startup.order")).Where(line => !line.StartsWith('#'))];
        Disassembly program = Disassembly.OfProgram;
        HashSet<string> known = [.. wanted.Where(program.Functions.Contains)];
        Assert.True(known.Count > wanted.Length * 9 / 10, $"{wanted.Length - known.Count} of {wanted.Length} functions in startup.order are gone: run bench/order");

        int together = program.InOrder.SkipWhile(name => !known.Contains(name)).Take(known.Count).Count(known.Contains);
        Assert.True(together > known.Count * 9 / 10, $"{together} of {known.Count} functions lie together");
    }

    /// <summary>The same of the C library's functions and the runtime's: where the linker's list names what is not there, nothing is in front.</summary>
    [Fact]
    public void Functions_of_the_library_and_the_runtime_lie_together()
    {
        RideauProgram.SkipForAnother("the order is Rideau's own");
        Assert.SkipUnless(RuntimeInformation.ProcessArchitecture == Architecture.X64, "needs x86-64: the list was made there");
        int wanted = File.ReadAllLines(Path.Combine(SourceTree.Root, "src", "Rideau", "startup.ld")).Count(line => line.Contains(':', StringComparison.Ordinal));
        Match first = FirstSection().Match(RideauProgram.Execute("readelf", ["-SW", RideauProgram.Path]).Output);
        Assert.True(first.Success, "there is no section .text.first");
        int bytes = int.Parse(first.Groups[1].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        Assert.True(wanted > 300 && bytes > 128 << 10, $"{bytes} bytes of {wanted} pieces lie in front: run bench/order");
    }

    private static string Caller(string line) => line[..line.IndexOf(' ', StringComparison.Ordinal)];

    // With those of its children.
    private static string[] TraceAll(Bundle bundle, params string[] words)
    {
        Directory.CreateDirectory(bundle.Root);
        string trace = Path.Combine(bundle.Directory, "trace");
        Outcome outcome = RideauProgram.Shell($"strace -f -qq -o '{trace}' '{RideauProgram.Path}' --root '{bundle.Root}' {string.Join(' ', words.Select(word => $"'{word}'"))} </dev/null");
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        return File.ReadAllLines(trace);
    }

    // Only the program's own calls: what it makes in the container's process is the plan, and follows from the configuration.
    private static string[] Trace(Bundle bundle, params string[] words)
    {
        Directory.CreateDirectory(bundle.Root);
        string trace = Path.Combine(bundle.Directory, "trace");
        Outcome outcome = RideauProgram.Shell($"strace -qq -o '{trace}' '{RideauProgram.Path}' --root '{bundle.Root}' {string.Join(' ', words.Select(word => $"'{word}'"))} </dev/null >'{bundle.Directory}/said' 2>&1; status=$?; cat '{bundle.Directory}/said'; exit $status");
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        return [.. File.ReadAllLines(trace).Where(line => !line.StartsWith("---", StringComparison.Ordinal) && !line.StartsWith("+++", StringComparison.Ordinal))];
    }

    [GeneratedRegex(@"\.text\.first +PROGBITS +[0-9a-f]+ [0-9a-f]+ ([0-9a-f]+)")]
    private static partial Regex FirstSection();

    [GeneratedRegex(@"^(clone3?|fork|vfork)\(")]
    private static partial Regex Clone();

    [GeneratedRegex("^open(?:at2?)?\\([^\"]*\"([^\"]*)\"")]
    private static partial Regex Opened();
}
