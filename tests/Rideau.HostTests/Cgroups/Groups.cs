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

    /// <summary>Freezes the container as an engine may, past the runtime, or thaws it; waits until it is so.</summary>
    public static void Freeze(Bundle bundle, bool frozen)
    {
        bool version1 = IsVersion1("freezer");
        string group = (version1 ? Layout.FindVersion1("freezer")! : Layout.Unified!).MountPoint + PathOf(bundle);
        string file = group + (version1 ? "/freezer.state" : "/cgroup.freeze");
        string value = version1 ? (frozen ? "FROZEN" : "THAWED") : frozen ? "1" : "0";
        File.WriteAllText(file, value);
        for (int tries = 0; tries < 200; tries++)
        {
            string events = version1 ? "" : File.ReadAllText(group + "/cgroup.events");
            if (version1 ? File.ReadAllText(file).Trim() == value : events.Contains("frozen " + value, System.StringComparison.Ordinal))
            {
                return;
            }

            System.Threading.Thread.Sleep(20);
        }

        Assert.Fail($"the container does not get {value}");
    }

    /// <summary>The directories of a path that exist, in any hierarchy.</summary>
    public static string[] Existing(string path) => [.. Hierarchies.Select(hierarchy => hierarchy.MountPoint + path).Where(System.IO.Directory.Exists)];

    /// <summary>The lines of /proc/PID/cgroup.</summary>
    public static string[] OfProcess(int pid) => File.ReadAllLines($"/proc/{pid}/cgroup");
}
