using System.Text;
using Rideau.Runtime;
using Rideau.Runtime.Spec;
using Xunit;

namespace Rideau.UnitTests.Spec;

public sealed class ConfigurationReaderTests
{
    public static TheoryData<string> Fixtures => ConfigurationFixtures.Names();

    [Theory]
    [MemberData(nameof(Fixtures))]
    public void A_realistic_file_is_read(string name)
    {
        Configuration configuration = ConfigurationReader.Read(ConfigurationFixtures.Bytes(name));
        Assert.StartsWith("1.", configuration.OciVersion);
        Assert.NotEmpty(configuration.Root!.Path);
        Assert.NotEmpty(configuration.Process!.Args);
        Assert.NotEmpty(configuration.Linux!.Namespaces);
        Assert.Null(configuration.ForeignPlatform);
    }

    [Fact]
    public void Numbers_are_exact_to_their_last_digit()
    {
        Configuration everything = ConfigurationReader.Read(ConfigurationFixtures.Bytes("everything.json"));
        Assert.Equal(ulong.MaxValue, everything.Process!.Rlimits[0].Hard);
        Assert.Equal(long.MaxValue, everything.Linux!.Resources!.Memory!.Swap);
        Assert.Equal(ulong.MaxValue, everything.Linux.Seccomp!.Syscalls[1].Args[0].Value);
        Assert.Equal(uint.MaxValue, everything.Mounts[1].GidMappings[0].Size);
        Assert.Equal(-604800, everything.Linux.TimeOffsets["boottime"].Seconds);
    }

    [Fact]
    public void Text_is_unescaped()
    {
        Configuration everything = ConfigurationReader.Read(ConfigurationFixtures.Bytes("everything.json"));
        Assert.Equal("echo \u00e9\U0001F600 \"q\"", everything.Process!.Args[2]);
        Assert.Equal("\n\t\\", everything.Annotations["io.rideau.\u00e9"]);
    }

    [Fact]
    public void Null_is_a_value_that_was_not_given()
    {
        Configuration configuration = Read("""
            {"ociVersion":"1.3.0","root":null,"mounts":null,"process":{"user":null,"args":null,"capabilities":null,"terminal":null,"oomScoreAdj":null},
            "hooks":null,"annotations":null,"windows":null,"linux":{"resources":{"memory":{"limit":null},"devices":null,"rdma":{"a":null}},"seccomp":null,"sysctl":{"a":null},"cgroupsPath":null,"netDevices":{"eth0":null}}}
            """);
        Assert.Null(configuration.Root);
        Assert.Empty(configuration.Mounts);
        Assert.Equal(0u, configuration.Process!.User.Uid);
        Assert.Null(configuration.Process.Capabilities);
        Assert.Null(configuration.Process.OomScoreAdj);
        Assert.Null(configuration.Linux!.Resources!.Memory!.Limit);
        Assert.Empty(configuration.Linux.Sysctl);
        Assert.Null(configuration.Linux.CgroupsPath);
        Assert.True(configuration.Linux.NetDevices.ContainsKey("eth0"));
        Assert.Null(configuration.ForeignPlatform);
    }

    [Fact]
    public void Of_two_equal_names_the_last_one_counts()
    {
        Configuration configuration = Read("""{"hostname":"a","mounts":[{"destination":"/a"}],"mounts":[{"destination":"/b"}],"hostname":"b","annotations":{"k":"1","k":"2"}}""");
        Assert.Equal("b", configuration.Hostname);
        Assert.Equal("/b", Assert.Single(configuration.Mounts).Destination);
        Assert.Equal("2", configuration.Annotations["k"]);
    }

    [Theory]
    [InlineData("vm")]
    [InlineData("windows")]
    [InlineData("solaris")]
    [InlineData("zos")]
    [InlineData("freebsd")]
    public void A_section_for_another_platform_is_noted(string name) =>
        Assert.Equal(name, Read($$"""{"{{name}}":{"a":[1,{"b":2}]},"hostname":"h"}""").ForeignPlatform);

