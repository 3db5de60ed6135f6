using System.Collections.Generic;
using System.IO;
using System.Linq;
using Rideau.HostTests.Harness;
using Rideau.Runtime.Cgroups;
using Xunit;

namespace Rideau.HostTests.Cgroups;

/// <summary>Looks at a container's groups from outside, in the kernel's own files.</summary>
internal static class Groups
{
    public static CgroupLayout Layout { get; } = CgroupLayout.Detect();

    public static IEnumerable<CgroupHierarchy> Hierarchies => Layout.Unified is null ? Layout.Version1 : Layout.Version1.Append(Layout.Unified);

    public static bool IsVersion1(string controller) => Layout.FindVersion1(controller) is not null;

    /// <summary>The directory of a path in the hierarchy that has the controller; the test is skipped without it.</summary>
    public static string Directory(string controller, string path)
    {
        if (Layout.FindVersion1(controller) is { } version1)
        {
            return version1.MountPoint + path;
        }

        Assert.SkipUnless(
            Layout.Unified is { } unified && File.ReadAllText(unified.MountPoint + "/cgroup.controllers").Split().Contains(controller),
            $"needs the {controller} controller, which no hierarchy of this machine has");
        return Layout.Unified!.MountPoint + path;
    }

    public static string PathOf(Bundle bundle) => (string)bundle.Linux["cgroupsPath"]!;

    /// <summary>What a file of the container's group says.</summary>
    public static string Read(Bundle bundle, string controller, string file) =>
        File.ReadAllText(Path.Combine(Directory(controller, PathOf(bundle)), file)).TrimEnd('\n');

    /// <summary>The directories of a path that exist, in any hierarchy.</summary>
    public static string[] Existing(string path) => [.. Hierarchies.Select(hierarchy => hierarchy.MountPoint + path).Where(System.IO.Directory.Exists)];

    /// <summary>The lines of /proc/PID/cgroup.</summary>
    public static string[] OfProcess(int pid) => File.ReadAllLines($"/proc/{pid}/cgroup");
}
