using System;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests.Cgroups;

/// <summary>What cgroup v2 alone, with all controllers, does: seen on a machine that has it (the VM bench).</summary>
public sealed class Version2Tests
{
    [Theory]
    [InlineData(2, "1")]
    [InlineData(512, "59")]
    [InlineData(1024, "100")]
    [InlineData(2048, "174")]
    [InlineData(262144, "10000")]
    public void Shares_are_a_weight(int shares, string weight)
    {
        using Bundle bundle = Created($$"""{"cpu": {"shares": {{shares}} } }""");
        Assert.Equal(weight, Groups.Read(bundle, "cpu", "cpu.weight"));
    }

    [Theory]
    [InlineData("""{"memory": {"limit": 67108864, "swap": 67108864}}""", "67108864", "0")]
    [InlineData("""{"memory": {"limit": 67108864, "swap": 100663296}}""", "67108864", "33554432")]
    [InlineData("""{"memory": {"limit": 67108864, "swap": -1}}""", "67108864", "max")]
    [InlineData("""{"memory": {"limit": -1}}""", "max", "max")]
    public void Memory_and_swap_are_counted_apart(string resources, string memory, string swap)
    {
        using Bundle bundle = Created(resources);
        Assert.Equal((memory, swap), (Groups.Read(bundle, "memory", "memory.max"), Groups.Read(bundle, "memory", "memory.swap.max")));
    }

    [Fact]
    public void Less_memory_with_swap_than_without_is_refused()
    {
        Require();
        using Bundle bundle = new Bundle().With(WithResources("""{"memory": {"limit": 67108864, "swap": 33554432}}"""));
        Outcome created = bundle.Create();
        Assert.Equal(1, created.ExitCode);
        Assert.Contains("memory+swap limit", created.Error, StringComparison.Ordinal);
        Assert.Empty(Groups.Existing(Groups.PathOf(bundle)));
    }

    [Fact]
    public void Above_memory_high_the_container_is_slowed_and_not_killed()
    {
        using Bundle bundle = Started("dd if=/dev/zero of=/dev/shm/file bs=1M count=12 2>/dev/null; sleep 100", """{"memory": {"limit": 67108864}, "unified": {"memory.high": "8388608"}}""");
        Assert.True(Becomes(() => Count(bundle, "memory", "memory.events", "high") > 0));
        Assert.Equal(0, Count(bundle, "memory", "memory.events", "oom_kill"));
        Assert.Equal("running", (string?)bundle.State()["status"]);
    }

    [Fact]
    public void A_kill_for_want_of_memory_is_counted_in_the_group()
    {
        using Bundle bundle = Started("tail /dev/zero; sleep 100", """{"memory": {"limit": 20971520, "swap": 20971520}}""");
        Assert.True(Becomes(() => Count(bundle, "memory", "memory.events", "oom_kill") > 0));
        Assert.Equal("running", (string?)bundle.State()["status"]);
    }

    [Fact]
    public void A_weight_of_block_devices_is_one_of_io()
    {
        using Bundle bundle = Created("""{"blockIO": {"weight": 505}}""");
        string directory = Groups.Directory("io", Groups.PathOf(bundle));
        bool bfq = File.Exists(directory + "/io.bfq.weight");
        Assert.StartsWith(bfq ? "default 505" : "default 5000", File.ReadAllText(Path.Combine(directory, bfq ? "io.bfq.weight" : "io.weight")), StringComparison.Ordinal);
    }

    [Fact]
    public void Pressure_is_told_of_the_containers_own_processes()
    {
        using Bundle bundle = Started("while :; do :; done & while :; do :; done & while :; do :; done", """{"cpu": {"quota": 50000, "period": 100000}}""");
        Assert.True(Becomes(() => long.Parse(Groups.Read(bundle, "cpu", "cpu.pressure").Split('\n')[0].Split("total=")[1]) > 1000));
    }

