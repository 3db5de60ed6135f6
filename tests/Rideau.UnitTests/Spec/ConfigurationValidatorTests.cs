using System.Collections.Generic;
using System.Text;
using System.Text.Json.Nodes;
using Rideau.Runtime;
using Rideau.Runtime.Spec;
using Xunit;

namespace Rideau.UnitTests.Spec;

public sealed class ConfigurationValidatorTests
{
    [Theory]
    [InlineData("default.json")]
    [InlineData("minimal.json")]
    [InlineData("podman.json")]
    [InlineData("docker.json")]
    [InlineData("host-network.json")]
    [InlineData("kubernetes-sandbox.json")]
    [InlineData("kubernetes-container.json")]
    [InlineData("system-container.json")]
    [InlineData("time-namespace.json")]
    [InlineData("user-namespace.json")]
    [InlineData("rootless.json")]
    public void A_realistic_file_is_valid(string name)
    {
        Recorder log = new();
        ConfigurationValidator.Validate(ConfigurationReader.Read(ConfigurationFixtures.Bytes(name)), new ValidationOptions(), log);
        Assert.Empty(log.Messages);
    }

    [Theory]
    // Where, what it is replaced by, and what the error must say.
    [InlineData("ociVersion", "\"\"", "ociVersion: missing or empty")]
    [InlineData("ociVersion", "\"one\"", "ociVersion: \"one\" is not a version as 1.3.0")]
    [InlineData("ociVersion", "\"1.3\"", "ociVersion: \"1.3\" is not a version as 1.3.0")]
    [InlineData("ociVersion", "\"2.0.0\"", "ociVersion: version 2.0.0 of the specification is not supported")]
    [InlineData("windows", "{}", "windows: a section for another platform than Linux")]
    [InlineData("root", "null", "root: missing")]
    [InlineData("root.path", "\"\"", "root.path: missing or empty")]
    [InlineData("process", "null", "process: missing")]
    [InlineData("process.cwd", "\"\"", "process.cwd: missing or empty")]
    [InlineData("process.cwd", "\"tmp\"", "process.cwd: \"tmp\" is not an absolute path")]
    [InlineData("process.args", "[]", "process.args: missing or empty")]
    [InlineData("process.env", "[\"A=\",\"B\"]", "process.env[1]: \"B\" is not of the form NAME=VALUE")]
    [InlineData("process.env", "[\"=B\"]", "process.env[0]: \"=B\" is not of the form NAME=VALUE")]
    [InlineData("process.consoleSize", "{\"height\":1,\"width\":65536}", "process.consoleSize: 1 by 65536 is more than a terminal has")]
    [InlineData("process.oomScoreAdj", "1001", "process.oomScoreAdj: 1001 is out of range")]
    [InlineData("process.rlimits", "[{\"type\":\"NOFILE\"}]", "process.rlimits[0].type: unknown resource limit \"NOFILE\"")]
    [InlineData("process.rlimits", "[{\"type\":\"RLIMIT_AS\"},{\"type\":\"RLIMIT_AS\"}]", "process.rlimits[1].type: \"RLIMIT_AS\" is given twice")]
    [InlineData("process.rlimits", "[{\"type\":\"RLIMIT_AS\",\"soft\":2,\"hard\":1}]", "process.rlimits[0].soft: 2 is more than the hard limit 1")]
    [InlineData("process.scheduler", "{}", "process.scheduler.policy: missing or empty")]
    [InlineData("process.scheduler", "{\"policy\":\"SCHED_ISO\"}", "process.scheduler.policy: no kernel has SCHED_ISO")]
    [InlineData("process.scheduler", "{\"policy\":\"SCHED_OTHER\",\"nice\":20}", "process.scheduler.nice: 20 is out of range")]
    [InlineData("process.scheduler", "{\"policy\":\"SCHED_OTHER\",\"priority\":1}", "process.scheduler.priority: SCHED_OTHER has no priority")]
    [InlineData("process.scheduler", "{\"policy\":\"SCHED_RR\"}", "process.scheduler.priority: 0 is out of range for SCHED_RR")]
    [InlineData("process.scheduler", "{\"policy\":\"SCHED_BATCH\",\"period\":1}", "process.scheduler: SCHED_BATCH has no runtime, deadline and period")]
    [InlineData("process.scheduler", "{\"policy\":\"SCHED_IDLE\",\"flags\":[\"X\"]}", "process.scheduler.flags[0]: unknown flag \"X\"")]
    [InlineData("process.ioPriority", "{\"class\":\"BE\"}", "process.ioPriority.class: unknown class \"BE\"")]
    [InlineData("process.ioPriority", "{\"class\":\"IOPRIO_CLASS_BE\",\"priority\":8}", "process.ioPriority.priority: 8 is out of range")]
    [InlineData("process.execCPUAffinity", "{\"initial\":\"3-1\"}", "process.execCPUAffinity.initial: \"3-1\" is not a list of numbers and ranges")]
    [InlineData("linux.namespaces", "[{\"type\":\"net\"}]", "linux.namespaces[0].type: unknown namespace \"net\"")]
    [InlineData("linux.namespaces", "[{\"type\":\"pid\"},{\"type\":\"pid\"}]", "linux.namespaces[1].type: \"pid\" is given twice")]
    [InlineData("linux.namespaces", "[{\"type\":\"pid\",\"path\":\"ns\"}]", "linux.namespaces[0].path: \"ns\" is not an absolute path")]
    [InlineData("linux.namespaces", "[{\"type\":\"mount\"}]", "hostname: a host name needs a uts namespace")]
    [InlineData("linux.namespaces", "[{\"type\":\"uts\"}]", "linux.namespaces: a container needs a mount namespace")]
    [InlineData("linux.namespaces", "[{\"type\":\"uts\"},{\"type\":\"mount\"},{\"type\":\"user\"}]", "linux.uidMappings: a new user namespace needs mappings")]
    [InlineData("linux.uidMappings", "[{\"size\":1}]", "linux.uidMappings: mappings need a user namespace")]
    [InlineData("linux.timeOffsets", "{\"monotonic\":{\"secs\":1}}", "linux.timeOffsets: offsets need a time namespace")]
    [InlineData("mounts", "[{}]", "mounts[0].destination: missing or empty")]
    [InlineData("mounts", "[{\"destination\":\"/a\",\"type\":\"tmpfs\",\"options\":[\"idmap\"]}]", "mounts[0]: only bind mounts can be idmapped")]
    [InlineData("mounts", "[{\"destination\":\"/a\",\"options\":[\"bind\",\"idmap\"]}]", "mounts[0]: an idmapped mount without mappings takes those of the user namespace, and there is none")]
    [InlineData("mounts", "[{\"destination\":\"/a\",\"options\":[\"bind\"],\"uidMappings\":[{\"size\":1}]}]", "mounts[0]: gidMappings is missing")]
    [InlineData("linux.rootfsPropagation", "\"free\"", "linux.rootfsPropagation: unknown propagation \"free\"")]
    [InlineData("annotations", "{\"\":\"x\"}", "annotations[\"\"]: the key is empty")]
    [InlineData("linux.maskedPaths", "[\"/a\",\"proc/kcore\"]", "linux.maskedPaths[1]: \"proc/kcore\" is not an absolute path")]
    [InlineData("linux.readonlyPaths", "[\"proc/sys\"]", "linux.readonlyPaths[0]: \"proc/sys\" is not an absolute path")]
    [InlineData("linux.resources", "{\"blockIO\":{\"weightDevice\":[{\"major\":7,\"minor\":0}]}}", "linux.resources.blockIO.weightDevice[0]: neither weight nor leafWeight is given")]
    [InlineData("linux.resources", "{\"rdma\":{\"mlx5\":{}}}", "linux.resources.rdma[\"mlx5\"]: neither hcaHandles nor hcaObjects is given")]
    [InlineData("vm", "{\"kernel\":{\"path\":\"/k\"}}", "vm: a section for another platform than Linux")]
    [InlineData("linux.devices", "[{\"type\":\"x\",\"path\":\"/dev/x\"}]", "linux.devices[0].type: unknown type \"x\"")]
    [InlineData("linux.devices", "[{\"type\":\"c\",\"path\":\"x\"}]", "linux.devices[0].path: \"x\" is not an absolute path")]
    [InlineData("linux.devices", "[{\"type\":\"c\",\"path\":\"/x\",\"major\":4096}]", "linux.devices[0]: 4096:0 is not a device number")]
    [InlineData("linux.netDevices", "{\"a/b\":{}}", "linux.netDevices[\"a/b\"]: \"a/b\" cannot be a network device's name")]
    [InlineData("linux.netDevices", "{\"a\":{\"name\":\"sixteen-letters-\"}}", "linux.netDevices[\"a\"].name: \"sixteen-letters-\" cannot be a network device's name")]
    [InlineData("linux.sysctl", "{\"vm.swappiness\":\"1\"}", "linux.sysctl[\"vm.swappiness\"]: not in a separate kernel namespace: it would change the host")]
    [InlineData("linux.sysctl", "{\"net/../kernel/panic\":\"1\"}", "linux.sysctl[\"net/../kernel/panic\"]: not the name of a setting")]
    [InlineData("linux.sysctl", "{\"net.//.kernel.panic\":\"1\"}", "linux.sysctl[\"net.//.kernel.panic\"]: not the name of a setting")]
    [InlineData("linux.sysctl", "{\"net..a\":\"1\"}", "linux.sysctl[\"net..a\"]: not the name of a setting")]
    [InlineData("linux.sysctl", "{\"kernel.hostname\":\"1\"}", "linux.sysctl[\"kernel.hostname\"]: the host name has a field of its own")]
    [InlineData("linux.sysctl", "{\"user.max_user_namespaces\":\"1\"}", "linux.sysctl[\"user.max_user_namespaces\"]: not allowed in the host's user namespace")]
    [InlineData("linux.resources.devices", "[{\"allow\":true}]", "linux.resources.devices[0].access: missing or empty")]
    [InlineData("linux.resources.devices", "[{\"access\":\"x\"}]", "linux.resources.devices[0].access: unknown access \"x\"")]
    [InlineData("linux.resources.devices", "[{\"access\":\"r\",\"type\":\"p\"}]", "linux.resources.devices[0].type: unknown type \"p\"")]
    [InlineData("linux.resources.cpu", "{\"cpus\":\"a\"}", "linux.resources.cpu.cpus: \"a\" is not a list of numbers and ranges")]
    [InlineData("linux.personality", "{\"domain\":\"BSD\"}", "linux.personality.domain: unknown domain \"BSD\"")]
    [InlineData("linux.intelRdt", "{\"memBwSchema\":\"L3:0=1\"}", "linux.intelRdt.memBwSchema: \"L3:0=1\" is no line that begins with MB:")]
    [InlineData("linux.intelRdt", "{\"schemata\":[\"L2:0=f\",\"L3:0=1\\nMB:0=10\"]}", "linux.intelRdt.schemata[1]: a newline is in it")]
    [InlineData("linux.intelRdt", "{\"closID\":\"..\"}", "linux.intelRdt.closID: \"..\" cannot be the name of a directory")]
    [InlineData("linux.memoryPolicy", "{\"mode\":\"BIND\"}", "linux.memoryPolicy.mode: unknown mode \"BIND\"")]
    [InlineData("linux.memoryPolicy", "{\"mode\":\"MPOL_BIND\"}", "linux.memoryPolicy.nodes: MPOL_BIND needs at least one node")]
    [InlineData("linux.memoryPolicy", "{\"mode\":\"MPOL_LOCAL\",\"nodes\":\"1\"}", "linux.memoryPolicy.nodes: MPOL_LOCAL takes no nodes")]
    [InlineData("hooks", "{\"prestart\":[{\"path\":\"x\"}]}", "hooks.prestart[0].path: \"x\" is not an absolute path")]
    [InlineData("hooks", "{\"poststop\":[{\"path\":\"/x\",\"timeout\":0}]}", "hooks.poststop[0].timeout: 0 is not greater than zero")]
    public void What_cannot_be_is_refused_by_its_path(string path, string json, string message)
    {
        ContainerException exception = Assert.Throws<ContainerException>(() => ConfigurationValidator.Validate(With("default.json", path, json), new ValidationOptions(), Log.None));
        Assert.StartsWith("cannot use the configuration: " + message, exception.Message);
        Assert.Equal(FailureCode.InvalidArgument, exception.Code);
        Assert.False(string.IsNullOrEmpty(exception.Hint));
    }

