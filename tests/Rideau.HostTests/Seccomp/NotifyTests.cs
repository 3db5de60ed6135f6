using System;
using System.IO;
using System.Text.Json.Nodes;
using System.Threading.Tasks;
using Rideau.HostTests.Harness;
using Rideau.Kernel.Abi;
using Xunit;

namespace Rideau.HostTests.Seccomp;

/// <summary>SCMP_ACT_NOTIFY with an agent at listenerPath. spec: config-linux.md#containerprocessstate</summary>
public sealed class NotifyTests
{
    private const int SIGUSR1 = 10;

    private static Bundle Make(out SeccompAgent agent, string more = "", string? script = null)
    {
        var bundle = new Bundle(script);
        agent = new SeccompAgent(Path.Combine(bundle.Directory, "agent"));
        return bundle.WithLinux($$$"""{"seccomp":{"defaultAction":"SCMP_ACT_ALLOW",{{{more}}}"listenerPath":"{{{agent.Path}}}","syscalls":[{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_NOTIFY"}]}}""");
    }

    [Theory]
    [InlineData(-17, "mkdir: can't create directory '/tmp/made': File exists\n")]
    [InlineData(-28, "mkdir: can't create directory '/tmp/made': No space left on device\n")]
    [InlineData(0, "")]
    public async Task The_agents_answer_is_what_the_call_returns(int answer, string expected)
    {
        using Bundle bundle = Make(out SeccompAgent agent, script: "mkdir /tmp/made; test -d /tmp/made && echo it is there");
        using (agent)
        {
            Task<Outcome> run = Task.Run(() => bundle.Run());
            agent.Accept();
            seccomp_notif call = agent.Next();
            Assert.Equal(SyscallNumber.mkdir, call.data.nr);
            agent.Answer(call, answer);
            Outcome outcome = await run;
            Assert.Equal(("", expected), (outcome.Output, outcome.Error));
        }
    }

    [Fact]
    public async Task The_agent_can_let_the_kernel_make_the_call()
    {
        using Bundle bundle = Make(out SeccompAgent agent, script: "mkdir /tmp/made; test -d /tmp/made && echo it is there");
        using (agent)
        {
            Task<Outcome> run = Task.Run(() => bundle.Run());
            agent.Accept().Continue(agent.Next());
            Outcome outcome = await run;
            Assert.True(outcome.Output == "it is there\n", outcome.ToString());
        }
    }

    [Theory]
    [InlineData("create", "creating")]
    [InlineData("run", "creating")]
    [InlineData("exec", "running")]
    public async Task The_agent_is_told_of_the_process_and_its_container(string verb, string status)
    {
        using Bundle bundle = Make(out SeccompAgent agent, "\"listenerMetadata\":\"a word for the agent\",", "sleep 100").With("""{"annotations":{"a.b/c":"d"}}""");
        using (agent)
        {
            Task<Outcome> made = Task.Run(() => verb == "create" ? bundle.Create() : bundle.Run("--detach"));
            JsonObject told = agent.Accept().ProcessState;
            Outcome outcome = await made;
            Assert.True(outcome.ExitCode == 0, outcome.ToString());
            int pid = (int)bundle.State()["pid"]!;
            if (verb == "exec")
            {
                string pidFile = Path.Combine(bundle.Directory, "pid");
                Task<Outcome> exec = Task.Run(() => bundle.Detached($"exec --detach --pid-file '{pidFile}' {bundle.Name} sleep 50"));
                told = agent.Accept().ProcessState;
                Assert.Equal(0, (await exec).ExitCode);
                pid = int.Parse(File.ReadAllText(pidFile), System.Globalization.CultureInfo.InvariantCulture);
            }

            Assert.Equal(["seccompFd"], told["fds"]!.AsArray().GetValues<string>());
            Assert.Equal(verb == "exec" ? 2 : 1, agent.Descriptors);
            Assert.Equal((pid, "a word for the agent", (string)bundle.State()["ociVersion"]!), ((int)told["pid"]!, (string)told["metadata"]!, (string)told["ociVersion"]!));
            JsonObject state = told["state"]!.AsObject();
            Assert.Equal((bundle.Name, status, bundle.Directory, "d"), ((string)state["id"]!, (string)state["status"]!, (string)state["bundle"]!, (string)state["annotations"]!["a.b/c"]!));
            Assert.Equal((int)bundle.State()["pid"]!, (int)state["pid"]!);
        }
    }

