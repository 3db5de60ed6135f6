using System;
using System.Diagnostics;
using System.IO;
using System.Net;
using System.Net.Sockets;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests.Criu;

/// <summary>Memory that goes over a connection.</summary>
public sealed class PageTests
{
    private const string Counting = "much=$(head -c 3000000 /dev/zero | tr '\\0' x); i=0; while :; do echo $i ${#much} >/tmp/count; i=$((i+1)); sleep 0.1; done";

    /// <summary>--page-server: the pages are where the server writes them, everything else in the image path.</summary>
    [Fact]
    public void Memory_is_sent_to_a_page_server()
    {
        CriuMachine.Require();
        using Bundle bundle = new Bundle(Counting).RunQuietly();
        Assert.True(CriuMachine.Becomes(() => Count(bundle) > 0));
        string pages = Directory.CreateDirectory(Path.Combine(bundle.Directory, "pages")).FullName;
        int port = FreePort();
        using Process server = Criu("page-server", "--images-dir", pages, "--address", "127.0.0.1", "--port", $"{port}");
        Assert.True(CriuMachine.Becomes(() => Listens(port)));
        bundle.Checkpoint($"--page-server 127.0.0.1:{port}");
        Assert.True(server.WaitForExit(30_000));
        Assert.Equal(0, server.ExitCode);
        Assert.Empty(Directory.GetFiles(CriuMachine.Images(bundle), "pages-*.img"));
        Assert.NotEmpty(Directory.GetFiles(pages, "pages-*.img"));
        foreach (string file in Directory.GetFiles(pages))
        {
            File.Copy(file, Path.Combine(CriuMachine.Images(bundle), Path.GetFileName(file)), overwrite: true);
        }

        int before = Count(bundle);
        bundle.Restore();
        Assert.True(CriuMachine.Becomes(() => Count(bundle) > before + 2), "it does not go on");
        Assert.EndsWith(" 3000000\n", File.ReadAllText(Path.Combine(bundle.RootFilesystem, "tmp", "count")), StringComparison.Ordinal);
    }

    private static int Count(Bundle bundle)
    {
        string path = Path.Combine(bundle.RootFilesystem, "tmp", "count");
        return File.Exists(path) && int.TryParse(File.ReadAllText(path).Split(' ')[0], out int count) ? count : -1;
    }

    private static Process Criu(params string[] words) =>
        Process.Start("/bin/sh", ["-c", $"PATH='{CriuMachine.SearchPath}' exec timeout 100 criu \"$@\" </dev/null >/dev/null 2>&1", "criu", .. words]);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static bool Listens(int port) => RideauProgram.Shell($"grep -q ':{port:X4} 00000000:0000 0A' /proc/net/tcp").ExitCode == 0;
}
