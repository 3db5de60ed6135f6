using System;
using System.IO;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests;

/// <summary>What stands below --root and is not this program's, or is damaged: the others are listed, and nothing of it is touched.</summary>
public sealed class ForeignStateTests
{
    private const string OfRunc = """{"id":"foreign","init_process_pid":1,"init_process_start":7,"created":"2026-01-01T00:00:00Z","config":{"labels":["bundle=/x"]}}""";

    [Theory]
    [InlineData("foreign", OfRunc, "its state is not of this program")]
    [InlineData("foreign", "{}", "its state is not of this program")]
    [InlineData("foreign", "garbage{", "cannot read state.json")]
    [InlineData("foreign", "{\"id\":\"another\",\"bundle\":\"/x\"}", "its state is not of this program")]
    public void It_is_named_and_passed_over(string id, string state, string said)
    {
        using Bundle bundle = new Bundle("exec sleep 100").Started();
        string directory = Directory.CreateDirectory(Path.Combine(bundle.Root, id)).FullName;
        File.WriteAllText(Path.Combine(directory, "state.json"), state);
        Outcome list = bundle.Rideau("list");
        Assert.True(list.ExitCode == 0 && list.Output.Contains(bundle.Name, StringComparison.Ordinal) && !list.Output.Contains("foreign", StringComparison.Ordinal), list.ToString());
        Assert.Contains($"cannot use container \\\"{id}\\\"", list.Error, StringComparison.Ordinal);
        foreach (string[] words in new[] { new[] { "state", id }, ["kill", id, "KILL"], ["delete", "--force", id], ["exec", id, "true"] })
        {
            Outcome outcome = bundle.Rideau(words);
            Assert.True(outcome.ExitCode is 1 or 255 && outcome.Error.Contains(said, StringComparison.Ordinal), outcome.ToString());
        }

        Assert.Equal(state, File.ReadAllText(Path.Combine(directory, "state.json")));
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public void The_root_directory_is_no_root_of_containers()
    {
        Outcome outcome = RideauProgram.Execute(RideauProgram.Path, ["--root", "/", "state", "etc"]);
        Assert.True(outcome.ExitCode == 1 && outcome.Error.Contains("--root must not be \"/\"", StringComparison.Ordinal), outcome.ToString());
    }

    [Fact]
    public void Where_the_caller_may_run_is_not_where_the_container_may()
    {
        using Bundle bundle = new("grep Cpus_allowed_list /proc/self/status; exec sleep 100");
        bundle.Write();
        string all = RideauProgram.Shell("grep Cpus_allowed_list /proc/self/status").Output;
        string own = $"'{RideauProgram.Path}' --root '{bundle.Root}'";
        Outcome outcome = RideauProgram.Shell($"exec 2>/dev/null; taskset 1 {own} run --detach --bundle '{bundle.Directory}' {bundle.Name} </dev/null >'{bundle.Directory}/said'; i=0; while [ ! -s '{bundle.Directory}/said' ] && [ $i -lt 500 ]; do sleep 0.02; i=$((i+1)); done; cat '{bundle.Directory}/said'; taskset 1 {own} exec {bundle.Name} grep Cpus_allowed_list /proc/self/status");
        Assert.Equal(all + all, outcome.Output);
        bundle.Delete();
    }
}
