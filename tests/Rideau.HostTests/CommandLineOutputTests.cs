using System;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests;

/// <summary>What commands print, in the shape that runc 1.5.1 gives it.</summary>
public sealed class CommandLineOutputTests
{
    private static readonly string[] StateKeys = ["ociVersion", "id", "pid", "status", "bundle", "rootfs", "created", "owner"];

    [Fact]
    public void State_has_runcs_fields_in_their_order()
    {
        using var bundle = Running();
        string text = bundle.Rideau("state", bundle.Name).Output;
        JsonObject state = JsonNode.Parse(text)!.AsObject();
        Assert.Equal(StateKeys, state.Select(pair => pair.Key));
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$", (string?)state["created"]);
        Assert.Equal(bundle.RootFilesystem, (string?)state["rootfs"]);
        Assert.StartsWith("{\n  \"ociVersion\": \"1.", text, StringComparison.Ordinal);
    }

    [Fact]
    public void State_has_the_annotations()
    {
        using var bundle = new Bundle("sleep 100").With(configuration => configuration["annotations"] = new JsonObject { ["org.example.one"] = "1" });
        Assert.Equal(0, bundle.Run("--detach").ExitCode);
        Assert.Equal("1", (string?)bundle.State()["annotations"]!["org.example.one"]);
    }

    [Fact]
    public void List_is_a_table_with_runcs_columns()
    {
        using var bundle = Running();
        string[] lines = bundle.Rideau("list").Output.Split('\n');
        Assert.Matches("^ID +PID +STATUS +BUNDLE +CREATED +OWNER$", lines[0]);
        Assert.Matches($"^{Regex.Escape(bundle.Name)} +{(int)bundle.State()["pid"]!} +running +{Regex.Escape(bundle.Directory)} +\\S+Z +root$", lines[1]);
        Assert.Equal(["", ""], [lines[2], string.Concat(lines[3..])]);
        Assert.Equal(lines[0].IndexOf("BUNDLE", StringComparison.Ordinal), lines[1].IndexOf(bundle.Directory, StringComparison.Ordinal));
        Assert.Equal(bundle.Name + "\n", bundle.Rideau("list", "-q").Output);
    }

    [Fact]
    public void List_as_json_is_one_line_with_the_owner_and_null_when_empty()
    {
        using var bundle = new Bundle("sleep 100");
        Directory.CreateDirectory(bundle.Root);
        Assert.Equal("null\n", bundle.Rideau("list", "-f", "json").Output);
        Assert.Equal("ID          PID         STATUS      BUNDLE      CREATED     OWNER\n", bundle.Rideau("list").Output);
        Assert.Equal(0, bundle.Run("--detach").ExitCode);
        string text = bundle.Rideau("list", "-f", "json").Output;
        Assert.Equal(text.Length - 1, text.IndexOf('\n', StringComparison.Ordinal));
        JsonObject one = JsonNode.Parse(text)!.AsArray().Single()!.AsObject();
        Assert.Equal(StateKeys, one.Select(pair => pair.Key));
        Assert.Equal("root", (string?)one["owner"]);
    }

    [Fact]
    public void A_stopped_container_has_no_pid()
    {
        using var bundle = new Bundle("true");
        Assert.Equal(0, bundle.Run("--detach").ExitCode);
        Assert.True(bundle.WaitForStatus("stopped"));
        Assert.Equal(0, (int)bundle.State()["pid"]!);
        Assert.Matches($"^{Regex.Escape(bundle.Name)} +0 +stopped ", bundle.Rideau("list").Output.Split('\n')[1]);
    }

