using System;
using System.IO;
using Rideau.Commands;
using Xunit;

namespace Rideau.UnitTests.Commands;

public sealed class SupportedTests
{
    [Fact]
    public void Features_claims_nothing_that_has_only_a_stand_in()
    {
        string file = Path.Combine(SourceTree.Find("src"), "Rideau.Runtime", "Interim", "Interim.cs");
        string standIns = File.Exists(file) ? File.ReadAllText(file) : "";
        Assert.False(Supported.Seccomp && standIns.Contains("class SeccompCompiler", StringComparison.Ordinal));
        Assert.False(Supported.Cgroups && standIns.Contains("class ContainerCgroup", StringComparison.Ordinal));
        Assert.False(Supported.Hooks && standIns.Contains("class HookRunner", StringComparison.Ordinal));
    }
}
