using System;
using System.IO;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests.Security;

/// <summary>No descriptor of the runtime leads a container out: CVE-2024-21626 in its variants, CVE-2016-9962, CVE-2016-8649.</summary>
public sealed class DescriptorTests
{
    private const string Up = "/../../../../../../../../../../..";
    private const int Last = 24;

    [Theory]
    [InlineData("")]
    [InlineData("/..")]
    [InlineData(Up)]
    public void No_descriptor_serves_as_a_working_directory_of_run(string behind)
    {
        using var bundle = new Bundle();
        string mark = Mark(bundle);
        bundle.Command($"test -e .{mark} && echo escaped; test -e ..{mark} && echo escaped; readlink /proc/self/cwd; test -e .{Up}{mark} && echo escaped");
        for (int number = 0; number <= Last; number++)
        {
            bundle.Process["cwd"] = $"/proc/self/fd/{number}{behind}";
            IsInside(bundle.Run());
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData(Up)]
    public void No_descriptor_serves_as_a_working_directory_of_exec(string behind)
    {
        using Bundle bundle = new Bundle("exec sleep 100").Started();
        string mark = Mark(bundle);
        for (int number = 0; number <= Last; number++)
        {
            IsInside(bundle.Rideau("exec", "--cwd", $"/proc/self/fd/{number}{behind}", bundle.Name, "/bin/sh", "-c", $"test -e .{Up}{mark} && echo escaped; readlink /proc/self/cwd"));
        }
    }

    [Fact]
    public void A_link_in_the_image_to_a_descriptor_is_no_working_directory()
    {
        using var bundle = new Bundle();
        string mark = Mark(bundle);
        string link = Path.Combine(bundle.RootFilesystem, "work");
        bundle.WithProcess("""{"cwd":"/work"}""").Command($"test -e .{Up}{mark} && echo escaped; readlink /proc/self/cwd");
        for (int number = 3; number <= Last; number++)
        {
            File.Delete(link);
            File.CreateSymbolicLink(link, $"/proc/self/fd/{number}");
            IsInside(bundle.Run());
        }
    }

    // The third attack of the advisory: a program of the machine, executed inside, could be written by its own /proc/self/exe.
    [Theory]
    [InlineData("rprivate")]
    [InlineData("rshared")]
    public void No_descriptor_leads_run_to_a_program_of_the_machine(string propagation)
    {
        using Bundle bundle = new Bundle().WithLinux($$"""{"rootfsPropagation":"{{propagation}}"}""");
        string program = MachineProgram(bundle);
        for (int number = 3; number <= Last; number++)
        {
            bundle.WithProcess($$"""{"args":["/proc/self/fd/{{number}}{{Up}}{{program}}","escaped"]}""");
            Outcome outcome = bundle.Run();
            Assert.True(outcome.ExitCode != 0 && outcome.Output.Length == 0, $"{number}: {outcome}");
        }
    }

    [Fact]
    public void No_descriptor_leads_exec_to_a_program_of_the_machine()
    {
        using Bundle bundle = new Bundle("exec sleep 100").Started();
        string program = MachineProgram(bundle);
        for (int number = 3; number <= Last; number++)
        {
            Outcome outcome = bundle.Exec($"/proc/self/fd/{number}{Up}{program}", "escaped");
            Assert.True(outcome.ExitCode != 0 && outcome.Output.Length == 0, $"{number}: {outcome}");
        }
    }

    [Theory]
    [InlineData("path")]
    [InlineData("link")]
    [InlineData("script")]
    public void Neither_a_search_nor_a_link_nor_a_script_leads_to_a_program_of_the_machine(string way)
    {
        using var bundle = new Bundle();
        string program = MachineProgram(bundle);
        string entry = Path.Combine(bundle.RootFilesystem, "entry");
        for (int number = 3; number <= Last; number++)
        {
            string place = $"/proc/self/fd/{number}{Up}";
            File.Delete(entry);
            switch (way)
            {
                case "path":
                    bundle.WithProcess($$"""{"args":["echo","escaped"],"env":["PATH={{place}}{{Path.GetDirectoryName(program)}}"]}""");
                    break;
                case "link":
                    File.CreateSymbolicLink(entry, place + program);
                    bundle.WithProcess("""{"args":["/entry","escaped"]}""");
                    break;
                default:
                    File.WriteAllText(entry, $"#!{place}{program}\n");
                    RideauProgram.Shell($"chmod 755 '{entry}'");
                    bundle.WithProcess("""{"args":["/entry"]}""");
                    break;
            }

            Outcome outcome = bundle.Run();
            Assert.True(outcome.ExitCode != 0 && outcome.Output.Length == 0, $"{number}: {outcome}");
        }
    }

    // With CAP_SYS_PTRACE the descriptors of a process on its way in can be opened; there must be none that leads out.
    [Theory]
    [InlineData("CAP_SYS_PTRACE", "opened yes")]
    [InlineData("CAP_SYS_CHROOT", "denied yes")]
    public void A_container_that_looks_through_the_descriptors_of_exec_finds_no_way_out(string capability, string expected)
    {
        using var bundle = new Bundle();
        string mark = Mark(bundle);
        bundle.Command($"exec attack fds 1500 {mark} >/tmp/found").WithAttacker().WithCapabilities(capability).Started();
        for (int i = 0; i < 400 && !bundle.HasFinding("/tmp/found"); i++)
        {
            bundle.Exec("/bin/true");
        }

        Assert.Contains(expected, bundle.Finding("/tmp/found"), StringComparison.Ordinal);
        Assert.EndsWith(" escaped 0", bundle.Finding("/tmp/found"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_container_cannot_trace_what_comes_in_by_exec()
    {
        using Bundle bundle = new Bundle("exec attack trace 1000 >/tmp/found").WithAttacker().Started();
        for (int i = 0; i < 400 && !bundle.HasFinding("/tmp/found"); i++)
        {
            bundle.Exec("/bin/true");
        }

        // What has become a program of the container may be traced by it: not before.
        Assert.Equal("attached 0 denied yes", bundle.Finding("/tmp/found"));
    }

    private static void IsInside(Outcome outcome)
    {
        Assert.DoesNotContain("escaped", outcome.Output, StringComparison.Ordinal);
        Assert.True(outcome.ExitCode != 0 || outcome.Output.StartsWith('/'), outcome.ToString());
        Assert.DoesNotContain("unreachable", outcome.Output, StringComparison.Ordinal);
    }

    private static string Mark(Bundle bundle)
    {
        string mark = Path.Combine(bundle.Directory, "mark");
        File.WriteAllText(mark, "");
        return mark;
    }

    private static string MachineProgram(Bundle bundle)
    {
        string program = Path.Combine(bundle.Directory, "echo");
        File.Copy("/bin/busybox", program);
        return program;
    }
}
