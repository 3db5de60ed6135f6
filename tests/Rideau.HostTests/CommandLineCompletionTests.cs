using System;
using System.IO;
using System.Linq;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests;

/// <summary>The script for bash in a bash, and the files that install puts somewhere.</summary>
public sealed class CommandLineCompletionTests
{
    [Theory]
    [InlineData("rideau sta", "start state stat")]
    [InlineData("rideau --log-format = j", "json")]
    [InlineData("rideau list --format = ", "table json")]
    [InlineData("rideau --log-format j", "json")]
    [InlineData("rideau exec --user 0 : 0 --deta", "--detach")]
    public void Bash_completes(string words, string expected) => Assert.Equal(expected, Complete(words.Split(' ')));

    [Fact]
    public void Bash_completes_ids_of_containers_below_root()
    {
        using var bundle = new Bundle("sleep 100");
        Assert.Equal(0, bundle.Run("--detach").ExitCode);
        Assert.Equal(bundle.Name, Complete("rideau", "--root", bundle.Root, "state", ""));
        Assert.Equal(bundle.Name, Complete("rideau", "--root", "=", bundle.Root, "kill", bundle.Name[..2]));
        Assert.Equal("", Complete("rideau", "--root", bundle.Root, "state", "no"));
        Assert.Equal("", Complete("rideau", "--root", bundle.Root + "/none", "state", ""));
    }

    [Fact]
    public void Bash_completes_paths()
    {
        using var bundle = new Bundle();
        string directory = bundle.Directory;
        Assert.Equal(bundle.RootFilesystem, Complete("rideau", "run", "--bundle", directory + "/roo"));
        Assert.Equal(bundle.RootFilesystem, Complete("rideau", "run", "--bundle", "=", directory + "/roo"));
    }

    [Fact]
    public void Install_puts_program_pages_and_completions_there_and_uninstall_removes_them()
    {
        using var bundle = new Bundle();
        string root = Path.Combine(bundle.Directory, "dest");
        string script = Path.Combine(SourceTree.Root, "install");
        Outcome installed = RideauProgram.Shell($"DESTDIR='{root}' '{script}' /opt/rideau", limitSeconds: 300);
        Assert.True(installed.ExitCode == 0, installed.ToString());
        string[] files = [.. Directory.GetFiles(root, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(root, file))];
        Assert.Contains("opt/rideau/bin/rideau", files);
        Assert.Contains("opt/rideau/share/man/man1/rideau.1", files);
        Assert.Contains("opt/rideau/share/man/man1/rideau-run.1", files);
        Assert.Contains("opt/rideau/share/bash-completion/completions/rideau", files);
        Assert.Contains("opt/rideau/share/zsh/site-functions/_rideau", files);
        Assert.Contains("opt/rideau/share/fish/vendor_completions.d/rideau.fish", files);
        Assert.Contains("opt/rideau/bin/rideau", installed.Output, StringComparison.Ordinal);
        Assert.Equal(0, RideauProgram.Execute(Path.Combine(root, "opt/rideau/bin/rideau"), ["version"]).ExitCode);
        Outcome removed = RideauProgram.Shell($"DESTDIR='{root}' '{script}' --uninstall /opt/rideau");
        Assert.True(removed.ExitCode == 0, removed.ToString());
        Assert.Empty(Directory.GetFiles(root, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void Manual_pages_have_no_mistake_that_groff_sees()
    {
        using var bundle = new Bundle();
        Assert.Equal(0, RideauProgram.Execute(RideauProgram.Path, ["man", "--all", bundle.Directory]).ExitCode);
        string[] pages = Directory.GetFiles(bundle.Directory, "*.1");
        Assert.True(pages.Length > 15);
        foreach (string page in pages)
        {
            Outcome outcome = RideauProgram.Shell($"command -v groff >/dev/null || exit 0; groff -man -Tutf8 -ww -z '{page}'");
            Assert.True(outcome.ExitCode == 0 && outcome.Error.Length == 0, $"{page}: {outcome}");
        }
    }

    // As readline calls the function: the words as bash splits them.
    private static string Complete(params string[] words)
    {
        string list = string.Join(' ', words.Select(word => $"'{word}'"));
        string directory = Path.GetDirectoryName(RideauProgram.Path)!;
        Outcome outcome = RideauProgram.Execute("/bin/bash", ["-c", $"PATH={directory}:$PATH; . <(rideau completion bash); COMP_WORDS=({list}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); _rideau; echo \"${{COMPREPLY[*]}}\""]);
        Assert.True(outcome.ExitCode == 0 && outcome.Error.Length == 0, outcome.ToString());
        return outcome.Output.TrimEnd('\n');
    }
}
