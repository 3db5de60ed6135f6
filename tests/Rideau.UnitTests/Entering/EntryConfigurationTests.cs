using System.Text;
using Rideau.Runtime.Entering;
using Rideau.Runtime.Spec;
using Xunit;

namespace Rideau.UnitTests.Entering;

/// <summary>When the record alone says what who enters must know, and when config.json is read.</summary>
public sealed class EntryConfigurationTests
{
    private const long NetworkAndPid = 0x60000000; // CLONE_NEWNET | CLONE_NEWPID

    [Theory]
    [InlineData("", "")]
    [InlineData("", "\"maskedPaths\": [\"/proc/kcore\"], \"resources\": {\"pids\": {\"limit\": 5}}")]
    [InlineData("\"process\": {\"cwd\": \"/\", \"apparmorProfile\": \"\", \"capabilities\": {\"bounding\": [\"CAP_KILL\"]}}", "")]
    [InlineData("\"annotations\": {\"run.oci.keep_original_groups\": \"1\", \"run.oci.delegate-cgroup\": \"a\"}", "")]
    public void What_the_kernel_tells_of_the_process_need_not_be_read(string other, string linux) => Assert.Equal(NetworkAndPid, EntryConfiguration.NamespacesAlone(Read(other, linux)));

    [Theory]
    [InlineData("\"process\": {\"cwd\": \"/\", \"apparmorProfile\": \"web\"}", "")]
    [InlineData("\"process\": {\"cwd\": \"/\", \"selinuxLabel\": \"a:b:c\"}", "")]
    [InlineData("\"annotations\": {\"run.oci.seccomp_bpf_data\": \"AAAA\"}", "")]
    [InlineData("", "\"seccomp\": {\"defaultAction\": \"SCMP_ACT_ALLOW\"}")]
    [InlineData("", "\"seccomp\": {}")]
    [InlineData("", "\"personality\": {\"domain\": \"LINUX32\"}")]
    [InlineData("", "\"memoryPolicy\": {\"mode\": \"MPOL_LOCAL\"}")]
    [InlineData("", "\"uidMappings\": [{\"containerID\": 0, \"hostID\": 1000, \"size\": 1}]")]
    [InlineData("", "\"gidMappings\": [{\"containerID\": 0, \"hostID\": 1000, \"size\": 1}]")]
    public void What_it_does_not_tell_must_be_read(string other, string linux) => Assert.Null(EntryConfiguration.NamespacesAlone(Read(other, linux)));

    private static Configuration Read(string other, string linux)
    {
        string namespaces = """{"type": "pid"}, {"type": "network"}, {"type": "ipc", "path": "/proc/1/ns/ipc"}""";
        string json = $"{{\"ociVersion\": \"1.3.0\"{(other.Length > 0 ? ", " + other : "")}, \"linux\": {{\"namespaces\": [{namespaces}]{(linux.Length > 0 ? ", " + linux : "")}}}}}";
        return ConfigurationReader.Read(Encoding.UTF8.GetBytes(json));
    }
}
