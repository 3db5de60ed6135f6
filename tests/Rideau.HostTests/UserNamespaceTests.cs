using System;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using System.Threading;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests;

/// <summary>config-linux.md#user-namespace-mappings, for root and for ordinary users.</summary>
public sealed class UserNamespaceTests
{
    private const string Maps = "cat /proc/self/uid_map /proc/self/gid_map | tr -s ' ' | sed 's/^ //'";

    [Fact]
    public void Ids_are_mapped()
    {
        using var bundle = new Bundle($"id -u; id -g; {Maps}").WithUserNamespace();
        Assert.Equal("0\n0\n0 100000 65536\n0 100000 65536", bundle.Says());
    }

    [Fact]
    public void Several_ranges_are_mapped()
    {
        using var bundle = new Bundle(Maps).WithUserNamespace(200000, 10);
        bundle.WithLinux("""{"uidMappings":[{"containerID":0,"hostID":200000,"size":10},{"containerID":50,"hostID":300000,"size":1}]}""").WithProcess("""{"user":{"uid":50,"gid":9}}""");
        Assert.Equal("0 200000 10\n50 300000 1\n0 200000 10", bundle.Says());
    }

    [Fact]
    public void The_machine_sees_the_mapped_ids()
    {
        using var bundle = new Bundle("sleep 100").WithUserNamespace().WithProcess("""{"user":{"uid":1000,"gid":1001,"additionalGids":[5,6]}}""").Started();
        string status = File.ReadAllText($"/proc/{bundle.State()["pid"]}/status");
        Assert.Contains("Uid:\t101000\t101000\t101000\t101000", status, StringComparison.Ordinal);
        Assert.Contains("Gid:\t101001\t101001\t101001\t101001", status, StringComparison.Ordinal);
        Assert.Contains("Groups:\t100005 100006", status, StringComparison.Ordinal);
    }

    [Fact]
    public void The_namespaces_are_owned_by_the_user_namespace()
    {
        using var bundle = new Bundle("hostname changed && hostname; mount -t tmpfs x /tmp && grep -c ' /tmp ' /proc/mounts; ip link set lo down && echo down").WithUserNamespace();
        GiveAll(bundle);
        Assert.Equal("changed\n1\ndown", bundle.Says());
    }

    [Fact]
    public void Devices_and_file_systems_are_usable()
    {
        using var bundle = new Bundle("echo x >/dev/null; head -c3 /dev/zero | wc -c; stat -c '%u %t:%T' -L /dev/null; grep -E ' (/proc|/sys|/dev|/dev/pts|/dev/shm|/dev/mqueue) ' /proc/mounts | cut -d' ' -f2,3; touch /dev/shm/x /dev/mqueue/y && echo ok").WithUserNamespace();
        Assert.Equal("3\n65534 1:3\n/proc proc\n/dev tmpfs\n/dev/pts devpts\n/dev/shm tmpfs\n/dev/mqueue mqueue\n/sys sysfs\nok", bundle.Says());
    }

    [Fact]
    public void Exec_is_in_the_user_namespace()
    {
        using var bundle = new Bundle("sleep 100").WithUserNamespace().Started();
        Outcome outcome = bundle.Rideau("exec", "--user", "7:8", bundle.Name, "sh", "-c", $"id -u; id -g; {Maps}");
        Assert.Equal("7\n8\n0 100000 65536\n0 100000 65536\n", outcome.Output);
    }

    [Fact]
    public void A_user_namespace_is_joined_with_what_it_owns()
    {
        using Bundle pause = new Bundle("sleep 100").WithUserNamespace().Started();
        string files = $"/proc/{pause.State()["pid"]}/ns";
        using var bundle = new Bundle($"readlink /proc/self/ns/user; readlink /proc/self/ns/net; ip link set lo down && echo down; {Maps}; grep ^Groups /proc/self/status | tr -d '\\t '").Namespace("user", $"{files}/user").Namespace("network", $"{files}/net");
        GiveAll(bundle);
        string identities = RideauProgram.Shell($"readlink {files}/user {files}/net").Output;
        Assert.Equal($"{identities}down\n0 100000 65536\n0 100000 65536\nGroups:", bundle.Says());
    }

    [Fact]
    public void A_user_namespace_that_denies_groups_is_joined()
    {
        using var holder = new NamespaceHolder("--user --map-root-user --net", $"setpriv --reuid={SubordinateUser.Stranger} --regid={SubordinateUser.Stranger} --clear-groups");
        using var bundle = new Bundle("readlink /proc/self/ns/user; cat /proc/self/setgroups").Namespace("user", holder["user"]).Namespace("network", holder["net"]);
        bundle.Configuration["mounts"]!.AsArray().First(mount => (string)mount!["destination"]! == "/dev/pts")!["options"] = new JsonArray("newinstance");
        Assert.Equal($"{holder.Identity("user")}\ndeny", bundle.Says());
    }

