using System;
using System.IO;
using System.Threading;
using Rideau.HostTests.Harness;
using Rideau.HostTests.Seccomp;
using Xunit;

namespace Rideau.HostTests;

/// <summary>An init whose first thread has ended while another goes on: /proc shows a zombie, and it is none.</summary>
public sealed class FirstThreadTests
{
    [Fact]
    public void A_container_runs_as_long_as_one_thread_of_its_init_does()
    {
        using var bundle = new Bundle();
        // exit(2) by number ends one thread only: the first.
        new SystemCallProgram().InThread(thread => thread.Sleep(60)).Call(60, 0).Into(bundle);
        Assert.Equal(0, bundle.Create().ExitCode);
        int pid = (int)bundle.State()["pid"]!;
        Assert.Equal(0, bundle.Rideau("start", bundle.Name).ExitCode);
        Assert.True(
            SpinWait.SpinUntil(() => File.ReadAllText($"/proc/{pid}/stat").Contains(") Z ", StringComparison.Ordinal), TimeSpan.FromSeconds(20)),
            "the first thread has not ended");

        Assert.Equal("running", (string?)bundle.State()["status"]);
        Assert.NotEqual(0, bundle.Delete(force: false).ExitCode);
        Assert.Equal(0, bundle.Rideau("kill", bundle.Name, "KILL").ExitCode);
        Assert.True(bundle.WaitForStatus("stopped"), "kill KILL does not stop it");
    }
}
