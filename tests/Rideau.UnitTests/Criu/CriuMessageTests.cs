using System;
using System.Collections.Generic;
using System.Text;
using CsCheck;
using Rideau.Commands;
using Rideau.Runtime.Criu;
using Rideau.UnitTests.Fuzzing;
using Xunit;

namespace Rideau.UnitTests.Criu;

/// <summary>What is said to CRIU and what it says, byte by byte.</summary>
public sealed class CriuMessageTests
{
    [Fact]
    public void A_version_is_read_as_CRIU_writes_it()
    {
        // type VERSION, success, version { major 4, minor 1, gitid, sublevel 1 }
        CriuAnswer answer = CriuAnswer.Read(Convert.FromHexString("080A10015211080410011A0976342E312E312D676920" + "01"))!;
        Assert.Equal((CriuKind.Version, true, 40101), (answer.Kind, answer.Success, answer.Version));
    }

    [Fact]
    public void A_notification_has_its_script_and_pid()
    {
        CriuAnswer answer = CriuAnswer.Read([8, 6, 16, 1, 0x2a, 18, 10, 12, .. "post-restore"u8, 16, 0xc0, 0x84, 0x3d])!;
        Assert.Equal((CriuKind.Notify, "post-restore", 1000000), (answer.Kind, answer.Script, answer.Pid));
    }

    [Fact]
    public void A_failure_has_its_errno_and_words()
    {
        CriuAnswer answer = CriuAnswer.Read([8, 1, 16, 0, 0x38, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 0x4a, 2, .. "no"u8])!;
        Assert.Equal((CriuKind.Dump, false, -1, "no"), (answer.Kind, answer.Success, answer.Errno, answer.ErrorText));
    }

    [Theory]
    [InlineData("")]
    [InlineData("0801")] // no success
    [InlineData("1001")] // no type
    [InlineData("08011001FF")] // half a key
    [InlineData("080110012A05")] // longer than what is there
    [InlineData("080110012A0210FF")] // half a number inside
    [InlineData("0801100133")] // a group
    [InlineData("08FFFFFFFFFFFFFFFFFFFF01100100")] // a number of eleven bytes
    [InlineData("0001")] // field 0
    public void What_is_no_answer_is_not_taken_for_one(string hexadecimal) => Assert.Null(CriuAnswer.Read(Convert.FromHexString(hexadecimal)));

    [Fact]
    public void Any_bytes_are_an_answer_or_none() =>
        Fuzz.Mutations([Convert.FromHexString("080A1001520408041001"), [8, 6, 16, 1, 0x2a, 18, 10, 12, .. "post-restore"u8, 16, 0xc0, 0x84, 0x3d], [8, 2, 16, 1, 0x22, 2, 8, 7], Convert.FromHexString("0809100142060801100118010A")]).Sample(
            static bytes => Fuzz.Attempt(() => CriuAnswer.Read(bytes)),
            iter: Fuzz.Inputs(),
            threads: 1);

    [Fact]
    public void A_request_is_read_back_field_by_field()
    {
        var request = new CriuRequest
        {
            Kind = CriuKind.Dump,
            ImagesDirectory = 9,
            WorkDirectory = 10,
            Pid = 1000000,
            LogFile = "dump.log",
            Root = "/srv/web",
            ParentImage = "../before",
            FreezerCgroup = "/sys/fs/cgroup/web",
            NetworkLock = NetworkLock.Nftables,
            Settings = new CheckpointSettings { LeaveRunning = true, TcpSkipInFlight = true, PageServer = new PageServer("::1", 27), CgroupsMode = CgroupsMode.Ignore },
        };
        request.ExternalMounts.Add(("/data", "/data"));
        request.External.Add("net[4026531840]:extRootNetNS");
        Dictionary<int, string> options = FieldsOf(FieldsOf(request.Write())[2]);
        Assert.Equal("9", options[1]);
        Assert.Equal("1000000", options[2]);
        Assert.Equal("1", options[3]);
        Assert.Equal("0", options[5]);
        Assert.Equal("dump.log", options[10]);
        Assert.Equal((("::1"), "27"), (FieldsOf(options[11])[1], FieldsOf(options[11])[2]));
        Assert.Equal("/srv/web", options[13]);
        Assert.Equal(("../before", "1"), (options[14], options[15]));
        Assert.Equal("10", options[17]);
        Assert.Equal(("/data", "/data"), (FieldsOf(options[23])[1], FieldsOf(options[23])[2]));
        Assert.Equal("0", options[34]);
        Assert.Equal("net[4026531840]:extRootNetNS", options[37]);
        Assert.Equal("/sys/fs/cgroup/web", options[44]);
        Assert.Equal("1", options[46]);
        Assert.Equal("2", options[64]);
        Assert.False(options.ContainsKey(26), "rst_sibling is of a restore");
    }

