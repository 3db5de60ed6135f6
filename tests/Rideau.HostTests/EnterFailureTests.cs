using System;
using System.Linq;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests;

/// <summary>Entering that fails, or meets what is unusual: nothing is left behind, and the error says what to do.</summary>
public sealed class EnterFailureTests
{
    /// <summary>The process that went on in the pid namespace is collected: the container could not be deleted before its new parent does that.</summary>
    [Theory]
    [InlineData("enter", "-q", "--only", "pid,net")]
    [InlineData("enter", "-q", "--monitor")]
    [InlineData("enter", "-q", "--not", "net")]
    [InlineData("enter")]
    [InlineData("exec")]
    public void A_command_that_is_not_found_leaves_no_process(params string[] words)
    {
        using Bundle bundle = new Bundle("exec sleep 100").Started();
        string command = string.Join(", ", words.Append(bundle.Name).Append("no-such-command").Select(word => $"'{word}'"));
        string script = $"""
            import ctypes, os, subprocess
            ctypes.CDLL(None).prctl(36, 1, 0, 0, 0) # PR_SET_CHILD_SUBREAPER: what is orphaned comes here, and is not collected
            status = subprocess.run(['{RideauProgram.Path}', '--root', '{bundle.Root}', {command}], capture_output=True).returncode
            print(status, open(f'/proc/self/task/{"{"}os.getpid(){"}"}/children').read().strip())
            """;
        Outcome outcome = RideauProgram.Execute("/usr/bin/env", ["python3", "-c", script]);
        Assert.Equal($"{(words[0] == "exec" ? 255 : 127)}", outcome.Output.Trim());
    }

    [Fact]
    public void Statuses_are_a_shells()
    {
        using Bundle bundle = new Bundle("exec sleep 100").Started();
        Assert.Equal((127, 126, 7), (bundle.Rideau("enter", bundle.Name, "no-such-command").ExitCode, bundle.Rideau("enter", bundle.Name, "/etc").ExitCode, bundle.Rideau("enter", bundle.Name, "sh", "-c", "exit 7").ExitCode));
    }

    /// <summary>The kernel lets nobody put a tree into place that has the file of a mount namespace in it.</summary>
    [Fact]
    public void The_machines_tools_come_along_where_mount_namespaces_have_names()
    {
        using Bundle bundle = new Bundle("exec sleep 100").Started();
        using var root = new NameRoot();
        root.Says("ns", "create", "--quiet", "--mount", "--net", $"{root.Prefix}-one");
        root.Says("ns", "create", "--quiet", "--mount", $"{root.Prefix}-two");
        Outcome outcome = bundle.Rideau("enter", "-q", "--with-host", bundle.Name, "sh", "-c", "cat /proc/1/comm; ls -d /mnt/bin");
        Assert.Equal((0, "sleep\n/mnt/bin\n", ""), (outcome.ExitCode, outcome.Output, outcome.Error));
    }