    [Theory]
    [InlineData("""{"uidMappings":null}""", "mapping")]
    [InlineData("""{"gidMappings":null}""", "mapping")]
    [InlineData("""{"uidMappings":[{"containerID":1,"hostID":100000,"size":1}]}""", "not mapped")]
    [InlineData("""{"uidMappings":[{"containerID":0,"hostID":100000,"size":10},{"containerID":5,"hostID":200000,"size":10}]}""", "overlap")]
    public void Wrong_mappings_are_refused(string patch, string words)
    {
        using var bundle = new Bundle("true").WithUserNamespace().WithLinux(patch);
        Refused(bundle, words);
    }

    [Fact]
    public void A_user_that_is_not_mapped_is_refused()
    {
        using var bundle = new Bundle("true").WithUserNamespace(100000, 10).WithProcess("""{"user":{"uid":10,"gid":0}}""");
        Refused(bundle, "not mapped");
    }

    [Fact]
    public void Mappings_without_a_user_namespace_are_refused()
    {
        using var bundle = new Bundle("true").WithLinux("""{"uidMappings":[{"containerID":0,"hostID":100000,"size":1}]}""");
        Refused(bundle, "user namespace");
    }

    [Fact]
    public void An_ordinary_user_runs_what_spec_rootless_writes()
    {
        const uint uid = SubordinateUser.Stranger;
        using var bundle = new Bundle($"id -u; id -g; {Maps}; cat /proc/self/setgroups; hostname; ps | wc -l").AsUser(uid, uid);
        Assert.StartsWith($"0\n0\n0 {uid} 1\n0 {uid} 1\ndeny\n", bundle.Says(), StringComparison.Ordinal);
    }

    [Fact]
    public void An_ordinary_user_has_the_whole_life_of_a_container()
    {
        using var bundle = new Bundle("echo started; sleep 100").AsUser(SubordinateUser.Stranger, SubordinateUser.Stranger);
        Assert.Equal(0, bundle.Create().ExitCode);
        Assert.Equal("created", (string?)bundle.State()["status"]);
        Assert.Equal(0, bundle.Start().ExitCode);
        Outcome outcome = bundle.Exec("sh", "-c", "id -u; exit 3");
        Assert.Equal((3, "0\n"), (outcome.ExitCode, outcome.Output));
        SpinWait.SpinUntil(() => bundle.CreatedOutput.Length > 0, 10_000);
        Assert.Equal(0, bundle.Rideau("kill", bundle.Name, "KILL").ExitCode);
        Assert.True(bundle.WaitForStatus("stopped"));
        Assert.Equal(0, bundle.Delete(force: false).ExitCode);
        Assert.Equal("started\n", bundle.CreatedOutput);
    }

    [Fact]
    public void An_ordinary_user_maps_ranges_with_newuidmap()
    {
        SubordinateUser user = SubordinateUser.Find();
        using var bundle = new Bundle($"{Maps}; grep ^Groups /proc/self/status | tr -d '\\t '; touch /tmp/x && chown 1000:1000 /tmp/x && stat -c '%u %g' /tmp/x").AsUser(user);
        MapRanges(bundle, user);
        bundle.With("""{"root":{"readonly":false}}""");
        JsonArray Chown() => new("CAP_CHOWN");
        bundle.Process["capabilities"] = new JsonObject { ["bounding"] = Chown(), ["effective"] = Chown(), ["permitted"] = Chown() };
        Assert.Equal($"0 {user.Uid} 1\n1 {user.FirstUid} 5000\n0 {user.Gid} 1\n1 {user.FirstGid} 5000\nGroups:\n1000 1000", bundle.Says());
        RideauProgram.Shell($"chown {user.Uid} '{bundle.RootFilesystem}/tmp/x'");
    }

    [Fact]
    public void An_ordinary_user_with_ranges_runs_as_another_user()
    {
        SubordinateUser user = SubordinateUser.Find();
        using var bundle = new Bundle("id -u; id -g; id -G").AsUser(user);
        MapRanges(bundle, user);
        bundle.WithProcess("""{"user":{"uid":1000,"gid":1000,"additionalGids":[7]}}""");
        Assert.Equal("1000\n1000\n1000 7", bundle.Says());
    }