    [Fact]
    public void A_restore_says_what_is_inherited_and_that_init_becomes_a_child()
    {
        var request = new CriuRequest { Kind = CriuKind.Restore, ImagesDirectory = 3, LogFile = "restore.log", Settings = new CheckpointSettings { LsmProfile = "apparmor:web" } };
        request.Inherited.Add(("extRootNetNS", 4));
        request.Joined.Add(("uts", "/proc/1/ns/uts"));
        request.CgroupRoots.Add(("", "/web"));
        Dictionary<int, string> options = FieldsOf(FieldsOf(request.Write())[2]);
        Assert.Equal(("1", "1", "apparmor:web"), (options[6], options[26], options[53]));
        Assert.Equal(("extRootNetNS", "4"), (FieldsOf(options[27])[1], FieldsOf(options[27])[2]));
        Assert.Equal(("uts", "/proc/1/ns/uts"), (FieldsOf(options[39])[1], FieldsOf(options[39])[2]));
        Assert.Equal(("", "/web"), (FieldsOf(options[25])[1], FieldsOf(options[25])[2]));
        Assert.False(options.ContainsKey(3), "leave_running is of a dump");
    }

    [Fact]
    public void Negative_numbers_take_ten_bytes()
    {
        var writer = new ProtobufWriter();
        writer.Number(1, -1);
        Assert.Equal("08FFFFFFFFFFFFFFFFFF01", Convert.ToHexString(writer.Written));
    }

    [Theory]
    [InlineData("127.0.0.1:27", "127.0.0.1", 27)]
    [InlineData("[::1]:65535", "::1", 65535)]
    [InlineData("host.example:1", "host.example", 1)]
    public void A_page_server_is_an_address_and_a_port(string text, string address, int port) => Assert.Equal(new PageServer(address, port), CriuOptions.Server(text));

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData(":27")]
    [InlineData("::1:27")]
    [InlineData("a:")]
    [InlineData("a:0")]
    [InlineData("a:65536")]
    [InlineData("a:+1")]
    public void Others_are_none(string text) => Assert.Throws<CommandLine.UsageException>(() => CriuOptions.Server(text));

    [Theory]
    [InlineData("[]", 0)]
    [InlineData("[\"/dev/null\",\"pipe:[1]\",\"pipe:[2]\"]", 3)]
    [InlineData("{}", null)]
    [InlineData("[1]", null)]
    [InlineData("[\"a\"", null)]
    [InlineData("[\"\\ud800\"]", null)]
    [InlineData("", null)]
    public void Names_of_streams_are_a_list_of_texts(string json, int? count) => Assert.Equal(count, StandardStreamNames.Parse(Encoding.UTF8.GetBytes(json))?.Count);

    // The last one of each field.
    private static Dictionary<int, string> FieldsOf(ReadOnlySpan<byte> bytes)
    {
        var fields = new Dictionary<int, string>();
        var reader = new ProtobufReader(bytes);
        while (reader.MoveNext())
        {
            fields[reader.Field] = reader.IsBytes ? Encoding.Latin1.GetString(reader.Bytes) : reader.Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        Assert.False(reader.IsMalformed);
        return fields;
    }

    private static Dictionary<int, string> FieldsOf(string bytes) => FieldsOf(Encoding.Latin1.GetBytes(bytes));
}