    [Theory]
    [InlineData(true, "0", "100000")]
    [InlineData(false, "0", "0")]
    [InlineData(true, "1000", "101000")]
    public void Groups_that_the_container_may_write_are_given_to_its_user(bool userNamespace, string user, string owner)
    {
        Require();
        using Bundle bundle = Writable("sleep 100", userNamespace).WithProcess($$"""{"user": {"uid": {{user}}, "gid": 0} }""");
        Assert.Equal(0, bundle.Run("--detach").ExitCode);
        string directory = Groups.Directory("pids", Groups.PathOf(bundle));
        string[] given = ["", .. File.ReadLines("/sys/kernel/cgroup/delegate").Where(file => File.Exists($"{directory}/{file}")).Select(file => "/" + file)];
        Assert.Contains("/cgroup.procs", given);
        Assert.All(given, file => Assert.Equal(owner + "\n", RideauProgram.Execute("/usr/bin/stat", ["-c", "%u", directory + file]).Output));
        Assert.Equal("0\n", RideauProgram.Execute("/usr/bin/stat", ["-c", "%u", directory + "/memory.max"]).Output);
    }

    [Fact]
    public void A_container_divides_its_own_group_and_cannot_raise_its_own_limits()
    {
        Require();
        const string Script = """
            cd /sys/fs/cgroup && mkdir services && echo $$ >services/cgroup.procs && echo '+pids +memory' >cgroup.subtree_control && echo 5 >services/pids.max && cat services/pids.max
            echo max >memory.max; echo 100 >pids.max; echo sees $(cat memory.max)
            """;
        using Bundle bundle = Writable(Script, userNamespace: true);
        Outcome outcome = bundle.Run();
        Assert.True(outcome.Output == "5\nsees 134217728\n", outcome.ToString());
        Assert.Equal(2, outcome.Error.Split("Permission denied").Length - 1);
    }

    [Fact]
    public void Read_only_groups_are_not_given_away()
    {
        Require();
        using Bundle bundle = new Bundle("sleep 100").WithUserNamespace().Namespace("cgroup").Mount("/sys/fs/cgroup", "cgroup", "cgroup", "ro");
        Shift(bundle);
        Assert.Equal(0, bundle.Run("--detach").ExitCode);
        Assert.Equal("0\n", RideauProgram.Execute("/usr/bin/stat", ["-c", "%u", Groups.Directory("pids", Groups.PathOf(bundle)) + "/cgroup.procs"]).Output);
    }

    [Fact]
    public void Exec_joins_init_where_the_container_has_divided_its_group()
    {
        Require();
        using Bundle bundle = Writable("cd /sys/fs/cgroup && mkdir init && echo $$ >init/cgroup.procs && echo '+pids' >cgroup.subtree_control; sleep 100", userNamespace: false);
        Assert.Equal(0, bundle.Run("--detach").ExitCode);
        string group = Groups.Directory("pids", Groups.PathOf(bundle));
        Assert.True(Becomes(() => File.ReadAllText(group + "/cgroup.subtree_control").Contains("pids", StringComparison.Ordinal)));
        Outcome outcome = bundle.Exec("cat", "/proc/self/cgroup");
        Assert.True(outcome.Output == "0::/init\n", outcome.ToString());
    }

    [Fact]
    public void Threaded_groups_inside_are_the_containers_own_affair()
    {
        Require();
        using Bundle bundle = Writable("cd /sys/fs/cgroup && mkdir threads && echo threaded >threads/cgroup.type && cat threads/cgroup.type cgroup.type; sleep 100", userNamespace: false);
        Assert.Equal(0, bundle.Run("--detach").ExitCode);
        Assert.True(Becomes(() => bundle.CreatedOutput == "threaded\ndomain threaded\n"), bundle.CreatedOutput);
        Outcome outcome = bundle.Exec("echo", "goes on");
        Assert.True(outcome.Output == "goes on\n", outcome.ToString());
        Assert.Equal(0, bundle.Delete().ExitCode);
        Assert.Empty(Groups.Existing(Groups.PathOf(bundle)));
    }

    [Fact]
    public void A_group_below_a_threaded_one_is_refused_with_the_reason()
    {
        Require();
        string parent = $"/rideau-test-threaded-{Environment.ProcessId}";
        Outcome made = RideauProgram.Shell($"mkdir -p /sys/fs/cgroup{parent}/threads && echo threaded >/sys/fs/cgroup{parent}/threads/cgroup.type");
        Assert.True(made.ExitCode == 0, made.ToString());
        try
        {
            using var bundle = new Bundle("true");
            bundle.Linux["cgroupsPath"] = parent + "/threads/web";
            bundle.Linux["resources"] = JsonNode.Parse("{}");
            Outcome outcome = bundle.Run();
            Assert.Equal(1, outcome.ExitCode);
            Assert.Contains("threaded", outcome.Error, StringComparison.Ordinal);
        }
        finally
        {
            RideauProgram.Shell($"rmdir /sys/fs/cgroup{parent}/threads /sys/fs/cgroup{parent}");
        }

        Assert.False(Directory.Exists("/sys/fs/cgroup" + parent));
    }

