using System;
using System.IO;
using System.Text.Json.Nodes;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests.RealSystem;

/// <summary>A container that is a single static program, looked at with real tools that it does not have: gdb, strace, tcpdump, ip; Debian's, brought by --with.</summary>
public sealed class ToolTests : IDisposable
{
    private static readonly Lazy<string> s_archive = new(Make);
    private readonly string _tools = Path.Combine(Path.GetTempPath(), "rideau-tests", $"t{Environment.ProcessId}-tools");
    private readonly Bundle _bundle;

    public ToolTests()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root");
        Directory.CreateDirectory(_tools);
        Outcome unpacked = RideauProgram.Shell($"tar --numeric-owner --exclude='./dev/*' -xpf '{s_archive.Value}' -C '{_tools}'", 120);
        Assert.True(unpacked.ExitCode == 0, unpacked.ToString());
        _bundle = new Bundle();
        _bundle.Process["args"] = new JsonArray("/busybox", "httpd", "-f", "-p", "127.0.0.1:80", "-h", "/");
        string root = _bundle.RootFilesystem;
        RideauProgram.Shell($"cp /bin/busybox '{_tools}/busybox'; rm -rf '{root}'/*; cp /bin/busybox '{root}/busybox'; mkdir '{root}/proc' '{root}/dev' '{root}/sys'; echo page >'{root}/index.html'");
        _bundle.Namespace("network").Started();
    }

    [Fact]
    public void Gdb_looks_at_the_only_program_there()
    {
        string said = With("gdb", "-batch", "-p", "1", "-ex", "info proc", "-ex", "detach").Output;
        Assert.Contains("process 1\n", said, StringComparison.Ordinal);
        Assert.Contains("exe = '/busybox'", said, StringComparison.Ordinal);
        Assert.Equal("running", (string?)_bundle.State()["status"]);
    }

    [Fact]
    public void Strace_and_tcpdump_see_a_request()
    {
        Outcome outcome = With("sh", "-c", """
            timeout 60 strace -f -p 1 -o /tmp/calls 2>/dev/null & strace=$!
            timeout 60 tcpdump -l -n -i lo -c 1 'dst port 80 and tcp[13] & 2 != 0' >/tmp/packets 2>/tmp/log &
            i=0
            while [ $i -lt 200 ] && ! grep -q '127.0.0.1.80: Flags .S.,' /tmp/packets; do curl -sS --max-time 5 http://127.0.0.1/index.html >/tmp/page; sleep 0.1; i=$((i+1)); done
            kill $strace; wait
            cat /tmp/log >&2; cat /tmp/page; grep -o -m1 '127.0.0.1.80: Flags .S.,' /tmp/packets; grep -o -m1 'accept' /tmp/calls
            """);
        Assert.True(outcome.Output == "page\n127.0.0.1.80: Flags [S],\naccept\n", outcome.ToString());
    }

    [Fact]
    public void The_tools_have_devices_and_room_for_files_and_nobody_inside_sees_them()
    {
        Outcome outcome = With("sh", "-c", "echo x >/tmp/x && echo y >/dev/null && cat /tmp/x; echo z 2>/dev/null >/etc/z; ls /mnt; ip -br link | cut -d' ' -f1");
        Assert.Equal("x\nbusybox\ndev\nindex.html\nproc\nsys\nlo\n", outcome.Output);
        Assert.Equal("busybox\ndev\nindex.html\nproc\nsys\n", _bundle.Exec("/busybox", "ls", "/").Output);
        Assert.Equal("", _bundle.Exec("/busybox", "grep", "-c", "mnt", "/proc/self/mountinfo").Output.Trim('0', '\n'));
    }

    public void Dispose()
    {
        _bundle.Dispose();
        RideauProgram.Shell($"rm -rf --one-file-system '{_tools}'", 120);
    }

    private Outcome With(params string[] words) => _bundle.Rideau(["enter", "--quiet", "--with", _tools, _bundle.Name, "--", .. words]);

    private static string Make()
    {
        Outcome outcome = RideauProgram.Execute(Path.Combine(SourceTree.Root, "tests", "real-system", "make-debian"), ["tools"], limitSeconds: 400);
        return outcome.ExitCode == 0 ? outcome.Output.Trim() : throw new InvalidOperationException($"no tree of tools could be made: {outcome}");
    }
}
