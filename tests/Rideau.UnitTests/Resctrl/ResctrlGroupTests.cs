using System;
using System.IO;
using Rideau.Runtime;
using Rideau.Runtime.Lifecycle;
using Rideau.Runtime.Resctrl;
using Rideau.Runtime.Spec;
using Xunit;

namespace Rideau.UnitTests.Resctrl;

/// <summary>linux.intelRdt on files laid out like resctrl: what is written where. No machine of the tests has the real one.</summary>
public sealed class ResctrlGroupTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("rideau-resctrl").FullName;

    public ResctrlGroupTests()
    {
        File.WriteAllText(Path.Combine(_root, "schemata"), "");
        File.WriteAllText(Path.Combine(_root, "tasks"), "");
        Directory.CreateDirectory(Path.Combine(_root, "info"));
        File.WriteAllText(Path.Combine(_root, "info", "last_cmd_status"), "Invalid mask\n");
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void What_is_asked_is_written_in_the_specifications_order()
    {
        string group = Class("web", "L3:0=ff\nMB:0=50\n");
        Make(new IntelRdt { Schemata = ["L2:0=f", "L2:1=3"], MemBwSchema = "MB:0=20", L3CacheSchema = "L3:0=7f0" }).AddProcess(4711);
        Assert.StartsWith("L3:0=7f0\nMB:0=20\nL2:0=f\nL2:1=3\n", File.ReadAllText(Path.Combine(group, "schemata")), StringComparison.Ordinal);
        Assert.Equal("4711", File.ReadAllText(Path.Combine(group, "tasks")));
    }

    [Fact]
    public void Closid_slash_is_the_default_class()
    {
        Make(new IntelRdt { ClosId = "/" }).AddProcess(12);
        Assert.Equal("12", File.ReadAllText(Path.Combine(_root, "tasks")));
        Assert.Equal("", File.ReadAllText(Path.Combine(_root, "schemata")));
    }

    [Fact]
    public void A_class_without_values_must_be_there()
    {
        ContainerException failure = Assert.Throws<ContainerException>(() => Make(new IntelRdt { ClosId = "gold" }));
        Assert.Contains("there is no class \"gold\"", failure.Message, StringComparison.Ordinal);
        string gold = Class("gold", "L3:0=ff\n");
        Make(new IntelRdt { ClosId = "gold" }).AddProcess(7);
        Assert.Equal(("7", "L3:0=ff\n"), (File.ReadAllText(Path.Combine(gold, "tasks")), File.ReadAllText(Path.Combine(gold, "schemata"))));
    }

    [Theory]
    [InlineData("L3:0=0ff;1=F", null, null)]
    [InlineData("L3:1=f", "MB: 1=70; 0=20", null)]
    [InlineData("L3:0=fe", null, "L3:0=00ff where fe is asked for")]
    [InlineData(null, "MB:0=30", "MB:0=20 where 30 is asked for")]
    [InlineData("L3:2=1", null, "L3:2=nothing where 1 is asked for")]
    [InlineData("L3CODE:0=1", null, "no line L3CODE")]
    public void A_class_that_is_shared_is_compared_and_never_changed_by_what_differs(string? cache, string? bandwidth, string? difference)
    {
        const string there = "    MB:0=20;1=70\n    L3:0=00ff;1=000f\n";
        string gold = Class("gold", there);
        var asked = new IntelRdt { ClosId = "gold", L3CacheSchema = cache, MemBwSchema = bandwidth };
        if (difference is null)
        {
            Make(asked);
            return;
        }

        ContainerException failure = Assert.Throws<ContainerException>(() => Make(asked));
        Assert.Contains($"the class \"gold\" is there, and has {difference}", failure.Message, StringComparison.Ordinal);
        Assert.Equal(there, File.ReadAllText(Path.Combine(gold, "schemata")));
    }

    [Fact]
    public void Only_what_was_made_for_the_container_is_removed()
    {
        string group = Path.Combine(_root, "web");
        var own = new ResctrlGroup("cannot create", _root, "web", new IntelRdt { EnableMonitoring = true });
        Assert.Equal([$"{group}/mon_groups/web", group], own.ToRemove);
        Class("web", "");
        Assert.Equal([$"{group}/mon_groups/web"], new ResctrlGroup("cannot create", _root, "web", new IntelRdt { EnableMonitoring = true }).ToRemove);
        Assert.Equal([$"{_root}/gold/mon_groups/web"], new ResctrlGroup("cannot create", _root, "web", new IntelRdt { ClosId = "gold", L3CacheSchema = "L3:0=1", EnableMonitoring = true }).ToRemove);
        Assert.Empty(new ResctrlGroup("cannot create", _root, "web", new IntelRdt { ClosId = "gold" }).ToRemove);

        // In the real one a new group has mon_groups.
        Directory.CreateDirectory(Path.Combine(group, "mon_groups"));
        Make(new IntelRdt { EnableMonitoring = true });
        Assert.True(Directory.Exists(Path.Combine(group, "mon_groups", "web")));
        ResctrlMount.Remove([$"{group}/mon_groups/web"]);
        ResctrlMount.Remove([$"{group}/mon_groups/web"]);
        Assert.False(Directory.Exists(Path.Combine(group, "mon_groups", "web")));
    }

    [Fact]
    public void A_failure_unmakes_the_class_and_has_the_kernels_own_reason()
    {
        // A new directory has no schemata here, as if the kernel refused.
        ContainerException failure = Assert.Throws<ContainerException>(() => Make(new IntelRdt { L3CacheSchema = "L3:0=5" }));
        Assert.Contains("cannot write \"L3:0=5\"", failure.Message, StringComparison.Ordinal);
        Assert.Contains("(the kernel says: Invalid mask)", failure.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(_root, "web")));
    }

    private ResctrlGroup Make(IntelRdt asked)
    {
        using var undo = new UndoStack(Log.None);
        var group = new ResctrlGroup("cannot create container \"web\"", _root, "web", asked);
        group.Make(undo);
        undo.Keep();
        return group;
    }

    private string Class(string name, string schemata)
    {
        string directory = Directory.CreateDirectory(Path.Combine(_root, name)).FullName;
        File.WriteAllText(Path.Combine(directory, "schemata"), schemata);
        File.WriteAllText(Path.Combine(directory, "tasks"), "");
        return directory;
    }
}