    [Fact]
    public void Limits_of_nested_groups_are_within_the_containers()
    {
        Require();
        using Bundle bundle = Writable("cd /sys/fs/cgroup && mkdir a && echo '+pids' >cgroup.subtree_control 2>/dev/null || { mkdir b; echo $$ >b/cgroup.procs; echo '+pids' >cgroup.subtree_control; }; echo $$ >a/cgroup.procs; echo 10000 >a/pids.max; for i in $(seq 100); do sleep 10 & done; echo all", userNamespace: false);
        bundle.Linux["resources"]!["pids"] = JsonNode.Parse("""{"limit": 20}""");
        Outcome outcome = bundle.Run();
        Assert.DoesNotContain("all", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("Resource temporarily unavailable", outcome.Error, StringComparison.Ordinal);
    }

    private static void Require() => Assert.SkipUnless(Groups.Layout.Driver == "v2" && Environment.IsPrivilegedProcess, "needs root, and cgroup v2 alone with all controllers");

    // A cgroup mount for writing, in a namespace of the container's own.
    private static Bundle Writable(string command, bool userNamespace)
    {
        Bundle bundle = new Bundle(command).Namespace("cgroup").Mount("/sys/fs/cgroup", "cgroup", "cgroup", "rw", "nosuid", "nodev", "noexec");
        if (userNamespace)
        {
            Shift(bundle.WithUserNamespace());
        }

        return bundle;
    }

    /// <summary>run.oci.delegate-cgroup: limits above, the process below, and the root of its namespace between them.</summary>
    [Fact]
    public void A_group_below_the_containers_is_its_own_to_divide()
    {
        Require();
        using Bundle bundle = new Bundle("cat /proc/self/cgroup; cd /sys/fs/cgroup/payload; echo +pids > cgroup.subtree_control; mkdir inner/sub; echo $? $(cat inner/cgroup.procs | wc -l); exec sleep 100")
            .Namespace("cgroup").With(WithResources("""{"pids":{"limit":50}}""")).Mount("/sys/fs/cgroup", "cgroup", "cgroup", "rw");
        bundle.Configuration["annotations"] = new JsonObject { ["run.oci.delegate-cgroup"] = "payload/inner" };
        bundle.Started().InitAs("sleep");
        Assert.StartsWith("0::/payload/inner\n0 ", bundle.CreatedOutput, StringComparison.Ordinal);
        Assert.Equal("50", Groups.Read(bundle, "pids", "pids.max"));
        Assert.Equal("0::/payload/inner\n", bundle.Exec("cat", "/proc/self/cgroup").Output);
        string[] groups = Groups.Existing(Groups.PathOf(bundle));
        bundle.Delete();
        Assert.NotEmpty(groups);
        Assert.Empty(Groups.Existing(Groups.PathOf(bundle)));
    }

    private static void Shift(Bundle bundle) => RideauProgram.Shell($"chown -R -h 100000:100000 '{bundle.RootFilesystem}'");

    private static long Count(Bundle bundle, string controller, string file, string name) =>
        long.Parse(Groups.Read(bundle, controller, file).Split('\n').First(line => line.StartsWith(name + " ", StringComparison.Ordinal)).Split(' ')[1]);

    private static bool Becomes(Func<bool> condition)
    {
        for (int tries = 0; tries < 300; tries++)
        {
            if (condition())
            {
                return true;
            }

            System.Threading.Thread.Sleep(50);
        }

        return false;
    }

    private static Bundle Created(string resources)
    {
        Require();
        Bundle bundle = new Bundle().With(WithResources(resources));
        Outcome created = bundle.Create();
        if (created.ExitCode != 0)
        {
            bundle.Dispose();
            Assert.Fail(created.ToString());
        }

        return bundle;
    }

    private static Bundle Started(string command, string resources)
    {
        Require();
        return new Bundle(command).With(WithResources(resources)).Started();
    }

    private static Action<JsonObject> WithResources(string resources) => configuration => configuration["linux"]!["resources"] = JsonNode.Parse(resources);
}