    [Fact]
    public void Ps_keeps_the_containers_lines_of_the_machines_ps()
    {
        using var bundle = new Bundle("sleep 99 & sleep 98 & exec sleep 100");
        Assert.Equal(0, bundle.Run("--detach").ExitCode);
        Assert.True(SpinUntil(() => JsonNode.Parse(bundle.Rideau("ps", "-f", "json", bundle.Name).Output)!.AsArray().Count == 3));
        int[] pids = [.. JsonNode.Parse(bundle.Rideau("ps", "--format", "json", bundle.Name).Output)!.AsArray().GetValues<int>()];
        string[] lines = bundle.Rideau("ps", bundle.Name).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Matches("^UID +PID +PPID ", lines[0]);
        Assert.Equal(pids.Order(), lines[1..].Select(line => int.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], System.Globalization.CultureInfo.InvariantCulture)).Order());
        Outcome without = RideauProgram.Shell($"PATH=/nowhere {RideauProgram.Path} --root {bundle.Root} ps {bundle.Name}");
        Assert.Equal(4, without.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Matches("^UID +PID +PPID +STATE +CMD\n", without.Output);
        Outcome refused = RideauProgram.Shell($"PATH=/nowhere {RideauProgram.Path} --root {bundle.Root} ps {bundle.Name} -ef");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("executable file not found in $PATH", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Ps_passes_options_on()
    {
        if (RideauProgram.Shell("command -v ps").ExitCode != 0)
        {
            return;
        }

        using var bundle = Running();
        bundle.InitAs("sleep");
        Assert.Matches("^ *PID COMMAND\n *\\d+ sleep\n$", bundle.Rideau("ps", bundle.Name, "-o", "pid,comm").Output);
        Outcome refused = bundle.Rideau("ps", bundle.Name, "-o", "comm");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("couldn't find PID field in ps output", refused.Error, StringComparison.Ordinal);
        Assert.Equal(1, bundle.Rideau("ps", bundle.Name, "--no-such-option").ExitCode);
    }

    [Fact]
    public void Features_has_every_field_of_the_specification()
    {
        JsonObject features = JsonNode.Parse(RideauProgram.Execute(RideauProgram.Path, ["features"]).Output)!.AsObject();
        Assert.Equal(["ociVersionMin", "ociVersionMax", "hooks", "mountOptions", "linux", "annotations", "potentiallyUnsafeConfigAnnotations"], features.Select(pair => pair.Key));
        Assert.Equal(["namespaces", "capabilities", "cgroup", "seccomp", "apparmor", "selinux", "intelRdt", "memoryPolicy", "mountExtensions", "netDevices"], features["linux"]!.AsObject().Select(pair => pair.Key));
        Assert.Equal(["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"], features["hooks"]!.AsArray().GetValues<string>());
        Assert.True((bool)features["linux"]!["netDevices"]!["enabled"]!);
        Assert.Contains("MPOL_BIND", features["linux"]!["memoryPolicy"]!["modes"]!.AsArray().GetValues<string>());
        Assert.Contains("rro", features["mountOptions"]!.AsArray().GetValues<string>());
    }

    [Fact]
    public void Version_has_three_lines_as_engines_parse_them() =>
        Assert.Matches("^rideau version \\d+\\.\\d+\\.\\d+\\S*\ncommit: \\S+\nspec: 1\\.\\d+\\.\\d+\n$", RideauProgram.Execute(RideauProgram.Path, ["--version"]).Output);

    [Fact]
    public void Spec_writes_a_configuration_that_runs_and_replaces_none()
    {
        using var bundle = new Bundle();
        string directory = bundle.Directory;
        Outcome written = RideauProgram.Execute(RideauProgram.Path, ["spec", "--bundle", directory]);
        Assert.Equal((0, "", ""), (written.ExitCode, written.Output, written.Error));
        string text = File.ReadAllText(Path.Combine(directory, "config.json"));
        Assert.StartsWith("{\n\t\"ociVersion\": \"1.", text, StringComparison.Ordinal);
        Outcome again = RideauProgram.Execute(RideauProgram.Path, ["spec"], directory: directory);
        Assert.Equal(1, again.ExitCode);
        Assert.Contains("File config.json exists. Remove it first", again.Error, StringComparison.Ordinal);
        Assert.Equal(["ociVersion", "process", "root", "hostname", "mounts", "linux"], JsonNode.Parse(text)!.AsObject().Select(pair => pair.Key));
        File.WriteAllText(Path.Combine(directory, "config.json"), text.Replace("\"terminal\": true", "\"terminal\": false", StringComparison.Ordinal).Replace("\"sh\"", "\"hostname\"", StringComparison.Ordinal));
        Outcome run = RideauProgram.Execute(RideauProgram.Path, ["--root", bundle.Root, "run", "--bundle", directory, bundle.Name]);
        Assert.Equal((0, "rideau\n", ""), (run.ExitCode, run.Output, run.Error));
    }

    [Fact]
    public void The_state_directory_below_the_users_runtime_directory_has_the_sticky_bit()
    {
        using var bundle = new Bundle("true");
        bundle.Write();
        string runtime = Path.Combine(bundle.Directory, "runtime");
        Outcome outcome = RideauProgram.Shell($"mkdir {runtime}; export XDG_RUNTIME_DIR={runtime}; {RideauProgram.Path} --root {runtime}/rideau run --bundle {bundle.Directory} {bundle.Name} && stat -c %a {runtime}/rideau");
        Assert.True(outcome.Output == "1700\n", outcome.ToString());
        Assert.Equal(0, bundle.Run().ExitCode);
        Assert.Equal("700\n", RideauProgram.Shell($"stat -c %a {bundle.Root}").Output);
    }

    private static Bundle Running()
    {
        var bundle = new Bundle("exec sleep 100");
        Assert.Equal(0, bundle.Run("--detach").ExitCode);
        return bundle;
    }

    private static bool SpinUntil(Func<bool> condition)
    {
        for (int i = 0; i < 100; i++)
        {
            if (condition())
            {
                return true;
            }

            System.Threading.Thread.Sleep(50);
        }

        return false;
    }
}