    [Fact]
    public void Flags_of_seccomp_that_are_an_empty_list_are_told_from_none()
    {
        Assert.True(Read("""{"linux":{"seccomp":{"flags":[]}}}""").Linux!.Seccomp!.FlagsGiven);
        Assert.False(Read("""{"linux":{"seccomp":{"flags":null}}}""").Linux!.Seccomp!.FlagsGiven);
        Assert.False(Read("""{"linux":{"seccomp":{}}}""").Linux!.Seccomp!.FlagsGiven);
    }

    [Fact]
    public void An_empty_path_of_a_namespace_is_a_new_namespace() =>
        Assert.Null(Read("""{"linux":{"namespaces":[{"type":"pid","path":""}]}}""").Linux!.Namespaces[0].Path);

    [Fact]
    public void A_process_alone_is_read()
    {
        Process process = ConfigurationReader.ReadProcess("""{"terminal":true,"cwd":"/","args":["sh"],"user":{"uid":7}}"""u8);
        Assert.True(process.Terminal);
        Assert.Equal(7u, process.User.Uid);
    }

    [Fact]
    public void Resources_alone_are_read()
    {
        Resources resources = ConfigurationReader.ReadResources("""{"memory":{"limit":-1},"unified":{"pids.max":"max"}}"""u8);
        Assert.Equal(-1, resources.Memory!.Limit);
        Assert.Equal("max", resources.Unified["pids.max"]);
    }

    // Types.
    [Theory]
    [InlineData("""[]""", "cannot read config.json: expected an object, found a list (line 1, column 1)")]
    [InlineData("""null""", "cannot read config.json: expected an object, found null (line 1, column 1)")]
    [InlineData("""  7 """, "cannot read config.json: expected an object, found a number (line 1, column 3)")]
    [InlineData("""{"root":[]}""", "cannot read config.json: root: expected an object, found a list (line 1, column 9)")]
    [InlineData("""{"mounts":{}}""", "cannot read config.json: mounts: expected a list, found an object (line 1, column 11)")]
    [InlineData("""{"mounts":[null]}""", "cannot read config.json: mounts[0]: expected an object, found null (line 1, column 12)")]
    [InlineData("""{"linux":{"namespaces":[{},{},{"type":4}]}}""", "cannot read config.json: linux.namespaces[2].type: expected a string, found a number (line 1, column 39)")]
    [InlineData("""{"process":{"args":["a",false]}}""", "cannot read config.json: process.args[1]: expected a string, found a boolean (line 1, column 25)")]
    [InlineData("""{"process":{"terminal":"yes"}}""", "cannot read config.json: process.terminal: expected true or false, found a string (line 1, column 24)")]
    [InlineData("""{"process":{"user":{"uid":"0"}}}""", "cannot read config.json: process.user.uid: expected a number, found a string (line 1, column 27)")]
    [InlineData("""{"annotations":{"a.b":1}}""", "cannot read config.json: annotations[\"a.b\"]: expected a string, found a number (line 1, column 23)")]
    // Numbers.
    [InlineData("""{"process":{"user":{"uid":-1}}}""", "cannot read config.json: process.user.uid: -1 is out of range: from 0 to 4294967295 (line 1, column 27)")]
    [InlineData("""{"process":{"user":{"additionalGids":[1,4294967296]}}}""", "cannot read config.json: process.user.additionalGids[1]: 4294967296 is out of range: from 0 to 4294967295 (line 1, column 41)")]
    [InlineData("""{"process":{"oomScoreAdj":1.0}}""", "cannot read config.json: process.oomScoreAdj: expected a whole number, found 1.0 (line 1, column 27)")]
    [InlineData("""{"linux":{"resources":{"memory":{"limit":1e3}}}}""", "cannot read config.json: linux.resources.memory.limit: expected a whole number, found 1e3 (line 1, column 42)")]
    [InlineData("""{"linux":{"resources":{"memory":{"limit":9223372036854775808}}}}""", "cannot read config.json: linux.resources.memory.limit: 9223372036854775808 is out of range: from -9223372036854775808 to 9223372036854775807 (line 1, column 42)")]
    [InlineData("""{"linux":{"resources":{"blockIO":{"weight":65536}}}}""", "cannot read config.json: linux.resources.blockIO.weight: 65536 is out of range: from 0 to 65535 (line 1, column 44)")]
    [InlineData("""{"linux":{"resources":{"cpu":{"shares":18446744073709551616}}}}""", "cannot read config.json: linux.resources.cpu.shares: 18446744073709551616 is out of range: from 0 to 18446744073709551615 (line 1, column 40)")]
    // Text.
    [InlineData("""{"hostname":"a\u0000b"}""", "cannot read config.json: hostname: a string must not have a NUL character (\\u0000) in it (line 1, column 13)")]
    [InlineData("""{"hostname":"\ud800"}""", "cannot read config.json: hostname: a \\u escape that is half of a surrogate pair (line 1, column 13)")]
    // The document.
    [InlineData("", "cannot read config.json: it is empty (line 1, column 1)")]
    [InlineData(" \n ", "cannot read config.json: it is empty (line 2, column 2)")]
    [InlineData("""{"root":{"path":"/a""", "cannot read config.json: root.path: it ends in the middle; is it cut off? (line 1, column 20)")]
    [InlineData("""{"root":{"path":"/a"}""", "cannot read config.json: root: it ends in the middle; is it cut off? (line 1, column 22)")]
    [InlineData("""{"root":{}} x""", "cannot read config.json: something follows the end of the document (line 1, column 13)")]
    [InlineData("""{"root":{}}{}""", "cannot read config.json: something follows the end of the document (line 1, column 12)")]
    [InlineData("""{"root":{},}""", "cannot read config.json: root: '}' is not expected here; is there a comma too many before it? (line 1, column 12)")]
    [InlineData("""{"process":{"args":["a" "b"]}}""", "cannot read config.json: process.args[0]: a string is not expected here; is a comma or colon missing before it? (line 1, column 25)")]
    [InlineData("{\n// no\n}", "cannot read config.json: JSON has no comments (line 2, column 1)")]
    [InlineData("{\n  'root': {}}", "cannot read config.json: ''' is not expected here (line 2, column 3)")]
    [InlineData("{\"hostname\":\"a\nb\"}", "cannot read config.json: hostname: byte 0x0a is not expected here (line 1, column 15)")]
    public void An_error_names_the_path_what_was_expected_and_the_position(string json, string message)
    {
        ContainerException exception = Assert.Throws<ContainerException>(() => Read(json));
        Assert.Equal(message, exception.Message);
        Assert.Equal(FailureCode.InvalidArgument, exception.Code);
    }

