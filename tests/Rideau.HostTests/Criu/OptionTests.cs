using System;
using System.Globalization;
using System.IO;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests.Criu;

/// <summary>Options of checkpoint and restore that change what CRIU does, each seen to do it.</summary>
public sealed class OptionTests
{
    private const string Counting = "i=0; while :; do echo $i >/tmp/count; i=$((i+1)); sleep 0.1; done";

    /// <summary>--pre-dump leaves the container running; the dump behind it has only what has changed, and finds the rest by --parent-path.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("--auto-dedup")]
    public void A_dump_can_build_on_one_before_it(string more)
    {
        CriuMachine.Require();
        Assert.SkipUnless(RideauProgram.Shell($"PATH='{CriuMachine.SearchPath}' criu check --feature mem_dirty_track").ExitCode == 0, "needs a kernel that tracks dirty pages (CONFIG_MEM_SOFT_DIRTY)");
        using Bundle bundle = new Bundle($"head -c 8000000 /dev/zero | tr '\\0' x >/dev/shm/much; much=$(head -c 2000000 /dev/shm/much); {Counting}").WithLinux("""{"resources":{"pids":{"limit":64}}}""");
        bundle.RunQuietly();
        Assert.True(CriuMachine.Becomes(() => Count(bundle) > 0));
        Outcome first = bundle.Quietly($"checkpoint --pre-dump --image-path '{bundle.Directory}/first' --work-path '{CriuMachine.Work(bundle)}' {bundle.Name}");
        Assert.True(first.ExitCode == 0, first.ToString());
        Assert.Equal("running", (string?)bundle.State()["status"]);
        bundle.Checkpoint($"--parent-path ../first {more}");
        Assert.Equal("../first", new FileInfo(Path.Combine(CriuMachine.Images(bundle), "parent")).LinkTarget);
        int before = Count(bundle);
        bundle.Restore("--no-subreaper");
        Assert.True(CriuMachine.Becomes(() => Count(bundle) > before), "it does not go on");
    }

    [Fact]
    public void An_established_connection_is_kept_where_that_is_asked_for()
    {
        CriuMachine.Require();
        using Bundle bundle = new("{ while :; do sleep 1; done; } | busybox nc -l -p 7777 >/tmp/got & sleep 0.5; { i=0; while :; do echo $i; i=$((i+1)); sleep 0.1; done; } | busybox nc 127.0.0.1 7777");
        bundle.RunQuietly();
        Assert.True(CriuMachine.Becomes(() => Lines(bundle) > 3), "nothing came over the connection");
        Outcome without = bundle.Quietly($"checkpoint --image-path '{CriuMachine.Images(bundle)}' {bundle.Name}");
        Assert.True(without.ExitCode == 1 && without.Error.Contains("tcp", StringComparison.OrdinalIgnoreCase), without.ToString());
        Assert.Equal("running", (string?)bundle.State()["status"]);
        Directory.Delete(CriuMachine.Images(bundle), recursive: true);
        Outcome with = bundle.Quietly($"checkpoint --image-path '{CriuMachine.Images(bundle)}' --work-path '{CriuMachine.Work(bundle)}' --tcp-established {bundle.Name}");
        Assert.SkipWhen(with.Error.Contains("Can't get 1:16 opt", StringComparison.Ordinal), "this criu is older than the kernel: it asks TCP sockets for SO_PASSCRED");
        Assert.True(with.ExitCode == 0, with.ToString());
        bundle.Restore("--tcp-established");
        int before = Lines(bundle);
        Assert.True(CriuMachine.Becomes(() => Lines(bundle) > before + 3), "the connection does not go on");
    }

    private static int Count(Bundle bundle)
    {
        string path = Path.Combine(bundle.RootFilesystem, "tmp", "count");
        return File.Exists(path) && int.TryParse(File.ReadAllText(path), NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out int count) ? count : -1;
    }

    private static int Lines(Bundle bundle) => bundle.Exec("cat", "/tmp/got").Output.Split('\n').Length;
}
