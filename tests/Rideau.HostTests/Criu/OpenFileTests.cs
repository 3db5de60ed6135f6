using System.IO;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests.Criu;

/// <summary>What processes have open that CRIU writes only where it is told to: each is refused without its option, and goes on with it.</summary>
public sealed class OpenFileTests
{
    /// <summary>Of a file with two names the one by which it was opened is gone.</summary>
    [Fact]
    public void A_file_whose_name_is_gone_is_kept_with_link_remap()
    {
        CriuMachine.Require();
        using Bundle bundle = new($"exec 9>>/tmp/gone; ln /tmp/gone /tmp/other; rm /tmp/gone; echo ready >/tmp/ready; i=0; while :; do echo $i >&9; i=$((i+1)); sleep 0.1; done");
        Refused(bundle, "remap");
        bundle.Checkpoint("--link-remap");
        int before = Lines();
        Assert.True(before > 0);
        bundle.Restore();
        Assert.True(CriuMachine.Becomes(() => Lines() > before), "it does not write any more");
        Assert.Equal(["other", "ready"], [.. System.Linq.Enumerable.Order(System.Linq.Enumerable.Select(Directory.GetFiles(Path.Combine(bundle.RootFilesystem, "tmp")), file => Path.GetFileName(file)))]);

        int Lines() => File.ReadAllLines(Path.Combine(bundle.RootFilesystem, "tmp", "other")).Length;
    }

    /// <summary>A datagram socket that is connected to one of the machine, as everything that logs has.</summary>
    [Fact]
    public void A_socket_of_the_machine_is_left_out_with_ext_unix_sk()
    {
        CriuMachine.Require();
        // CRIU looks for the other end in the container's network: it has to be the machine's.
        using Bundle bundle = new Bundle("until test -e /tmp/name; do sleep 0.1; done; ln -s $(cat /tmp/name) /dev/log; echo ready >/tmp/ready; { i=0; while :; do echo line$i; i=$((i+1)); sleep 0.1; done; } | busybox logger").Without("network");
        string place = Directory.CreateDirectory(Path.Combine(bundle.Directory, "log-socket")).FullName;
        string got = Path.Combine(bundle.Directory, "got");
        using System.Diagnostics.Process reader = System.Diagnostics.Process.Start("python3", ["-c", $"""
            import socket
            s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind("{place}/log")
            s.settimeout(100)
            with open("{got}", "wb", 0) as file:
                while True: file.write(s.recv(4096) + b"\n")
            """]);
        try
        {
            Assert.True(CriuMachine.Becomes(() => File.Exists($"{place}/log")));
            // It is connected anew by the name that the other end has: that is the same inside.
            bundle.Mount(place, "bind", place, "bind");
            File.WriteAllText(Path.Combine(Directory.CreateDirectory(Path.Combine(bundle.RootFilesystem, "tmp")).FullName, "name"), $"{place}/log");
            Refused(bundle, "unix");
            Assert.True(CriuMachine.Becomes(() => Lines() > 2), "nothing is logged");
            bundle.Checkpoint("--ext-unix-sk");
            int before = Lines();
            bundle.Restore("--ext-unix-sk");
            Assert.True(CriuMachine.Becomes(() => Lines() > before + 2), "nothing is logged any more");
        }
        finally
        {
            reader.Kill();
            reader.WaitForExit();
        }

        int Lines() => File.ReadAllLines(got).Length;
    }

    private static void Refused(Bundle bundle, string reason)
    {
        bundle.RunQuietly();
        Assert.True(CriuMachine.Becomes(() => File.Exists(Path.Combine(bundle.RootFilesystem, "tmp", "ready"))));
        Outcome without = bundle.Quietly($"checkpoint --image-path '{bundle.Directory}/refused' {bundle.Name}");
        Assert.True(without.ExitCode == 1 && without.Error.Contains(reason, System.StringComparison.OrdinalIgnoreCase), without.ToString());
        Assert.Equal("running", (string?)bundle.State()["status"]);
    }
}
