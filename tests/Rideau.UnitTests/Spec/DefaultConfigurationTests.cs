using System.Text;
using Rideau.Runtime.Spec;
using Xunit;

namespace Rideau.UnitTests.Spec;

/// <summary>The fixtures were recorded from what the field's own "spec" writes, but for the host name.</summary>
public sealed class DefaultConfigurationTests
{
    [Fact]
    public void The_default_is_the_one_of_the_field() => AssertWrites("default.json", DefaultConfiguration.Create(withCgroupNamespace: false));

    [Fact]
    public void The_rootless_default_is_the_one_of_the_field() => AssertWrites("rootless.json", DefaultConfiguration.CreateRootless(withCgroupNamespace: false, 1000, 1000));

    [Fact]
    public void On_cgroup_v2_a_cgroup_namespace_is_added()
    {
        Assert.Contains(new Namespace("cgroup", null), DefaultConfiguration.Create(withCgroupNamespace: true).Linux!.Namespaces);
        Assert.Contains(new Namespace("cgroup", null), DefaultConfiguration.CreateRootless(withCgroupNamespace: true, 0, 0).Linux!.Namespaces);
    }

    // The text, not the value: order and tabs too.
    private static void AssertWrites(string fixture, Configuration configuration) =>
        Assert.Equal(
            Encoding.UTF8.GetString(ConfigurationFixtures.Bytes(fixture)).TrimEnd('\n'),
            Encoding.UTF8.GetString(ConfigurationWriter.Write(configuration)));
}
