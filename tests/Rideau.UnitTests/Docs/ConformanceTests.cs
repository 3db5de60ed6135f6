using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using Xunit;

namespace Rideau.UnitTests.Docs;

/// <summary>docs/conformance.md and docs/engines/contract.md name tests that exist, and every requirement of the specification has a test or a reason.</summary>
public sealed partial class ConformanceTests
{
    private static readonly string[] s_lines = File.ReadAllLines(SourceTree.Find("docs/conformance.md"));

    [Theory]
    [InlineData("docs/conformance.md", 100)]
    [InlineData("docs/engines/contract.md", 30)]
    public void Every_test_that_is_named_exists(string file, int atLeast)
    {
        Dictionary<string, string> sources = Directory.EnumerateFiles(SourceTree.Find("tests"), "*Tests.cs", SearchOption.AllDirectories)
            .GroupBy(Path.GetFileNameWithoutExtension)
            .ToDictionary(group => group.Key!, group => string.Concat(group.Select(File.ReadAllText)));
        int named = 0;
        foreach (Match match in File.ReadLines(SourceTree.Find(file)).SelectMany(line => TestName().Matches(line)))
        {
            named++;
            Assert.True(sources.TryGetValue(match.Groups[1].Value, out string? source), $"{match.Value}: no class of that name");
            Assert.True(source.Contains($" {match.Groups[2].Value}(", StringComparison.Ordinal), $"{match.Value}: the class has no such test");
        }

        Assert.InRange(named, atLeast, 10000);
    }

    [Fact]
    public void Every_requirement_has_a_test_or_a_reason()
    {
        List<string[]> rows = [.. s_lines.Where(line => line.StartsWith("| ", StringComparison.Ordinal) && line.Contains("MUST", StringComparison.Ordinal) | line.Contains("SHOULD", StringComparison.Ordinal)).Select(line => line.Trim('|', ' ').Split(" | "))];
        Assert.InRange(rows.Count, 150, 10000);
        foreach (string[] row in rows)
        {
            Assert.True(row.Length == 3, string.Join(" | ", row));
            Assert.True(TestName().IsMatch(row[2]) || (row[2].StartsWith("not applicable: ", StringComparison.Ordinal) | row[2].StartsWith("not held: ", StringComparison.Ordinal) && row[2].Length > 30), string.Join(" | ", row));
        }
    }

    [GeneratedRegex(@"`(\w+Tests)\.(\w+)`")]
    private static partial Regex TestName();
}