    [Theory]
    [InlineData("linux.uidMappings", "[{\"hostID\":5}]", "linux.uidMappings[0].size: missing or zero")]
    [InlineData("linux.uidMappings", "[{\"hostID\":5,\"size\":4294967295}]", "linux.uidMappings[0].size: the range of 4294967295 ids ends behind the last id")]
    [InlineData("linux.gidMappings", "[{\"hostID\":5,\"size\":5},{\"containerID\":5,\"hostID\":9,\"size\":5}]", "linux.gidMappings[1]: overlaps with linux.gidMappings[0]")]
    [InlineData("linux.gidMappings", "[{\"containerID\":1,\"hostID\":5,\"size\":5}]", "linux.gidMappings: group 0 of the container is not mapped")]
    [InlineData("process.user", "{\"uid\":65536}", "process.user.uid: user 65536 of the container is not mapped")]
    [InlineData("process.user", "{\"additionalGids\":[1,65536]}", "process.user.additionalGids[1]: group 65536 of the container is not mapped")]
    public void Mappings_are_checked(string path, string json, string message) =>
        Assert.StartsWith("cannot use the configuration: " + message, Assert.Throws<ContainerException>(
            () => ConfigurationValidator.Validate(With("user-namespace.json", path, json), new ValidationOptions(), Log.None)).Message);