    [Fact]
    public async Task A_process_of_exec_asks_the_agent_that_it_was_handed_to()
    {
        using Bundle bundle = Make(out SeccompAgent agent, script: "sleep 100");
        using (agent)
        {
            Task<Outcome> made = Task.Run(() => bundle.Run("--detach"));
            agent.Accept();
            Assert.Equal(0, (await made).ExitCode);
            Task<Outcome> exec = Task.Run(() => bundle.Exec("mkdir", "/tmp/made"));
            agent.Accept().Answer(agent.Next(), -17);
            Assert.Contains("File exists", (await exec).Error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("\"flags\":[\"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV\"],", true)]
    [InlineData("", false)]
    public async Task A_signal_ends_a_waiting_call_unless_the_profile_says_otherwise(string flags, bool goesOn)
    {
        using Bundle bundle = Make(out SeccompAgent agent, flags);
        using (agent)
        {
            var program = new SystemCallProgram();
            program.OnSignal(SIGUSR1, exitWithCall: false).Print(83, program.Text("/tmp/made"), 0x1ed).Into(bundle);
            Task<Outcome> run = Task.Run(() => bundle.Run());
            agent.Accept();
            seccomp_notif call = agent.Next();
            RideauProgram.Shell($"kill -USR1 {call.pid}; for i in $(seq 40); do grep -q '^SigPnd:.*2..$' /proc/{call.pid}/status || break; sleep 0.02; done; sleep 0.1");
            Assert.Equal(goesOn, agent.IsWaiting(call));
            if (goesOn)
            {
                agent.Answer(call, -17);
            }

            Outcome outcome = await run;
            Assert.Equal([goesOn ? -17 : -4], SystemCallProgram.Results(outcome.Output));
        }
    }

    [Theory]
    [InlineData("run")]
    [InlineData("create")]
    public void A_path_at_which_nobody_listens_fails_and_leaves_nothing(string verb)
    {
        using var bundle = new Bundle("true");
        bundle.WithLinux($$$"""{"seccomp":{"defaultAction":"SCMP_ACT_ALLOW","listenerPath":"{{{bundle.Directory}}}/nobody","syscalls":[{"names":["mkdir"],"action":"SCMP_ACT_NOTIFY"}]}}""");
        Outcome outcome = verb == "run" ? bundle.Run() : bundle.Create();
        Assert.Equal(1, outcome.ExitCode);
        if (!RideauProgram.IsAnother)
        {
            Assert.Contains($"cannot hand the seccomp listener to \"{bundle.Directory}/nobody\"", outcome.Error, StringComparison.Ordinal);
            Assert.Contains("ENOENT", outcome.Error, StringComparison.Ordinal);
        }

        Assert.False(Directory.Exists(Path.Combine(bundle.Root, bundle.Name)));
    }

    [Fact]
    public async Task Exec_whose_agent_is_gone_fails_and_the_container_goes_on()
    {
        using Bundle bundle = Make(out SeccompAgent agent, script: "sleep 100");
        using (agent)
        {
            Task<Outcome> made = Task.Run(() => bundle.Run("--detach"));
            agent.Accept();
            Assert.Equal(0, (await made).ExitCode);
        }

        File.Delete(agent.Path);
        Outcome outcome = bundle.Exec("true");
        Assert.Equal(255, outcome.ExitCode);
        Assert.Equal("running", (string)bundle.State()["status"]!);
    }

    [Theory]
    [InlineData("write")]
    [InlineData("sendmsg")]
    public void A_call_that_the_hand_over_needs_cannot_be_notified(string name)
    {
        using Bundle bundle = Make(out SeccompAgent agent, script: "true");
        using (agent)
        {
            bundle.Linux["seccomp"]!["syscalls"]!.AsArray().Add(JsonNode.Parse($$$"""{"names":["{{{name}}}"],"action":"SCMP_ACT_NOTIFY"}"""));
            Outcome outcome = bundle.Run();
            Assert.Equal(1, outcome.ExitCode);
            RideauProgram.SkipForAnother("says it in other words, and takes sendmsg");
            Assert.Contains($"linux.seccomp.syscalls[1]: SCMP_ACT_NOTIFY cannot be used for the {name} syscall", outcome.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_listener_path_without_a_rule_that_notifies_is_not_connected_to()
    {
        using var bundle = new Bundle("echo ran").WithLinux("""{"seccomp":{"defaultAction":"SCMP_ACT_ALLOW","listenerPath":"/no/such/agent","syscalls":[{"names":["mkdir"],"action":"SCMP_ACT_ERRNO"}]}}""");
        Assert.Equal("ran", bundle.Says());
    }
}
