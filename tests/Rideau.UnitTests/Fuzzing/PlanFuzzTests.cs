using System;
using System.Collections.Generic;
using System.IO;
using CsCheck;
using Rideau.Output;
using Rideau.Runtime;
using Rideau.Runtime.Lifecycle;
using Rideau.Runtime.Spec;
using Rideau.UnitTests.Plan;
using Rideau.UnitTests.Spec;
using Xunit;

namespace Rideau.UnitTests.Fuzzing;

/// <summary>A configuration on its whole way to a plan: read, checked, planned and put in words, or refused.</summary>
public sealed class PlanFuzzTests : IDisposable
{
    private readonly PaperMachine _machine = new() { HasAppArmor = true, HasSelinux = true };
    private readonly PaperMachine _older = new() { IsHybrid = true, Uid = 1000 };

    [Fact]
    public void Whatever_is_done_to_a_configuration_it_is_planned_or_refused()
    {
        List<byte[]> files = [];
        foreach (string path in ConfigurationFixtures.All())
        {
            files.Add(File.ReadAllBytes(path));
        }

        foreach (string path in Directory.GetFiles(SourceTree.Find("tests/fixtures/plans"), "config.json", SearchOption.AllDirectories))
        {
            files.Add(File.ReadAllBytes(path));
        }

        Fuzz.Mutations(files).Sample(
            bytes => Fuzz.Attempt(() =>
            {
                Configuration configuration = ConfigurationReader.Read(bytes);
                Plan(configuration, bytes.Length % 4 == 0 ? _older : _machine);
            }),
            iter: Fuzz.Inputs(400, 30_000),
            threads: 1);
    }

    [Fact]
    public void A_random_configuration_is_planned_or_refused() =>
        RandomConfiguration.Generator.Sample(configuration => Fuzz.Attempt(() => Plan(configuration, _machine)), iter: Fuzz.Inputs(200, 30_000), threads: 1);

    public void Dispose()
    {
        _machine.Dispose();
        _older.Dispose();
    }

    private static void Plan(Configuration configuration, PaperMachine machine)
    {
        var options = new CreateOptions { Id = "web", Bundle = "/srv/web", Configuration = configuration };
        Explanation explanation = Explain.Execute(new RuntimeContext { Root = "/run/rideau", Log = Log.None }, options, machine);
        Assert.NotEmpty(ExplanationText.Json(explanation));
    }
}
