using System;
using System.IO;
using System.Linq;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests.RealSystem;

/// <summary>A user of a Debian system logs in on a terminal and has job control.</summary>
public sealed class LoginShellTests(DebianSystem system) : IClassFixture<DebianSystem>
{
    private const string Prompt = "expect:ann@chamber:~$ ";

    // Says when it has begun, and when it goes on. It makes no processes: a shell that is stopped between vfork and exec of one is not seen to stop.
    private const string Labour = """
        #!/usr/bin/python3
        import signal
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCONT})
        print("begun", flush=True)
        while True:
            signal.sigwait({signal.SIGCONT})
            print("resumed", flush=True)
        """;

    // A program that draws for the size of its terminal, and is told of a new one.
    private const string Watcher = """
        import os, signal
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGWINCH})
        while True:
            print("size", *os.get_terminal_size()[::-1], flush=True)
            signal.sigwait({signal.SIGWINCH})
        """;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Jobs_are_stopped_and_go_on_in_the_background_and_the_foreground(bool asUser)
    {
        string seen = Log(
            asUser,
            ["su", "-", "ann"],
            Prompt, "send:labour\\r", "expect:begun", "send:\\x1a", "expect:[1]+  Stopped                 labour", Prompt,
            "send:bg\\r", "expect:[1]+ labour &", "expect:resumed",
            "send:jobs\\r", "expect:[1]+  Running                 labour &", Prompt,
            "send:fg\\r", "expect:labour\r\n", "press:\\x1a:Stopped", Prompt,
            "send:fg\\r", "expect:resumed", "send:\\x03", "expect:^C", Prompt,
            "send:echo status-$?\\r", "expect:status-130", Prompt,
            "send:echo jobs-$(jobs | wc -l)\\r", "expect:jobs-0", Prompt,
            "send:exit 7\\r", "wait");
        Assert.EndsWith("[exit 7]\n", seen, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_interrupt_key_reaches_the_job_in_the_foreground_alone(bool asUser)
    {
        string seen = Log(
            asUser,
            ["su", "-", "ann"],
            Prompt, "send:sleep 301 &\\r", "expect:[1] ", Prompt,
            "send:labour | cat\\r", "expect:begun", "send:\\x03", "expect:^C", Prompt,
            "send:jobs\\r", "expect:[1]+  Running                 sleep 301 &", Prompt,
            "send:kill %1; wait; echo done-$?\\r", "expect:done-0", Prompt,
            "send:exit\\r", "wait");
        Assert.DoesNotContain("labour", seen[seen.IndexOf("Running", StringComparison.Ordinal)..], StringComparison.Ordinal);
        Assert.EndsWith("[exit 0]\n", seen, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_program_sees_the_new_size_of_the_terminal(bool asUser)
    {
        File.WriteAllText(Path.Combine(system.RootFilesystem(asUser), "srv", "watcher.py"), Watcher);
        Log(
            asUser,
            ["su", "-", "ann"],
            Prompt, "send:python3 /srv/watcher.py\\r", "expect:size 30 100", "resize:41:121", "expect:size 41 121", "resize:24:80", "expect:size 24 80",
            "send:\\x03", Prompt, "send:stty size\\r", "expect:24 80", Prompt, "send:exit\\r", "wait");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_shell_is_a_login_shell_of_that_user_on_the_containers_terminal(bool asUser)
    {
        string seen = Log(
            asUser,
            ["login", "-f", "ann"],
            Prompt,
            "send:echo $0 $HOME $(id -un) $(id -Gn) $(tty) $(ps -o stat= -p $$)\\r", "expect:-bash /home/ann ann ann users /dev/pts/0 S", Prompt,
            "send:cat /etc/shadow\\r", "expect:Permission denied", Prompt,
            "send:exit\\r", "wait");
        Assert.EndsWith("[exit 0]\n", seen, StringComparison.Ordinal);
    }

    private string Log(bool asUser, string[] command, params string[] steps)
    {
        string rootfs = system.RootFilesystem(asUser);
        if (!File.ReadLines(Path.Combine(rootfs, "etc", "passwd")).Any(line => line.StartsWith("ann:", StringComparison.Ordinal)))
        {
            system.Says(asUser, $"useradd -m -s /bin/bash -G users ann; cat >/usr/local/bin/labour <<'END'\n{Labour}\nEND\nchmod 755 /usr/local/bin/labour");
        }

        using Bundle bundle = system.Container(asUser, command).With("""{"hostname":"chamber"}""").WithProcess("""{"terminal":true}""");
        return bundle.Write().OnTerminal($"run --bundle '{bundle.Directory}' {bundle.Name}", steps);
    }
}
