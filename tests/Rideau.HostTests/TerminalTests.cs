using System;
using System.IO;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests;

/// <summary>process.terminal: for a person in the foreground, and for an engine over --console-socket.</summary>
public sealed class TerminalTests
{
    [Fact]
    public void In_the_foreground_the_process_has_a_terminal_of_the_same_size()
    {
        using Bundle bundle = With("tty; stty size; test -t 0 && test -t 1 && test -t 2 && echo all; ls -l /dev/console | cut -c1; cut -d' ' -f7 /proc/self/stat | grep -vc '^0$'; exit 7");
        Assert.Equal("/dev/pts/0\n30 100\nall\nc\n1\n\n[exit 7]\n", Pty(bundle, "run", "wait"));
    }

    [Fact]
    public void The_outer_terminal_is_raw_meanwhile_and_gets_its_settings_back()
    {
        using Bundle bundle = With("echo ready; read x; exit 3");
        Assert.EndsWith("[cooked][raw][exit 3][cooked]\n", Pty(bundle, "run", "mode", "expect:ready", "mode", "send:\\r", "wait", "mode"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("TERM", 143)]
    [InlineData("HUP", 129)]
    public void The_settings_come_back_when_a_signal_ends_it(string signal, int status)
    {
        using Bundle bundle = With("echo ready; exec sleep 100");
        bundle.Without("pid");
        Assert.EndsWith($"[raw][exit {status}][cooked]\n", Pty(bundle, "run", "expect:ready", "mode", $"kill:{signal}", "wait", "mode"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_settings_come_back_when_the_container_cannot_be_made()
    {
        using Bundle bundle = With("true").WithProcess("""{"args":["no-such-program"]}""");
        Assert.EndsWith("[exit 1][cooked]\n", Pty(bundle, "run", "wait", "mode"), StringComparison.Ordinal);
    }

    [Fact]
    public void Keys_reach_the_job_in_the_foreground()
    {
        using Bundle bundle = With("exec sh -i");
        string seen = Pty(
            bundle, "run",
            "expect:# ", "send:sh -c 'echo be\"\"gun; exec sleep 88'\\r", "expect:begun", "send:\\x03", "expect:# ", "send:echo interrupted-$?\\r", "expect:interrupted-130",
            "expect:# ", "send:sh -c 'trap \"echo con\"tinued CONT; echo on\"\"ce; while :; do sleep 0.1; done'\\r", "expect:once", "send:\\x1a", "expect:Stopped",
            "expect:# ", "send:fg\\r", "expect:continued", "send:\\x03", "expect:# ", "send:echo ended-$?\\r", "expect:ended-130", "send:exit 7\\r", "wait");
        Assert.EndsWith("[exit 7]\n", seen, StringComparison.Ordinal);
    }

    [Fact]
    public void A_new_size_of_the_outer_terminal_reaches_the_inner_one()
    {
        using Bundle bundle = With("trap 'echo resized $(stty size)' WINCH; echo ready; while true; do sleep 0.1; done");
        Pty(bundle, "run", "expect:ready", "resize:41:121", "expect:resized 41 121", "kill:KILL");
    }

    [Fact]
    public void The_end_of_the_input_is_passed_on()
    {
        using Bundle bundle = With("echo ready; cat; echo after");
        Assert.Equal("ready\none\none\nafter\n\n[exit 0]\n", Pty(bundle, "run", "expect:ready", "send:one\\r", "expect:one\r\none", "send:\\x04", "wait"));
    }

    [Fact]
    public void Exec_has_a_terminal_too()
    {
        using Bundle bundle = new Bundle("sleep 100").Started();
        Assert.Equal("/dev/pts/0\n30 100\n\n[cooked][exit 5][cooked]\n", PtyOf(bundle, $"exec --tty {bundle.Name} sh -c 'sleep 0.2; tty; stty size; exit 5'", "mode", "wait", "mode"));
    }

    [Fact]
    public void An_engine_gets_the_terminal_over_its_socket()
    {
        using Bundle bundle = With("tty; stty size; stat -c %t /dev/console; echo to-console >/dev/console; exec sh -i").WithProcess("""{"consoleSize":{"height":25,"width":90}}""");
        string seen = Console(
            bundle, "run --detach",
            "expect:/dev/pts/0", "expect:25 90", "expect:88", "expect:to-console", "expect:# ",
            "resize:50:150", "send:stty size\\r", "expect:50 150", "expect:# ",
            "send:sh -c 'echo be\"\"gun; exec sleep 90'\\r", "expect:begun", "send:\\x03", "expect:# ", "send:echo interrupted-$?\\r", "expect:interrupted-130", "send:exit\\r");
        Assert.EndsWith("[1 descriptor, /dev/ptmx]\n", seen, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_hands_the_terminal_over_and_start_uses_it()
    {
        using Bundle bundle = With("echo started; read x; echo got $x");
        string start = $"'{RideauProgram.Path}' --root '{bundle.Root}' start {bundle.Name}";
        bundle.Write();
        string seen = ConsoleOf(bundle, $"create --console-socket '{bundle.Directory}/socket' --bundle '{bundle.Directory}' {bundle.Name} && {start}", "wait", "expect:started", "send:it\\r", "expect:got it");
        Assert.EndsWith("[1 descriptor, /dev/ptmx][exit 0]\n", seen, StringComparison.Ordinal);
    }

    [Fact]
    public void Exec_hands_its_terminal_over()
    {
        using Bundle bundle = new Bundle("sleep 100").Started();
        Assert.EndsWith("[1 descriptor, /dev/ptmx]\n", ConsoleOf(bundle, $"exec --detach --tty --console-socket '{bundle.Directory}/socket' {bundle.Name} sh -c 'echo in $(tty); sleep 1'", "expect:in /dev/pts/"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_terminal_belongs_to_the_user()
    {
        using Bundle bundle = With("stat -c '%u %a' $(tty); echo x >/dev/console").WithProcess("""{"user":{"uid":1000,"gid":1000}}""");
        Assert.StartsWith("1000 620\nx\n", Pty(bundle, "run", "wait"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_user_namespace_has_a_terminal_too()
    {
        using Bundle bundle = With("tty; stty size; stat -c %u $(tty)").WithUserNamespace();
        Assert.Equal("/dev/pts/0\n30 100\n0\n\n[exit 0]\n", Pty(bundle, "run", "wait"));
    }

    [Theory]
    [InlineData("run --detach")]
    [InlineData("create")]
    public void Without_anyone_to_take_it_a_terminal_is_refused(string verb)
    {
        using Bundle bundle = With("true").Write();
        Outcome outcome = bundle.Detached($"{verb} --bundle '{bundle.Directory}' {bundle.Name}");
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("console", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_socket_without_a_terminal_is_refused()
    {
        using Bundle bundle = new Bundle("true").Write();
        Outcome outcome = bundle.Detached($"create --console-socket /tmp/x --bundle '{bundle.Directory}' {bundle.Name}");
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("console", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_socket_that_nobody_listens_on_is_an_error()
    {
        using Bundle bundle = With("true").Write();
        Outcome outcome = bundle.Detached($"create --console-socket '{bundle.Directory}/none' --bundle '{bundle.Directory}' {bundle.Name}");
        Assert.Equal(1, outcome.ExitCode);
        Assert.NotEqual(0, bundle.Rideau("state", bundle.Name).ExitCode);
    }

    [Theory]
    [InlineData("-t -d", "cannot allocate tty if runc will detach without setting console socket")]
    [InlineData("--console-socket /tmp/x", "cannot use console socket if runc will not detach or allocate tty")]
    [InlineData("-t --console-socket /tmp/x", "cannot use console socket if runc will not detach or allocate tty")]
    [InlineData("-d --console-socket /tmp/x", "cannot use console socket if runc will not detach or allocate tty")]
    public void Exec_refuses_a_terminal_that_nobody_takes(string options, string said)
    {
        using Bundle bundle = new Bundle("exec sleep 100").Started();
        Outcome outcome = RideauProgram.Shell($"'{RideauProgram.Path}' --root '{bundle.Root}' exec {options} {bundle.Name} true </dev/null");
        Assert.True(outcome.ExitCode == 255 && outcome.Error.Contains(said, StringComparison.Ordinal), outcome.ToString());
    }

    [Fact]
    public void A_link_in_place_of_the_console_leads_nowhere()
    {
        using Bundle bundle = With("ls -l /dev/console | cut -c1");
        File.WriteAllText(Path.Combine(bundle.Directory, "victim"), "untouched");
        bundle.Configuration["mounts"]!.AsArray().RemoveAt(1);
        File.CreateSymbolicLink(Path.Combine(bundle.RootFilesystem, "dev", "console"), Path.Combine(bundle.Directory, "victim"));
        Pty(bundle, "run", "wait");
        Assert.Equal("untouched", File.ReadAllText(Path.Combine(bundle.Directory, "victim")));
    }

    private static Bundle With(string script) => new Bundle(script).WithProcess("""{"terminal":true}""");

    private static string Pty(Bundle bundle, string verb, params string[] steps) => PtyOf(bundle.Write(), $"{verb} --bundle '{bundle.Directory}' {bundle.Name}", steps);

    private static string PtyOf(Bundle bundle, string command, params string[] steps) => Play(bundle, "pty", command, steps);

    private static string Console(Bundle bundle, string verb, params string[] steps) =>
        ConsoleOf(bundle.Write(), $"{verb} --console-socket '{bundle.Directory}/socket' --bundle '{bundle.Directory}' {bundle.Name}", steps);

    private static string ConsoleOf(Bundle bundle, string command, params string[] steps) => Play(bundle, "console", command, steps);

    private static string Play(Bundle bundle, string mode, string command, string[] steps)
    {
        string player = Path.Combine(SourceTree.Root, "tests", "Rideau.HostTests", "Harness", "terminal.py");
        Outcome outcome = RideauProgram.Execute("/usr/bin/env", ["python3", player, mode, $"{bundle.Directory}/socket", "/bin/sh", "-c", $"{(command.Contains("&&", StringComparison.Ordinal) ? "" : "exec ")}'{RideauProgram.Path}' --root '{bundle.Root}' {command}", "--", .. steps]);
        bundle.Delete();
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        return outcome.Output;
    }
}
