using System;
using System.IO;
using System.Linq;
using Rideau.Runtime;
using Rideau.Runtime.Cgroups;
using Rideau.Runtime.Spec;
using Process = System.Diagnostics.Process;
using Xunit;

namespace Rideau.HostTests.Cgroups;

/// <summary>A container's cgroup below a group of the test's own, with children that sleep; all gone at the end.</summary>
internal sealed class CgroupFixture : IDisposable
{
    private readonly System.Collections.Generic.List<Process> _children = [];

    public CgroupFixture()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root: cgroups of the machine are changed");
        Layout = CgroupLayout.Detect();
        Assert.SkipUnless(Layout.Driver != "none", "needs a mounted cgroup hierarchy");
        Name = $"rideau-test-cgroups-{Guid.NewGuid():N}"[..32];
        Path = $"/{Name}/web";
        Cgroup = Prepare();
    }

    public CgroupLayout Layout { get; }

    public string Name { get; }

    public string Path { get; }

    public ContainerCgroup Cgroup { get; }

    public ContainerCgroup Prepare(Resources? resources = null) => ContainerCgroup.Prepare(Layout, Path, "web", resources, Log.None, rootless: false);

    /// <summary>The container's directory in the hierarchy that has the controller; the test is skipped without it.</summary>
    public string Directory(string controller)
    {
        if (Layout.FindVersion1(controller) is { } version1)
        {
            return version1.MountPoint + Path;
        }

        Assert.SkipUnless(
            Layout.Unified is { } unified && File.ReadAllText(unified.MountPoint + "/cgroup.controllers").Split().Contains(controller),
            $"needs the {controller} controller, which no hierarchy of this machine has");
        return Layout.Unified!.MountPoint + Path;
    }

    public string Read(string controller, string file) => File.ReadAllText(System.IO.Path.Combine(Directory(controller), file)).TrimEnd('\n');

    public bool IsVersion1(string controller) => Layout.FindVersion1(controller) is not null;

    public int StartSleeper()
    {
        var child = Process.Start("sleep", "120");
        _children.Add(child);
        return child.Id;
    }

    public bool HasEnded(int pid) => _children.Single(child => child.Id == pid).WaitForExit(5000);

    public void Dispose()
    {
        foreach (Process child in _children)
        {
            child.Kill();
            child.WaitForExit(5000);
            child.Dispose();
        }

        foreach (CgroupHierarchy hierarchy in Layout.Unified is null ? Layout.Version1 : Layout.Version1.Append(Layout.Unified))
        {
            RemoveTree($"{hierarchy.MountPoint}/{Name}");
        }
    }

    private static void RemoveTree(string directory)
    {
        if (System.IO.Directory.Exists(directory))
        {
            foreach (string child in System.IO.Directory.GetDirectories(directory))
            {
                RemoveTree(child);
            }

            for (int tries = 0; tries < 50; tries++)
            {
                try
                {
                    System.IO.Directory.Delete(directory);
                    return;
                }
                catch (IOException)
                {
                    System.Threading.Thread.Sleep(20);
                }
            }
        }
    }
}