    [Theory]
    [InlineData("{\"realtime\":{}}", "linux.timeOffsets: unknown clock \"realtime\"")]
    [InlineData("{\"boottime\":{\"nanosecs\":1000000000}}", "linux.timeOffsets.boottime.nanosecs: 1000000000 is a second or more")]
    public void Time_offsets_are_checked(string json, string message) =>
        Assert.StartsWith("cannot use the configuration: " + message, Assert.Throws<ContainerException>(
            () => ConfigurationValidator.Validate(With("time-namespace.json", "linux.timeOffsets", json), new ValidationOptions(), Log.None)).Message);

    [Fact]
    public void The_command_line_decides_too()
    {
        Configuration configuration = ConfigurationReader.Read(ConfigurationFixtures.Bytes("default.json"));
        configuration.Linux!.CgroupsPath = "/a/b";
        configuration.Linux.RootfsPropagation = "rprivate";
        ConfigurationValidator.Validate(configuration, new ValidationOptions(), Log.None);
        Assert.Contains("slice:prefix:name", Fails(configuration, new ValidationOptions { SystemdCgroup = true }));
        Assert.Contains("is not safe without pivot_root", Fails(configuration, new ValidationOptions { NoPivot = true }));
        Assert.Contains("needs a user namespace", Fails(configuration, new ValidationOptions { Rootless = true }));
    }

