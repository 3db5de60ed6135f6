using System.IO;
using Xunit;

namespace Rideau.HostTests.Harness;

/// <summary>A directory of the machine beside a bundle's root file system, which no container was given.</summary>
public sealed class Victim
{
    private readonly string _before;

    public Victim(Bundle bundle)
    {
        Path = System.IO.Path.Combine(bundle.Directory, "victim");
        Directory.CreateDirectory(System.IO.Path.Combine(Path, "folder"));
        File.WriteAllText(System.IO.Path.Combine(Path, "file"), "the machine's own");
        File.WriteAllText(System.IO.Path.Combine(Path, "ptmx"), "the machine's own");
        _before = Facts();
    }

    public string Path { get; }

    /// <summary>What a link out of the root file system says: up, and down again.</summary>
    public string ByClimbing => "../../../../../../../../../.." + Path;

    public void IsUntouched()
    {
        Assert.Equal(_before, Facts());
        Assert.DoesNotContain(File.ReadLines("/proc/self/mountinfo"), line => line.Contains(Path, System.StringComparison.Ordinal));
    }

    private string Facts() => RideauProgram.Shell($"cd '{Path}' && find . -printf '%p %y %m %U:%G %s %l %C@\\n' | sort; cat file ptmx").Output;
}
