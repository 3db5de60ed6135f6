using System;
using System.Globalization;
using System.IO;
using System.Linq;
using Rideau.HostTests.Cgroups;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests.Systemd;

/// <summary>A user's systemd that is killed, or stands still: an error within a bounded time, and nothing is left.</summary>
[Collection(UserScopeTests.Collection)]
public sealed class ManagerTroubleTests
{
    [Fact]
    public void Killed_it_takes_the_container_with_it_and_all_is_removed_without_it()
    {
        using Bundle bundle = Started();
        string group = GroupOf(bundle);
        try
        {
            Signal("KILL");
            // systemd of the machine ends what the service has left.
            Assert.True(bundle.WaitForStatus("stopped"));
            using Bundle another = UserScopeTests.Prepare("true");
            Outcome refused = Run(another);
            Assert.True(refused.ExitCode == 1 && refused.Error.Contains("cannot reach systemd of this user", StringComparison.Ordinal) && refused.Error.Contains("hint: ", StringComparison.Ordinal), refused.ToString());
            NothingIsLeft(another);
            Outcome deleted = bundle.Delete(force: false);
            Assert.True(deleted.ExitCode == 0, deleted.ToString());
            NothingIsLeft(bundle);
            Assert.False(Directory.Exists("/sys/fs/cgroup" + group));
        }
        finally
        {
            Assert.Equal(0, RideauProgram.Shell($"systemctl reset-failed user@{UserScopeTests.Uid}; systemctl start user@{UserScopeTests.Uid}").ExitCode);
        }

        using Bundle after = Started();
    }

    [Fact]
    public void One_that_stands_still_is_waited_for_no_longer_than_half_a_minute_at_a_time()
    {
        using Bundle bundle = Started();
        string group = GroupOf(bundle);
        try
        {
            Signal("STOP");
            using Bundle another = UserScopeTests.Prepare("true");
            Outcome refused = Run(another);
            Assert.True(refused is { ExitCode: 1, TimedOut: false } && refused.Error.Contains("cannot talk to systemd at", StringComparison.Ordinal) && refused.Error.Contains("does not answer", StringComparison.Ordinal), refused.ToString());
            NothingIsLeft(another);
            // What is there can be ended all the same.
            Outcome deleted = bundle.Delete();
            Assert.True(deleted is { ExitCode: 0, TimedOut: false }, deleted.ToString());
            NothingIsLeft(bundle);
        }
        finally
        {
            Signal("CONT");
        }

        Assert.True(SystemdMachine.Becomes(() => !Directory.Exists("/sys/fs/cgroup" + group)));
    }

    [Fact]
    public void A_socket_that_is_there_and_closes_at_once_or_says_nonsense_is_an_error()
    {
        foreach (string answer in new[] { "", "REJECTED EXTERNAL\\r\\n", "OK 0123\\r\\nnonsense that is no message at all" })
        {
            using Bundle bundle = UserScopeTests.Prepare("true");
            string folder = Path.Combine(bundle.Directory, "run");
            string socket = Path.Combine(folder, "systemd", "private");
            bundle.Write();
            string serve = $"import socket,sys\ns=socket.socket(socket.AF_UNIX)\ns.bind(sys.argv[1])\ns.listen(9)\nopen(sys.argv[1]+'.ready','w').close()\nfor _ in range(2):\n  c=s.accept()[0]\n  c.recv(100)\n  c.sendall(b'{answer}')\n  c.close()\n";
            Outcome outcome = bundle.OnMachine("sh", "-c", $"mkdir -p '{folder}/systemd'; timeout 100 python3 -c \"$1\" '{socket}' >/dev/null 2>&1 & until [ -e '{socket}.ready' ]; do sleep 0.1; done; XDG_RUNTIME_DIR='{folder}' '{RideauProgram.Path}' --root '{bundle.Root}' --systemd-cgroup run --bundle '{bundle.Directory}' {bundle.Name}; status=$?; kill %1; exit $status", "sh", serve);
            Assert.True(outcome is { ExitCode: 1, TimedOut: false } && outcome.Error.Contains($"cannot talk to systemd at \"{socket}\"", StringComparison.Ordinal), outcome.ToString());
            NothingIsLeft(bundle);
        }
    }

    private static Bundle Started()
    {
        Bundle bundle = UserScopeTests.Prepare("sleep 1000");
        UserScopeTests.Start(bundle);
        return bundle;
    }

    private static Outcome Run(Bundle bundle)
    {
        bundle.Write();
        return bundle.Rideau("--systemd-cgroup", "run", "--bundle", bundle.Directory, bundle.Name);
    }

    private static string GroupOf(Bundle bundle) => Groups.OfProcess((int)bundle.State()["pid"]!).Single()[3..];

    private static void Signal(string name)
    {
        int pid = int.Parse(SystemdMachine.Show($"user@{UserScopeTests.Uid}.service")["MainPID"], CultureInfo.InvariantCulture);
        Assert.Equal(0, RideauProgram.Shell($"kill -{name} {pid}").ExitCode);
    }

    private static void NothingIsLeft(Bundle bundle)
    {
        Assert.NotEqual(0, bundle.Rideau("state", bundle.Name).ExitCode);
        Assert.False(Directory.Exists(Path.Combine(bundle.Root, bundle.Name)));
        Assert.DoesNotContain(bundle.RootFilesystem, File.ReadAllText("/proc/self/mountinfo"), StringComparison.Ordinal);
        Assert.Equal("", RideauProgram.Shell($"find /sys/fs/cgroup -type d -name '*{bundle.Name}*'").Output);
    }
}