    [Fact]
    public void The_callers_own_network_namespace_is_the_hosts()
    {
        Configuration configuration = With("default.json", "linux.namespaces", """[{"type":"mount"},{"type":"uts"},{"type":"network","path":"/proc/self/ns/net"}]""");
        configuration.Linux!.Sysctl["net.ipv4.ip_forward"] = "1";
        Assert.Contains("linux.sysctl[\"net.ipv4.ip_forward\"]: not allowed in the host's network namespace", Fails(configuration, default));
    }

    [Fact]
    public void Unknown_capabilities_are_warned_of_and_left_out()
    {
        Recorder log = new();
        Configuration configuration = With("default.json", "process.capabilities", """{"bounding":["CAP_KILL","CAP_FLY","cap_chown","CHOWN"]}""");
        ConfigurationValidator.Validate(configuration, new ValidationOptions(), log);
        Assert.Equal(["CAP_KILL"], configuration.Process!.Capabilities!.Bounding);
        Assert.Equal(3, log.Messages.Count);
        Assert.Contains("process.capabilities.bounding[1]: unknown capability \"CAP_FLY\", ignoring", log.Messages);
    }

    [Fact]
    public void A_relative_destination_is_warned_of()
    {
        Recorder log = new();
        ConfigurationValidator.Validate(With("default.json", "mounts", """[{"destination":"data"}]"""), new ValidationOptions(), log);
        Assert.Contains("is not an absolute path", Assert.Single(log.Messages));
    }

    [Theory]
    [InlineData("1.0.2-dev")]
    [InlineData("1.2.0+dev")]
    [InlineData("1.9.12")]
    public void Versions_that_engines_write_are_taken(string version) =>
        ConfigurationValidator.Validate(With("default.json", "ociVersion", $"\"{version}\""), new ValidationOptions(), Log.None);

    private static string Fails(Configuration configuration, ValidationOptions options) =>
        Assert.Throws<ContainerException>(() => ConfigurationValidator.Validate(configuration, options, Log.None)).Message;

    private static Configuration With(string fixture, string path, string json)
    {
        JsonNode document = JsonComparison.Parse(ConfigurationFixtures.Bytes(fixture));
        JsonNode node = document;
        string[] names = path.Split('.');
        foreach (string name in names[..^1])
        {
            node = node[name]!;
        }

        node[names[^1]] = JsonNode.Parse(json);
        return ConfigurationReader.Read(Encoding.UTF8.GetBytes(document.ToJsonString()));
    }

    private sealed class Recorder : Log
    {
        public List<string> Messages { get; } = [];

        public override bool IsDebug => false;

        public override void Write(LogLevel level, string message) => Messages.Add(message);
    }
}
