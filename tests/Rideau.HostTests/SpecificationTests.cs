using System;
using System.IO;
using System.Text.Json.Nodes;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests;

/// <summary>Requirements of the runtime specification that are no part of one feature: docs/conformance.md names them.</summary>
public sealed class SpecificationTests
{
    [Fact]
    public void Unknown_properties_are_ignored_wherever_they_stand()
    {
        using var bundle = new Bundle("echo ran").With("""{"odd":{"deep":[1,{"er":null}]},"annotations":{"org.odd.unknown":"","x":"y"},"root":{"odd":1},"process":{"odd":[],"user":{"odd":"x"}},"linux":{"odd":3,"resources":{"odd":{}}}}""");
        Assert.Equal("ran", bundle.Says());
    }

    [Theory]
    [InlineData("""{"vm":{"kernel":{"path":"/kernel"}}}""", "vm: a section for another platform than Linux")]
    [InlineData("""{"windows":{}}""", "windows: a section for another platform than Linux")]
    [InlineData("""{"annotations":{"":"x"}}""", "annotations[\"\"]: the key is empty")]
    [InlineData("""{"annotations":{"a":1}}""", "annotations.a: expected a string, found a number")]
    [InlineData("""{"ociVersion":"2.0.0"}""", "ociVersion: version 2.0.0 of the specification is not supported")]
    [InlineData("""{"linux":{"maskedPaths":["proc/kcore"]}}""", "linux.maskedPaths[0]: \"proc/kcore\" is not an absolute path")]
    [InlineData("""{"linux":{"intelRdt":{"closID":"x"}}}""", "linux.intelRdt: no resctrl file system is mounted at /sys/fs/resctrl")]
    public void What_cannot_be_applied_is_an_error_and_no_container_is_made(string patch, string words)
    {
        using var bundle = new Bundle("true").With(patch);
        Outcome outcome = bundle.Create();
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains(words, outcome.Error.Replace("\\\"", "\"", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(bundle.Root, bundle.Name)));
    }

    [Fact]
    public void Changes_of_the_configuration_after_create_have_no_effect()
    {
        using var bundle = new Bundle("hostname; cat /tmp/hook 2>/dev/null || echo none");
        Assert.Equal(0, bundle.Create().ExitCode);
        string path = Path.Combine(bundle.Directory, "config.json");
        JsonObject changed = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        changed["hostname"] = "changed";
        changed["process"]!["args"] = new JsonArray("/bin/echo", "changed");
        changed["hooks"] = JsonNode.Parse($$"""{"poststart":[{"path":"/bin/sh","args":["sh","-c","echo hook >'{{bundle.RootFilesystem}}/tmp/hook'"]}]}""");
        File.WriteAllText(path, changed.ToJsonString());
        Assert.Equal(0, bundle.Start().ExitCode);
        Assert.True(bundle.WaitForStatus("stopped"));
        Assert.Equal("rideau\nnone\n", bundle.CreatedOutput);
        File.Delete(path);
        Assert.Equal(0, bundle.Delete(force: false).ExitCode);
    }

    [Fact]
    public void An_operation_in_the_wrong_state_is_an_error_and_changes_nothing()
    {
        using var bundle = new Bundle("sleep 100");
        Assert.Equal(0, bundle.Create().ExitCode);
        Assert.Equal(0, bundle.Start().ExitCode);
        int pid = (int)bundle.State()["pid"]!;
        Assert.Equal(1, bundle.Start().ExitCode);
        Assert.Equal(1, bundle.Delete(force: false).ExitCode);
        Assert.Equal(1, bundle.Rideau("create", "--bundle", bundle.Directory, bundle.Name).ExitCode);
        Assert.Equal(("running", pid), ((string)bundle.State()["status"]!, (int)bundle.State()["pid"]!));
        Assert.Equal(0, bundle.Rideau("kill", bundle.Name, "KILL").ExitCode);
        Assert.True(bundle.WaitForStatus("stopped"));
        Assert.Equal(1, bundle.Rideau("kill", bundle.Name, "TERM").ExitCode);
        Assert.Equal(1, bundle.Start().ExitCode);
        Assert.Equal("stopped", (string)bundle.State()["status"]!);
    }

    [Theory]
    [InlineData("state")]
    [InlineData("create")]
    [InlineData("start")]
    [InlineData("kill")]
    [InlineData("delete")]
    public void An_operation_without_an_id_is_an_error(string verb)
    {
        Outcome outcome = RideauProgram.Execute(RideauProgram.Path, [verb]);
        Assert.NotEqual(0, outcome.ExitCode);
        Assert.NotEqual("", outcome.Error);
    }

    [Fact]
    public void A_size_of_a_console_without_a_terminal_is_ignored()
    {
        using var bundle = new Bundle("test -t 0 || echo no terminal").WithProcess("""{"consoleSize":{"height":11,"width":22}}""");
        Assert.Equal("no terminal", bundle.Says());
    }

    [Fact]
    public void A_relative_destination_begins_at_the_root()
    {
        using var bundle = new Bundle("awk '$5 == \"/tmp/here\" {print \"mounted\"}' /proc/self/mountinfo").Mount("tmp/here", "tmpfs", "tmpfs");
        Assert.Equal("mounted", bundle.Says());
    }

    [Fact]
    public void The_program_does_not_run_before_start()
    {
        using var bundle = new Bundle("touch /tmp/ran");
        Assert.Equal(0, bundle.Create().ExitCode);
        Assert.Equal("created", (string)bundle.State()["status"]!);
        Assert.False(File.Exists(Path.Combine(bundle.RootFilesystem, "tmp", "ran")));
        Assert.Equal(0, bundle.Start().ExitCode);
        Assert.True(bundle.WaitForStatus("stopped"));
        Assert.True(File.Exists(Path.Combine(bundle.RootFilesystem, "tmp", "ran")));
    }

    [Fact]
    public void Delete_leaves_what_the_container_did_not_make()
    {
        using var bundle = new Bundle("true");
        string outside = Path.Combine(bundle.Directory, "outside");
        Directory.CreateDirectory(outside);
        File.WriteAllText(Path.Combine(outside, "file"), "stays");
        bundle.Mount("/tmp", "bind", outside, "rbind");
        Assert.Equal(0, bundle.Run("--keep").ExitCode);
        Assert.Equal(0, bundle.Delete(force: false).ExitCode);
        Assert.Equal("stays", File.ReadAllText(Path.Combine(outside, "file")));
        Assert.True(Directory.Exists(bundle.RootFilesystem));
        Assert.False(Directory.Exists(Path.Combine(bundle.Root, bundle.Name)));
    }

    [Fact]
    public void Features_names_versions_that_are_accepted_and_no_null()
    {
        JsonObject features = JsonNode.Parse(RideauProgram.Execute(RideauProgram.Path, ["features"]).Output)!.AsObject();
        foreach (string name in new[] { "ociVersionMin", "ociVersionMax" })
        {
            using var bundle = new Bundle("echo ran").With($$"""{"ociVersion":"{{(string)features[name]!}}"}""");
            Assert.Equal("ran", bundle.Says());
        }

        Assert.True(Version.Parse((string)features["ociVersionMin"]!) <= Version.Parse((string)features["ociVersionMax"]!));
        Assert.DoesNotContain(":null", features.ToJsonString(), StringComparison.Ordinal);
    }
}
