using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests.RealSystem;

/// <summary>The examples of README, taken from the file; CommandLineExamplesTests tries those of docs/commands and --help.</summary>
public sealed class DocumentationExamplesTests
{
    // What is no part of the README's session, and where it is tried. A line that is in neither fails.
    private static readonly Dictionary<string, string> s_elsewhere = new()
    {
        ["./run"] = nameof(RunScriptTests),
        ["./run -- CMD ARG..."] = nameof(RunScriptTests),
        ["./build"] = nameof(RunScriptTests),
        ["./install [PREFIX]"] = nameof(InstallScriptTests),
        ["./test"] = "this run",
        ["./test --only NAME"] = "it would run this again",
        ["$ rideau start nope"] = nameof(The_error_in_the_README_is_what_is_printed),
        ["""rideau: cannot find container "nope": container does not exist"""] = nameof(The_error_in_the_README_is_what_is_printed),
        ["""hint: "rideau list" shows what there is below this --root"""] = nameof(The_error_in_the_README_is_what_is_printed),
    };

    private static readonly string[] s_commandsOfTheSession = ["rideau ", "mkdir ", "sed "];

    // Names of namespaces have tests of their own.
    private static readonly string[] s_namespaces = ["rideau ns ", "nsenter "];

    [Theory]
    [InlineData("README.md")]
    [InlineData("CONTRIBUTING.md")]
    public void Every_example_is_tried_somewhere(string page) =>
        Assert.All(Examples(page), example => Assert.True(s_elsewhere.ContainsKey(example) || IsOfTheSession(example) || Begins(example, s_namespaces), $"{page}: nobody tries \"{example}\""));

    [Fact]
    public void The_session_in_the_README_works()
    {
        string[] lines = [.. Examples("README.md").Where(IsOfTheSession)];
        Assert.True(lines.Length > 10);
        using var bundle = new Bundle();
        string directory = bundle.Directory;
        // mmdebstrap is asked for what has been made before by itself.
        RideauProgram.Shell($"""
            mkdir -p '{directory}/path' '{bundle.Root}'
            printf '#!/bin/sh\nexec "{RideauProgram.Path}" --root "{bundle.Root}" "$@"\n' >'{directory}/path/rideau'
            printf '#!/bin/sh\nset -e\n[ "$1 $2" = "--variant=apt bookworm" ]\ntar --numeric-owner --exclude="./dev/*" -xpf "{DebianSystem.Archive}" -C "$3"\n' >'{directory}/path/mmdebstrap'
            chmod 755 '{directory}/path/rideau' '{directory}/path/mmdebstrap'
            """);
        File.WriteAllText(Path.Combine(directory, "session"), $"set -ex\nPATH={directory}/path:$PATH\ncd '{directory}'\n{string.Join('\n', lines)}\necho \"session: done\"\n");
        File.WriteAllText(Path.Combine(directory, "mounts.json"), """[{"destination":"/mnt","type":"tmpfs","source":"tmpfs"}]""");
        // Two of the commands open a shell.
        Outcome outcome = RideauProgram.Shell($"while sleep 0.2 && echo exit 2>/dev/null; do :; done | script -qec 'bash {directory}/session' /dev/null", 120);
        bundle.Rideau("delete", "--force", "web");
        Assert.True(outcome.ExitCode == 0 && outcome.Output.Contains("session: done", StringComparison.Ordinal) && !outcome.Output.Contains("rideau: ", StringComparison.Ordinal), outcome.ToString());
    }

    [Fact]
    public void The_error_in_the_README_is_what_is_printed()
    {
        string[] lines = [.. Examples("README.md").SkipWhile(line => !line.StartsWith('$')).Take(3)];
        using var bundle = new Bundle();
        Outcome outcome = bundle.Rideau([.. lines[0].Split(' ')[2..]]);
        Assert.Equal($"{lines[1]}\n  {lines[2]}\n", outcome.Error);
    }

    private static bool IsOfTheSession(string example) => !s_elsewhere.ContainsKey(example) && Begins(example, s_commandsOfTheSession) && !Begins(example, s_namespaces);

    private static bool Begins(string example, string[] words) => words.Any(word => example.StartsWith(word, StringComparison.Ordinal));

    // Indented or fenced lines without their comment; those of a list are no examples.
    private static IEnumerable<string> Examples(string page)
    {
        bool fenced = false;
        string previous = "";
        bool inBlock = false;
        foreach (string line in File.ReadLines(Path.Combine(SourceTree.Root, page)))
        {
            if (line.StartsWith("```", StringComparison.Ordinal))
            {
                fenced = !fenced;
            }
            else if (line.StartsWith("    ", StringComparison.Ordinal) && (inBlock || previous.Length == 0))
            {
                inBlock = true;
                yield return WithoutComment(line);
            }
            else if (fenced)
            {
                yield return WithoutComment(line);
            }
            else
            {
                inBlock = false;
            }

            previous = line.Trim();
        }
    }

    private static string WithoutComment(string line)
    {
        string text = line.Trim();
        int comment = text.IndexOf("  #", StringComparison.Ordinal);
        // The table of CONTRIBUTING has its words behind spaces.
        int words = text.StartsWith("./", StringComparison.Ordinal) ? text.IndexOf("   ", StringComparison.Ordinal) : -1;
        return (comment > 0 ? text[..comment] : words > 0 ? text[..words] : text).TrimEnd();
    }
}
