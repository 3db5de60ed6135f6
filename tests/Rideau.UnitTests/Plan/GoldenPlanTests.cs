using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using Rideau.Output;
using Rideau.Runtime;
using Rideau.Runtime.Lifecycle;
using Rideau.Runtime.Spec;
using Xunit;

namespace Rideau.UnitTests.Plan;

/// <summary>What "rideau explain" prints for configurations of every kind, word for word but for the steps' numbers: a change of a plan shows in tests/fixtures/plans.</summary>
/// <remarks>
/// A case is a folder there. Its configuration is the config.json in it, or the one of that name in tests/fixtures/configs.
/// To write the plans anew: RIDEAU_UPDATE_PLANS=1 ./test --only GoldenPlan, and read the difference.
/// </remarks>
public sealed partial class GoldenPlanTests
{
    private static readonly string s_folder = SourceTree.Find("tests/fixtures/plans");

    /// <summary>The case, and on what machine it is.</summary>
    public static TheoryData<string, uint, string> Cases => new()
    {
        { "default", 0, "v2" },
        { "default-on-v1", 0, "hybrid" },
        { "docker", 0, "v2 apparmor" },
        { "everything", 0, "hybrid apparmor selinux" },
        { "hooks", 0, "v2" },
        { "host-network", 0, "v2" },
        { "idmapped", 0, "v2" },
        { "joined-namespaces", 0, "v2" },
        { "kubernetes-container", 0, "v2" },
        { "kubernetes-sandbox", 0, "v2" },
        { "minimal", 0, "v2" },
        { "mounts", 0, "v2 selinux" },
        { "podman", 0, "v2" },
        { "rootless", 1000, "v2" },
        { "seccomp", 0, "v2" },
        { "system-container", 0, "v2" },
        { "terminal", 0, "v2" },
        { "time-namespace", 0, "v2" },
        { "user-namespace", 0, "v2" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_plan_is_what_was_agreed(string name, uint uid, string machine)
    {
        string text = Unnumbered(Explained(name, uid, machine));
        string file = Path.Combine(s_folder, name, "plan.txt");
        if (IsUpdate)
        {
            Directory.CreateDirectory(Path.Combine(s_folder, name));
            File.WriteAllText(file, text);
        }

        Assert.True(File.Exists(file), $"{file} is missing: run these tests once with RIDEAU_UPDATE_PLANS=1");
        Assert.True(File.ReadAllText(file) == text, $"{file} differs: {FirstDifference(File.ReadAllLines(file), text.Split('\n'))}; where that is meant, run these tests once with RIDEAU_UPDATE_PLANS=1, and read the difference");
    }

    [Fact]
    public void Every_plan_belongs_to_a_case()
    {
        string[] folders = [.. Directory.GetDirectories(s_folder).Select(folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal)];
        Assert.Equal(folders, Cases.Select(row => row.Data.Item1).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_example_in_the_documentation_is_a_plan()
    {
        string file = SourceTree.Find("docs/explain.md");
        string page = File.ReadAllText(file);
        const string Begin = "<!-- example: tests/fixtures/plans/minimal -->\n```\n";
        int start = page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        int end = page.IndexOf("```", start, StringComparison.Ordinal);
        string plan = Explained("minimal", 0, "v2");
        if (IsUpdate)
        {
            File.WriteAllText(file, page[..start] + plan + page[end..]);
        }

        Assert.True(File.ReadAllText(file)[start..].StartsWith(plan + "```", StringComparison.Ordinal), "docs/explain.md: run these tests once with RIDEAU_UPDATE_PLANS=1");
    }

    private static bool IsUpdate => Environment.GetEnvironmentVariable("RIDEAU_UPDATE_PLANS") == "1";

    private static string Explained(string name, uint uid, string machine)
    {
        using var paper = new PaperMachine
        {
            Uid = uid,
            IsHybrid = machine.Contains("hybrid", StringComparison.Ordinal),
            HasAppArmor = machine.Contains("apparmor", StringComparison.Ordinal),
            HasSelinux = machine.Contains("selinux", StringComparison.Ordinal),
        };
        var options = new CreateOptions { Id = "web", Bundle = "/srv/web", Configuration = ConfigurationReader.Read(ConfigurationOf(name)) };
        return ExplanationText.Text(Explain.Execute(new RuntimeContext { Root = "/run/rideau", Log = Log.None }, options, paper));
    }

    // One step more would change every line behind it: steps have no numbers here, and where one leads is said from where it is.
    private static string Unnumbered(string text) => string.Join('\n', text.Split('\n').Select(line =>
    {
        Match number = StepNumber().Match(line);
        int own = number.Success ? int.Parse(number.Groups[1].Value, CultureInfo.InvariantCulture) : 0;
        line = number.Success ? "    " + line[number.Length..] : AskedBy().Replace(line, "asked by this step");
        return Target().Replace(line, match => $"{match.Groups[1].Value}+{int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture) - own}");
    }));

    [GeneratedRegex(@"^ +(\d+)  ")]
    private static partial Regex StepNumber();

    [GeneratedRegex(@"asked by step \d+$")]
    private static partial Regex AskedBy();

    [GeneratedRegex(@"(go to |jump\()(\d+)")]
    private static partial Regex Target();

    private static byte[] ConfigurationOf(string name)
    {
        string own = Path.Combine(s_folder, name, "config.json");
        return File.ReadAllBytes(File.Exists(own) ? own : Path.Combine(SourceTree.Find("tests/fixtures/configs"), name.Replace("-on-v1", "", StringComparison.Ordinal) + ".json"));
    }

    private static string FirstDifference(string[] agreed, string[] now)
    {
        int line = agreed.Zip(now).TakeWhile(pair => pair.First == pair.Second).Count();
        return $"line {line + 1} was\n{agreed.ElementAtOrDefault(line) ?? "(the end)"}\nand is\n{now.ElementAtOrDefault(line) ?? "(the end)"}\n";
    }
}
