using System;
using System.IO;
using System.Text.Json.Nodes;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests.Cgroups;

/// <summary>linux.resources.network: net_cls and net_prio, which are of cgroup v1 alone and mounted hardly anywhere; here in a mount namespace of the test's own.</summary>
public sealed class NetworkControllerTests
{
    [Fact]
    public void The_class_and_the_priorities_are_in_the_groups_files_and_the_groups_go()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root");
        string controllers = File.ReadAllText("/proc/cgroups");
        Assert.SkipUnless(controllers.Contains("net_cls", StringComparison.Ordinal) && controllers.Contains("net_prio", StringComparison.Ordinal), "this kernel has no net_cls and net_prio");
        using var bundle = new Bundle("sleep 100");
        bundle.Linux["resources"] = JsonNode.Parse("""{"network": {"classID": 1048577, "priorities": [{"name": "lo", "priority": 5}]}}""");
        bundle.Write();
        string place = Path.Combine(bundle.Directory, "net");
        Directory.CreateDirectory(place);
        string rideau = $"'{RideauProgram.Path}' --root '{bundle.Root}'";
        Outcome outcome = RideauProgram.Execute("unshare", ["-m", "sh", "-euc", $"""
            mount --make-rprivate /
            mount -t cgroup -o net_cls,net_prio none '{place}'
            {rideau} run --detach --bundle '{bundle.Directory}' {bundle.Name} </dev/null >/dev/null 2>'{bundle.Directory}/err' || cat '{bundle.Directory}/err'
            group=$(find '{place}' -mindepth 1 -name '{Path.GetFileName(Groups.PathOf(bundle))}')
            cat "$group/net_cls.classid"; grep '^lo ' "$group/net_prio.ifpriomap"; wc -l <"$group/cgroup.procs"
            {rideau} delete --force {bundle.Name}
            [ -e "$group" ] || echo gone
            find '{place}' -mindepth 1 -depth -type d -exec rmdir {"{}"} +
            for i in $(seq 100); do grep -Eq '^net_cls[[:space:]][0-9]+[[:space:]]1[[:space:]]' /proc/cgroups && break; sleep 0.05; done # else the hierarchy stays
            umount '{place}'
            """]);
        Assert.True(outcome.Output == "1048577\nlo 5\n1\ngone\n", outcome.ToString());
    }
}
