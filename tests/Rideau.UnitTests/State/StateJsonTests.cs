using System;
using System.Text;
using Rideau.Runtime;
using Rideau.Runtime.Spec;
using Rideau.Runtime.State;
using Xunit;

namespace Rideau.UnitTests.State;

public sealed class StateJsonTests
{
    [Fact]
    public void A_record_is_read_as_it_was_written()
    {
        ContainerRecord record = Record();
        ContainerRecord read = StateJson.ReadRecord(StateJson.WriteRecord(record));
        Assert.Equivalent(record, read, strict: true);
    }

    [Fact]
    public void A_new_record_is_read_as_it_was_written() =>
        Assert.Equivalent(new ContainerRecord(), StateJson.ReadRecord(StateJson.WriteRecord(new ContainerRecord())), strict: true);

    [Fact]
    public void A_record_of_a_newer_or_older_version_is_read()
    {
        ContainerRecord record = StateJson.ReadRecord("""{"id":"web","future":{"a":[1]}}"""u8);
        Assert.Equal("web", record.Id);
        Assert.Equal("none", record.CgroupDriver);
        Assert.False(record.Complete);
    }

    [Theory]
    [InlineData("", "cannot read state.json: it is empty (line 1, column 1)")]
    [InlineData("""{"id":"web",""", "cannot read state.json: id: it ends in the middle; is it cut off? (line 1, column 13)")]
    [InlineData("""{"created":"yesterday"}""", "cannot read state.json: created: expected a time as \"2026-11-24T10:15:00Z\", found a string (line 1, column 12)")]
    [InlineData("""{"id":"\udc00"}""", "cannot read state.json: id: a \\u escape that is half of a surrogate pair (line 1, column 7)")]
    public void A_broken_record_is_refused(string json, string message) =>
        Assert.Equal(message, Assert.Throws<ContainerException>(() => StateJson.ReadRecord(Encoding.UTF8.GetBytes(json))).Message);

    [Fact]
    public void A_hook_gets_the_specifications_object() =>
        Assert.Equal(
            """{"ociVersion":"1.3.0","id":"web","status":"created","pid":4242,"bundle":"/bundles/web","annotations":{"a.b":"é\"<"}}""",
            Encoding.UTF8.GetString(StateJson.WriteForHooks(Record(), ContainerStatus.Created)));

    [Fact]
    public void A_hook_after_the_end_gets_no_pid() =>
        Assert.Equal(
            """{"ociVersion":"1.3.0","id":"web","status":"stopped","bundle":"/bundles/web","annotations":{"a.b":"é\"<"}}""",
            Encoding.UTF8.GetString(StateJson.WriteForHooks(Record(), ContainerStatus.Stopped)));

    [Fact]
    public void State_prints_what_the_field_prints() =>
        Assert.Equal(
            """
            {
              "ociVersion": "1.3.0",
              "id": "web",
              "pid": 4242,
              "status": "running",
              "bundle": "/bundles/web",
              "rootfs": "/bundles/web/rootfs",
              "created": "2026-11-24T10:15:00.1234567Z",
              "annotations": {
                "a.b": "é\"<"
              },
              "owner": ""
            }
            """,
            Encoding.UTF8.GetString(StateJson.WriteForState(Record(), ContainerStatus.Running)));

    [Fact]
    public void A_stopped_container_has_pid_0_and_no_annotations_are_no_field()
    {
        ContainerRecord record = Record();
        record.Annotations.Clear();
        string text = Encoding.UTF8.GetString(StateJson.WriteForState(record, ContainerStatus.Stopped));
        Assert.Contains("\"pid\": 0,", text);
        Assert.DoesNotContain("annotations", text);
    }

    [Fact]
    public void An_empty_list_is_null() => Assert.Equal("null", Encoding.UTF8.GetString(StateJson.WriteForList([])));

    [Fact]
    public void A_list_is_one_line() =>
        Assert.Equal(
            """[{"ociVersion":"1.3.0","id":"web","pid":4242,"status":"paused","bundle":"/bundles/web","rootfs":"/bundles/web/rootfs","created":"2026-11-24T10:15:00.1234567Z","annotations":{"a.b":"é\"<"},"owner":"root"}]""",
            Encoding.UTF8.GetString(StateJson.WriteForList([(Record(), ContainerStatus.Paused, "root")])));

    [Theory]
    [InlineData(0, "2026-11-24T10:15:00Z")]
    [InlineData(1_000_000, "2026-11-24T10:15:00.1Z")]
    [InlineData(10, "2026-11-24T10:15:00.000001Z")]
    public void A_time_has_as_many_decimals_as_there_are(long ticks, string text) =>
        Assert.Equal(text, StateJson.Timestamp(new DateTimeOffset(2026, 11, 24, 12, 15, 0, TimeSpan.FromHours(2)).AddTicks(ticks)));

    private static ContainerRecord Record() => new()
    {
        Id = "web",
        Bundle = "/bundles/web",
        Rootfs = "/bundles/web/rootfs",
        Created = new DateTimeOffset(2026, 11, 24, 10, 15, 0, TimeSpan.Zero).AddTicks(1_234_567),
        Owner = 1000,
        InitPid = 4242,
        InitStartTime = ulong.MaxValue,
        Complete = true,
        Started = true,
        CgroupDriver = "hybrid",
        CgroupPaths = { ["/sys/fs/cgroup/memory"] = "/web", ["/sys/fs/cgroup/unified"] = "/web" },
        CgroupsMadeByUs = true,
        OwnNamespacesAlone = 0x7e020080,
        Annotations = { ["a.b"] = "é\"<" },
        PoststartHooks = [new Hook { Path = "/bin/first", Args = ["first"] }],
        PoststopHooks = [new Hook { Path = "/bin/hook", Args = ["hook"], Env = ["A=b"], TimeoutSeconds = 3 }],
    };
}