    [Theory]
    [InlineData("--with /nope", "ENOENT", "the root of a tree")]
    [InlineData("--with /etc/passwd", "is no directory", "the root of a tree")]
    [InlineData("--with /proc/self/ns", "has no directory \"mnt\"", "mkdir /proc/self/ns/mnt /proc/self/ns/proc")]
    [InlineData("--only ''", "--only names no type", "--only net,ipc")]
    public void What_is_wrong_is_said_with_what_to_do(string options, string said, string hint)
    {
        using Bundle bundle = new Bundle("exec sleep 100").Started();
        Outcome outcome = RideauProgram.Shell($"'{RideauProgram.Path}' --root '{bundle.Root}' enter -q {options} {bundle.Name} true");
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains(said, outcome.Error, StringComparison.Ordinal);
        Assert.Contains($"hint: ", outcome.Error, StringComparison.Ordinal);
        Assert.Contains(hint, outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_containers_session_keyring_is_joined()
    {
        using Bundle bundle = new Bundle("cat /proc/keys; exec sleep 100").WithLinux("""{"maskedPaths":null}""").Started();
        string[] Rings(string keys) => [.. keys.Split('\n').Where(line => line.Contains($"_ses.{bundle.Name}.", StringComparison.Ordinal)).Select(line => line.Split(' ')[0])];
        string[] entered = Rings(bundle.Rideau("enter", bundle.Name, "cat", "/proc/keys").Output);
        Assert.Single(entered);
        Assert.Equal(entered, Rings(bundle.Exec("cat", "/proc/keys").Output));
    }

    /// <summary>A process chooses its own name.</summary>
    [Fact]
    public void Who_writes_no_control_sequence_that_a_process_has_in_its_name()
    {
        using var process = new RunningProgram("python3", "-c", "open('/proc/self/comm', 'w').write('a\\x1b[31m\\nb'); print('up', flush=True); import time; time.sleep(60)");
        Outcome outcome = RideauProgram.Shell($"'{RideauProgram.Path}' who {process.Id}");
        Assert.StartsWith($"process {process.Id} (a\\x1b[31m\\x0ab): ", outcome.Output, StringComparison.Ordinal);
    }

    /// <summary>As under su(1) or cron(8): no runtime directory is told, and root's own is closed.</summary>
    [Fact]
    public void A_user_without_a_runtime_directory_can_look_and_is_told_what_to_set()
    {
        string user = $"env -i PATH=$PATH setpriv --reuid={SubordinateUser.Stranger} --regid={SubordinateUser.Stranger} --clear-groups '{RideauProgram.Path}'";
        Outcome outcome = RideauProgram.Shell($"mkdir -m 700 -p /run/rideau/ns; {user} ns list --named && {user} list && {user} who $$ >/dev/null && {user} ns list >/dev/null; echo $?; rmdir --ignore-fail-on-non-empty /run/rideau/ns /run/rideau");
        Assert.True(outcome.Output.EndsWith("\n0\n", StringComparison.Ordinal), outcome.ToString());
        Outcome made = RideauProgram.Shell($"{user} ns create --user --net lab");
        Assert.Equal(1, made.ExitCode);
        Assert.Contains("hint: set XDG_RUNTIME_DIR", made.Error, StringComparison.Ordinal);
        Outcome others = RideauProgram.Shell($"{user} ns show 1");
        Assert.Contains("cannot show the namespaces of process 1: EACCES", others.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("foo:[4026531833]", "no type of namespace is called \"foo\"")]
    [InlineData("/nope", "ENOENT")]
    [InlineData("/etc/passwd", "it is no namespace")]
    [InlineData("99999999", "there is none with that number")]
    public void Show_says_why_there_is_nothing(string word, string said) =>
        Assert.Contains(said, RideauProgram.Shell($"'{RideauProgram.Path}' ns show '{word}'").Error, StringComparison.Ordinal);

    [Fact]
    public void Show_takes_the_type_into_account_and_finds_the_sockets_that_hold()
    {
        using var root = new NameRoot();
        string net = NamespaceHolder.Own("net");
        Assert.NotEqual(0, root.Rideau("ns", "show", "pid" + net[3..]).ExitCode);
        const string hold = "import os, socket\nfirst = os.open('/proc/self/ns/net', os.O_RDONLY)\nos.unshare(0x40000000) if hasattr(os, 'unshare') else __import__('ctypes').CDLL(None).unshare(0x40000000)\nname = os.readlink('/proc/self/ns/net')\nheld = socket.socket()\n__import__('ctypes').CDLL(None).setns(first, 0)\nprint(name, flush=True)\n__import__('time').sleep(60)";
        using var holder = new RunningProgram("python3", "-c", hold);
        string shown = root.Says("ns", "show", "--thorough", holder.FirstLine);
        Assert.Matches($@"sockets: +\d+ of {holder.Id} ", shown);
    }

    [Fact]
    public void A_watch_whose_output_is_full_says_so()
    {
        Outcome outcome = RideauProgram.Shell($"'{RideauProgram.Path}' --root /tmp/none ns watch --quiet --initial --timeout 5s >/dev/full; echo $?; '{RideauProgram.Path}' --root /tmp/none ns watch --initial --timeout 5s >/dev/full; echo $?");
        Assert.EndsWith("1\n", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("ENOSPC", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_without_a_record_says_how_it_is_taken_away_and_the_others_are_removed_beside_one_that_is_missing()
    {
        using var root = new NameRoot();
        string name = root.Prefix;
        root.Says("ns", "create", "--quiet", "--net", name);
        root.Says("ns", "create", "--quiet", "--net", $"{name}-b");
        RideauProgram.Shell($"mkdir '{root.Root}/ns/{name}-c'; echo nothing > '{root.Root}/ns/{name}-b/record.json'");
        Assert.All([$"{name}-b", $"{name}-c"], damaged => Assert.Contains($"hint: \"rideau ns remove {damaged}\"", root.Rideau("ns", "show", damaged).Error, StringComparison.Ordinal));
        Outcome removed = root.Rideau("ns", "remove", $"{name}-b", "no-such-name", $"{name}-c", name);
        Assert.Equal(1, removed.ExitCode);
        Assert.Contains("no namespace has the name \"no-such-name\"", removed.Error, StringComparison.Ordinal);
        Assert.Equal("", RideauProgram.Shell($"ls '{root.Root}/ns' 2>/dev/null").Output);
    }
}
