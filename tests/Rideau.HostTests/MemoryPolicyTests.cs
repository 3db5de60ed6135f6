using System;
using System.IO;
using System.Text.Json.Nodes;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests;

/// <summary>linux.memoryPolicy, read back from numa_maps; a kernel without NUMA refuses it, and the error says so.</summary>
public sealed class MemoryPolicyTests
{
    private static readonly bool s_hasNuma = File.Exists("/proc/self/numa_maps");

    [Theory]
    [InlineData("MPOL_BIND", "0", "", "bind:0")]
    [InlineData("MPOL_PREFERRED", "0", "MPOL_F_STATIC_NODES", "prefer=static:0")]
    [InlineData("MPOL_LOCAL", "", "", "local")]
    [InlineData("MPOL_INTERLEAVE", "0", "", "interleave:0")]
    public void The_process_has_the_policy(string mode, string nodes, string flag, string expected)
    {
        using Bundle bundle = WithPolicy("head -1 /proc/self/numa_maps | cut -d' ' -f2", mode, nodes, flag);
        Outcome outcome = bundle.Run();
        Assert.True(s_hasNuma ? outcome.ExitCode == 0 && outcome.Output == expected + "\n" : outcome.Error.Contains("set_mempolicy", StringComparison.Ordinal), outcome.ToString());
    }

    [Fact]
    public void Exec_has_the_policy_of_the_container()
    {
        if (!s_hasNuma)
        {
            return;
        }

        using Bundle bundle = WithPolicy("sleep 100", "MPOL_BIND", "0", "");
        Assert.Equal(0, bundle.Run("--detach").ExitCode);
        Assert.Contains("bind:0", bundle.Exec("head", "-1", "/proc/self/numa_maps").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_node_that_the_machine_has_not_is_refused_by_name()
    {
        using Bundle bundle = WithPolicy("true", "MPOL_BIND", "900", "");
        Outcome outcome = bundle.Run();
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("cannot set the memory policy MPOL_BIND of nodes 900", outcome.Error, StringComparison.Ordinal);
    }

    private static Bundle WithPolicy(string command, string mode, string nodes, string flag)
    {
        var policy = new JsonObject { ["mode"] = mode };
        if (nodes.Length > 0)
        {
            policy["nodes"] = nodes;
        }

        if (flag.Length > 0)
        {
            policy["flags"] = new JsonArray(flag);
        }

        return new Bundle(command).With(configuration => configuration["linux"]!["memoryPolicy"] = policy);
    }
}
