using System;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests;

/// <summary>--debug: what is done, in the order of docs/stages.md, to --log or to standard error.</summary>
public sealed class DebugLogTests
{
    [Fact]
    public void Each_verb_says_what_it_does_as_JSON_lines_in_the_log()
    {
        RideauProgram.SkipForAnother("the words are this runtime's");
        using var bundle = new Bundle("sleep 100").WithUserNamespace();
        bundle.Configuration["hooks"] = JsonNode.Parse("""{"createRuntime":[{"path":"/bin/true"}],"poststart":[{"path":"/bin/true"}]}""");
        bundle.Write();
        string log = Path.Combine(bundle.Directory, "log");
        string options = $"--debug --log '{log}' --log-format json";
        Outcome created = RideauProgram.Shell($"'{RideauProgram.Path}' --root '{bundle.Root}' {options} create --bundle '{bundle.Directory}' {bundle.Name} </dev/null >/dev/null 2>'{bundle.Directory}/err'; cat '{bundle.Directory}/err'");
        Assert.Equal("", created.Output);
        InOrder(
            log,
            $"container \"{bundle.Name}\": bundle \"{bundle.Directory}\"", "state in", "root file system", "cgroup driver ", "the child's plan has ", "mount proc on \"/proc\"", "find the executable",
            "clone3(", "ids mapped: 1 ranges of users", "limit: write \"64\"", "hooks: 0 prestart, 1 createRuntime", "has everything but its program", "waits at the start gate");
        File.Delete(log);
        Assert.Equal("", Debugged(bundle, log, "start", bundle.Name));
        InOrder(log, "open the gate", "executed its program", "hooks: 1 poststart");
        File.Delete(log);
        Assert.Equal("", Debugged(bundle, log, "exec", bundle.Name, "true"));
        InOrder(log, "its init is process", "the child's plan has ", "clone3", "executed its program", "ended with status 0");
        File.Delete(log);
        Assert.Equal("", Debugged(bundle, log, "kill", bundle.Name, "KILL"));
        InOrder(log, "signal 9 to its init");
        Assert.True(bundle.WaitForStatus("stopped"));
        File.Delete(log);
        Assert.Equal("", Debugged(bundle, log, "delete", bundle.Name));
        InOrder(log, "status stopped", "state in");
    }

    [Fact]
    public void Without_log_it_goes_to_standard_error_as_text()
    {
        using var bundle = new Bundle("echo out").Write();
        Outcome outcome = bundle.Rideau("--debug", "run", "--bundle", bundle.Directory, bundle.Name);
        Assert.Equal((0, "out\n"), (outcome.ExitCode, outcome.Output));
        string[] lines = outcome.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.True(lines.Length > 10, outcome.Error);
        Assert.All(lines, line => Assert.Matches("^time=\"[-0-9T:]+Z\" level=debug msg=\".*\"", line));
    }

    [Fact]
    public void Without_log_it_goes_to_standard_error_as_JSON()
    {
        using var bundle = new Bundle("echo out").Write();
        Outcome outcome = bundle.Rideau("--debug", "--log-format", "json", "run", "--bundle", bundle.Directory, bundle.Name);
        Assert.Equal((0, "out\n"), (outcome.ExitCode, outcome.Output));
        Assert.All(outcome.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.Equal("debug", (string?)JsonNode.Parse(line)!["level"]));
    }

    [Fact]
    public void A_failure_has_its_error_behind_what_led_to_it()
    {
        using var bundle = new Bundle().WithProcess("""{"args":["no-such-program"]}""").Write();
        string log = Path.Combine(bundle.Directory, "log");
        bundle.Rideau("--debug", "--log", log, "--log-format", "json", "run", "--bundle", bundle.Directory, bundle.Name);
        JsonNode[] lines = [.. File.ReadLines(log).Select(line => JsonNode.Parse(line)!)];
        Assert.Equal("error", (string?)lines.Last(line => (string?)line["level"] != "debug")["level"]);
        Assert.Contains(lines, line => (string?)line["level"] == "debug");
    }

    [Fact]
    public void Nothing_is_logged_without_it()
    {
        using var bundle = new Bundle("true").Write();
        string log = Path.Combine(bundle.Directory, "log");
        Outcome outcome = bundle.Rideau("--log", log, "run", "--bundle", bundle.Directory, bundle.Name);
        Assert.Equal((0, "", ""), (outcome.ExitCode, outcome.Output, outcome.Error));
        Assert.Equal("", File.ReadAllText(log));
    }

    private static string Debugged(Bundle bundle, string log, params string[] words)
    {
        Outcome outcome = bundle.Rideau(["--debug", "--log", log, "--log-format", "json", .. words]);
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        return outcome.Error;
    }

    private static void InOrder(string log, params string[] parts)
    {
        string[] messages = [.. File.ReadLines(log).Select(line => (string)JsonNode.Parse(line)!["msg"]!)];
        int at = 0;
        foreach (string part in parts)
        {
            while (at < messages.Length && !messages[at].Contains(part, StringComparison.Ordinal))
            {
                at++;
            }

            Assert.True(at < messages.Length, $"\"{part}\" does not come, or not in its place, in:\n{string.Join('\n', messages)}");
        }
    }
}
