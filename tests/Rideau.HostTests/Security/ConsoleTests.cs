using System;
using System.IO;
using System.Text.Json.Nodes;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests.Security;

/// <summary>
/// The terminal: runc bound /dev/pts/N to /dev/console by name, before masks and read-only paths, so that a racing link in either
/// place gave a writable file of /proc (CVE-2025-52565); and typing into the caller's terminal (CVE-2016-10124).
/// </summary>
public sealed class ConsoleTests
{
    [Theory]
    [InlineData("console")]
    [InlineData("pts")]
    public void Links_in_dev_do_not_decide_what_becomes_the_console(string name)
    {
        using Bundle bundle = WithoutDev();
        var victim = new Victim(bundle);
        File.CreateSymbolicLink(Path.Combine(bundle.RootFilesystem, "dev", name), name == "pts" ? "/proc/sys/kernel" : "/proc/sys/kernel/core_pattern");
        if (name != "pts")
        {
            bundle.Mount("/dev/pts", "devpts", "devpts", "newinstance", "ptmxmode=0666");
        }

        Look(bundle);
        File.Delete(Path.Combine(bundle.RootFilesystem, "dev", name));
        File.CreateSymbolicLink(Path.Combine(bundle.RootFilesystem, "dev", name), victim.ByClimbing + (name == "pts" ? "/folder" : "/file"));
        Look(bundle);
        victim.IsUntouched();
    }

    [Theory]
    [InlineData("console", "/proc/sys/kernel/core_pattern")]
    [InlineData("console", "victim")]
    [InlineData("ptmx", "/proc/sys/kernel/core_pattern")]
    public void Nor_do_links_that_change_places_all_the_time(string name, string to)
    {
        using Bundle bundle = WithoutDev().Mount("/dev/pts", "devpts", "devpts", "newinstance", "ptmxmode=0666");
        var victim = new Victim(bundle);
        string dev = Path.Combine(bundle.RootFilesystem, "dev");
        File.WriteAllText(Path.Combine(dev, name), "");
        File.CreateSymbolicLink(Path.Combine(dev, "link"), to == "victim" ? victim.ByClimbing + "/file" : to);
        using var racer = new Racer(dev, name, "link");
        for (int i = 0; i < Attacker.Rounds(25); i++)
        {
            Look(bundle, racing: true);
        }

        victim.IsUntouched();
    }

    [Fact]
    public void What_lies_in_the_place_of_the_terminals_multiplexer_is_no_terminal()
    {
        using Bundle bundle = WithoutDev();
        Directory.CreateDirectory(Path.Combine(bundle.RootFilesystem, "dev", "pts"));
        foreach (string make in new[] { "mkfifo ptmx", "mknod ptmx c 1 3", "ln -s /proc/sys/kernel/core_pattern ptmx", "touch ptmx" })
        {
            RideauProgram.Shell($"cd '{bundle.RootFilesystem}/dev/pts' && rm -f ptmx && {make}");
            Assert.NotEqual(0, Look(bundle));
        }
    }

    // LXC's attach and "pct enter" left the caller's terminal the controlling one of what came in.
    [Theory]
    [InlineData("run")]
    [InlineData("exec")]
    public void Without_a_terminal_of_its_own_nothing_can_be_typed_into_the_callers(string verb)
    {
        using Bundle bundle = new Bundle(verb == "run" ? "exec attack sti x" : "exec sleep 100").WithAttacker();
        string command = $"run --bundle '{bundle.Directory}' {bundle.Name}";
        if (verb == "exec")
        {
            bundle.Started();
            command = $"exec {bundle.Name} /bin/attack sti x";
        }
        else
        {
            bundle.Write();
        }

        string player = Path.Combine(SourceTree.Root, "tests", "Rideau.HostTests", "Harness", "terminal.py");
        Outcome outcome = RideauProgram.Execute("/usr/bin/env", ["python3", player, "pty", $"{bundle.Directory}/socket", "/bin/sh", "-c", $"exec '{RideauProgram.Path}' --root '{bundle.Root}' {command}", "--", "wait"]);
        Assert.StartsWith("EPERM", outcome.Output, StringComparison.Ordinal);
    }

    // The container's process says what it sees; 0 where one was made.
    private static int Look(Bundle bundle, bool racing = false)
    {
        string socket = Path.Combine(bundle.Directory, "console");
        File.Delete(socket);
        using var engine = new EngineSocket(socket);
        string findings = Path.Combine(bundle.RootFilesystem, "findings");
        File.Delete(findings);
        Outcome outcome = bundle.Create("--console-socket", socket);
        if (outcome.ExitCode == 0)
        {
            engine.Receive();
            Assert.Equal(0, bundle.Start().ExitCode);
            string[] seen = bundle.Finding("/findings").Split('\n');

            // A terminal, or hidden by the race: then the name is the attacker's own link, which leads to what is in the container.
            Assert.True(seen[0] is "88" or "" || (racing && seen[0] is "0"), seen[0]);
            Assert.Equal(["ro", "ro"], seen[1..3]);
            Assert.Equal("0", seen[3]);
        }

        bundle.Delete();
        return outcome.ExitCode;
    }

    private static Bundle WithoutDev()
    {
        var bundle = new Bundle("""
            {
              stat -c %t /dev/console 2>/dev/null || echo
              for i in /proc/sys /proc/irq; do grep " $i " /proc/mounts | cut -d' ' -f4 | cut -d, -f1; done
              grep ' /proc' /proc/mounts | grep -c devpts
            } >/findings.new
            mv /findings.new /findings
            """);
        bundle.Process["terminal"] = true;
        bundle.Process["args"]!.AsArray()[2] = ((string)bundle.Process["args"]![2]!).Replace("mv ", "busybox mv ", StringComparison.Ordinal);
        JsonArray mounts = bundle.Configuration["mounts"]!.AsArray();
        mounts.RemoveAll(mount => ((string)mount!["destination"]!).StartsWith("/dev", StringComparison.Ordinal));
        return bundle;
    }
}
