using System;
using System.IO;
using System.Linq;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests;

/// <summary>./install PREFIX and --uninstall; what is installed works from there.</summary>
public sealed class InstallScriptTests
{
    private static readonly string s_install = Path.Combine(SourceTree.Root, "install");

    [Fact]
    public void What_is_installed_below_a_prefix_works_and_goes_again()
    {
        using var bundle = new Bundle("echo from-prefix");
        string prefix = Path.Combine(bundle.Directory, "prefix");
        Outcome installed = RideauProgram.Execute(s_install, [prefix]);
        Assert.True(installed.ExitCode == 0, installed.ToString());
        Assert.Contains($"note: {prefix}/bin is not on PATH", installed.Output, StringComparison.Ordinal);
        bundle.Write();
        Outcome run = RideauProgram.Execute(Path.Combine(prefix, "bin", "rideau"), ["--root", bundle.Root, "run", "--bundle", bundle.Directory, bundle.Name]);
        Assert.Equal((0, "from-prefix\n"), (run.ExitCode, run.Output));
        // Every command has its page, and the completion knows them.
        string[] pages = [.. Directory.GetFiles(Path.Combine(prefix, "share", "man", "man1")).Select(file => Path.GetFileName(file))];
        Assert.Superset(new[] { "rideau.1", "rideau-run.1", "rideau-exec.1", "rideau-delete.1" }.ToHashSet(), pages.ToHashSet());
        string completed = RideauProgram.Execute("/bin/bash", ["-c", $"PATH={prefix}/bin:$PATH; . {prefix}/share/bash-completion/completions/rideau; COMP_WORDS=(rideau dele); COMP_CWORD=1; COMP_LINE='rideau dele'; COMP_POINT=11; f=$(complete -p rideau | sed 's/.*-F \\([^ ]*\\).*/\\1/'); $f rideau dele rideau; echo \"${{COMPREPLY[*]}}\""]).Output;
        Assert.Equal("delete", completed.Trim());
        // A file of somebody else's stays.
        File.WriteAllText(Path.Combine(prefix, "bin", "other"), "");
        Outcome removed = RideauProgram.Execute(s_install, ["--uninstall", prefix]);
        Assert.True(removed.ExitCode == 0, removed.ToString());
        Assert.Equal([Path.Combine(prefix, "bin", "other")], Directory.GetFiles(prefix, "*", SearchOption.AllDirectories));
        Outcome again = RideauProgram.Execute(s_install, ["--uninstall", prefix]);
        Assert.Equal((0, $"there is no rideau below {prefix}\n"), (again.ExitCode, again.Output));
    }

    [Fact]
    public void A_relative_prefix_is_below_the_callers_directory()
    {
        using var bundle = new Bundle();
        Outcome outcome = RideauProgram.Execute(s_install, ["here"], directory: bundle.Directory);
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        Assert.True(File.Exists(Path.Combine(bundle.Directory, "here", "bin", "rideau")));
    }

    [Fact]
    public void A_prefix_that_may_not_be_written_is_an_error_that_says_what_to_do()
    {
        using var bundle = new Bundle();
        Outcome outcome = RideauProgram.Shell($"exec setpriv --reuid=48484 --regid=48484 --clear-groups env HOME={bundle.Directory} '{s_install}' '{bundle.Directory}/prefix'");
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("be root, or name a PREFIX of your own", outcome.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--what", "unknown option --what")]
    [InlineData("a b", "one PREFIX, not two")]
    public void Wrong_words_are_refused(string words, string error)
    {
        Outcome outcome = RideauProgram.Shell($"'{s_install}' {words}");
        Assert.Equal(2, outcome.ExitCode);
        Assert.Contains(error, outcome.Error, StringComparison.Ordinal);
    }
}
