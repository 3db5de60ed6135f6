using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using Xunit;

namespace Rideau.UnitTests.Architecture;

/// <summary>Who may use whom: ARCHITECTURE.md has the same list.</summary>
public sealed class LayerTests
{
    private static readonly Dictionary<string, string[]> s_allowed = new()
    {
        ["Rideau.Kernel"] = [],
        ["Rideau.Child"] = ["Rideau.Kernel"],
        ["Rideau.Namespaces"] = ["Rideau.Kernel", "Rideau.Child"],
        ["Rideau.Runtime"] = ["Rideau.Kernel", "Rideau.Child", "Rideau.Namespaces"],
        ["Rideau.Manager"] = ["Rideau.Kernel", "Rideau.Runtime"],
    };

    public static TheoryData<string> Layers => new(s_allowed.Keys);

    [Theory]
    [MemberData(nameof(Layers))]
    public void A_layer_uses_only_the_layers_below_it(string layer)
    {
        Assembly assembly = Assembly.LoadFrom(Path.Combine(AppContext.BaseDirectory, layer + ".dll"));
        string[] used = [.. assembly.GetReferencedAssemblies().Select(name => name.Name!).Where(name => name.StartsWith("Rideau", StringComparison.Ordinal))];
        Assert.Empty(used.Except(s_allowed[layer]));
    }

    [Fact]
    public void Every_file_of_the_fenced_places_says_where_it_runs()
    {
        string source = SourceTree.Find("src");
        string[] fenced = [Path.Combine(source, "Rideau.Child", "Inside"), Path.Combine(source, "Rideau.Child", "Before"), Path.Combine(source, "Rideau.Child", "Outside")];
        string[] silent = [.. fenced.SelectMany(folder => Directory.GetFiles(folder, "*.cs"))
            .Where(file => Path.GetFileName(file) is not ("RuntimeExportAttribute.cs" or "Argument.cs" or "NamespaceFlags.cs" or "StepDescription.cs"))
            .Where(file => !File.ReadLines(file).First().StartsWith("// RUNS IN:", StringComparison.Ordinal))];
        Assert.Empty(silent);
    }

    [Fact]
    public void Unsafe_code_is_in_two_projects_only()
    {
        string source = SourceTree.Find("src");
        string[] projects = [.. Directory.GetFiles(source, "*.csproj", SearchOption.AllDirectories)
            .Where(file => File.ReadAllText(file).Contains("<AllowUnsafeBlocks>true", StringComparison.Ordinal))
            .Select(file => Path.GetFileNameWithoutExtension(file)).Order()];
        Assert.Equal(["Rideau.Child", "Rideau.Kernel"], projects);
    }

    [Fact]
    public void Only_ChildProcess_and_the_steps_of_a_child_clone()
    {
        string source = SourceTree.Find("src");
        string[] users = [.. Directory.GetFiles(source, "*.cs", SearchOption.AllDirectories)
            .Where(file => File.ReadAllText(file).Contains("SyscallNumber.clone3,", StringComparison.Ordinal))
            .Select(file => Path.GetFileName(file)).Order()];
        Assert.Equal(["ChildProcess.cs", "ProcessSteps.cs"], users);
    }
}