    [Fact]
    public void An_error_counts_lines_and_characters()
    {
        ContainerException exception = Assert.Throws<ContainerException>(() => Read("{\n  \"root\": {\n    \"\u00e9\u00e9\": 1, \"path\": 3\n}}"));
        Assert.Equal("cannot read config.json: root.path: expected a string, found a number (line 3, column 22)", exception.Message);
    }

    [Fact]
    public void Errors_of_a_process_and_of_resources_name_their_file()
    {
        Assert.StartsWith("cannot read process.json: args: ", Assert.Throws<ContainerException>(() => ConfigurationReader.ReadProcess("""{"args":1}"""u8)).Message);
        Assert.StartsWith("cannot read -: pids.limit: ", Assert.Throws<ContainerException>(() => ConfigurationReader.ReadResources("""{"pids":{"limit":""}}"""u8, "-")).Message);
        Assert.Contains("it ends in the middle", Assert.Throws<ContainerException>(() => ConfigurationReader.ReadProcess("{"u8)).Message);
        Assert.Contains("surrogate", Assert.Throws<ContainerException>(() => ConfigurationReader.ReadResources("""{"unified":{"\ud800":""}}"""u8)).Message);
    }

    [Fact]
    public void A_byte_order_mark_is_refused() =>
        Assert.Equal("cannot read config.json: it begins with a byte order mark", Assert.Throws<ContainerException>(() => Read("\uFEFF{}")).Message);

    [Fact]
    public void Bytes_that_are_not_UTF8_are_refused()
    {
        ContainerException exception = Assert.Throws<ContainerException>(() => ConfigurationReader.Read([.. "{\n \"a\": \""u8, 0xc3, 0x28, .. "\"}"u8]));
        Assert.Equal("cannot read config.json: invalid UTF-8: byte 0xc3 (line 2, column 8)", exception.Message);
    }

    private static Configuration Read(string json) => ConfigurationReader.Read(Encoding.UTF8.GetBytes(json));
}