    [Fact]
    public void An_ordinary_user_with_ranges_executes_as_another_user()
    {
        SubordinateUser user = SubordinateUser.Find();
        using var bundle = new Bundle("sleep 100").AsUser(user);
        MapRanges(bundle, user);
        Assert.Equal(0, bundle.Create().ExitCode);
        Assert.Equal(0, bundle.Start().ExitCode);
        Outcome outcome = bundle.Rideau("exec", "--user", "1000:1001", "--additional-gids", "7", bundle.Name, "id", "-G");
        Assert.Equal((0, RideauProgram.IsAnother ? outcome.Output : "1001 7\n"), (outcome.ExitCode, outcome.Output));
        Assert.Equal(0, bundle.Delete().ExitCode);
    }

    [Fact]
    public void Ranges_that_are_not_the_users_are_refused_with_the_file_to_change()
    {
        const uint uid = SubordinateUser.Stranger;
        using var bundle = new Bundle("true").AsUser(uid, uid);
        MapRanges(bundle, new SubordinateUser(uid, uid, 100000, 100000));
        Refused(bundle, "/etc/sub");
    }

    [Fact]
    public void Without_newuidmap_the_error_names_the_package_and_the_files()
    {
        RideauProgram.SkipForAnother("the words are this runtime's");
        using var bundle = new Bundle("true").AsUser(SubordinateUser.Stranger, SubordinateUser.Stranger);
        MapRanges(bundle, new SubordinateUser(SubordinateUser.Stranger, SubordinateUser.Stranger, 100000, 100000));
        bundle.Write();
        // Whiteouts in a layer over /usr/bin, in a mount namespace of the command's own.
        Outcome outcome = RideauProgram.Execute("unshare", ["--mount", "--propagation", "private", "sh", "-e", "-c", $"""
            cd '{bundle.Directory}'
            mkdir upper work
            mknod upper/newuidmap c 0 0
            mknod upper/newgidmap c 0 0
            mount -t overlay -o "lowerdir=/usr/bin,upperdir=$PWD/upper,workdir=$PWD/work" hidden /usr/bin
            exec setpriv --reuid={SubordinateUser.Stranger} --regid={SubordinateUser.Stranger} --clear-groups '{RideauProgram.Path}' --root '{bundle.Root}' run --bundle . {bundle.Name}
            """]);
        Assert.True(outcome.ExitCode == 1, outcome.ToString());
        Assert.Contains("\"newgidmap\" is not installed", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("apt-get install uidmap", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("/etc/subuid and /etc/subgid", outcome.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"uidMappings":null}""", "mapping")]
    [InlineData("""{"uidMappings":[{"containerID":0,"hostID":0,"size":1}]}""", "map")]
    public void An_ordinary_user_without_a_right_mapping_is_refused(string patch, string words)
    {
        using var bundle = new Bundle("true").AsUser(SubordinateUser.Stranger, SubordinateUser.Stranger).WithLinux(patch);
        Refused(bundle, words);
    }

    [Fact]
    public void An_ordinary_user_without_a_user_namespace_is_refused()
    {
        using var bundle = new Bundle("true").AsUser(SubordinateUser.Stranger, SubordinateUser.Stranger).Without("user").WithLinux("""{"uidMappings":null,"gidMappings":null}""");
        Refused(bundle, "user namespace");
    }

    [Fact]
    public void Additional_groups_of_an_ordinary_user_with_one_id_are_refused()
    {
        using var bundle = new Bundle("true").AsUser(SubordinateUser.Stranger, SubordinateUser.Stranger).WithProcess("""{"user":{"additionalGids":[0]}}""");
        Refused(bundle, "additionalGids");
    }

    private static void MapRanges(Bundle bundle, SubordinateUser user)
    {
        JsonArray Map(uint own, uint first) => new(
            new JsonObject { ["containerID"] = 0, ["hostID"] = own, ["size"] = 1 },
            new JsonObject { ["containerID"] = 1, ["hostID"] = first, ["size"] = 5000 });
        bundle.Linux["uidMappings"] = Map(user.Uid, user.FirstUid);
        bundle.Linux["gidMappings"] = Map(user.Gid, user.FirstGid);
    }

    private static void GiveAll(Bundle bundle)
    {
        JsonArray All() => new("CAP_SYS_ADMIN", "CAP_NET_ADMIN");
        bundle.Process["capabilities"] = new JsonObject { ["bounding"] = All(), ["effective"] = All(), ["permitted"] = All() };
    }

    private static void Refused(Bundle bundle, string words)
    {
        Outcome outcome = bundle.Run();
        Assert.True(outcome.ExitCode == 1, outcome.ToString());
        if (!RideauProgram.IsAnother)
        {
            Assert.Contains(words, outcome.Error, StringComparison.OrdinalIgnoreCase);
        }

        Assert.NotEqual(0, bundle.Rideau("state", bundle.Name).ExitCode);
    }
}
