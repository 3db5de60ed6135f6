using System.Collections.Generic;
using Rideau.HostTests.Harness;
using Rideau.Kernel.Abi;
using Xunit;

namespace Rideau.HostTests.Reliability;

/// <summary>A storm of interruptions: every call that a signal can interrupt fails with EINTR before it may succeed.</summary>
public sealed class InterruptionTests
{
    // Path calls too: a FUSE or NFS server below --root or the root file system gives them EINTR.
    private static readonly HashSet<string> s_interruptible =
    [
        "read", "write", "pread64", "openat", "openat2", "flock", "ppoll", "waitid", "recvmsg", "sendmsg", "sendto", "connect", "fsconfig", "fsmount", "statfs", "fstatfs",
        "getdents64", "mkdirat", "mknodat", "unlinkat", "renameat2", "statx", "faccessat2", "readlinkat", "symlinkat", "fchownat", "fchmodat", "open_tree", "move_mount",
        "setns", "keyctl",
    ];

    [Theory]
    [InlineData("create")]
    [InlineData("run")]
    [InlineData("start")]
    [InlineData("exec")]
    [InlineData("state")]
    [InlineData("delete")]
    public void Are_ridden_out(string command)
    {
        using var scene = new Scene(command == "run" ? "echo done" : "sleep 1000");
        if (command is "start" or "delete" or "state")
        {
            scene.Succeeds(scene.Words("create"));
        }
        else if (command == "exec")
        {
            scene.Succeeds(scene.Words("run", "--detach"));
        }

        int interrupted = 0;
        var last = new Dictionary<int, int>();
        string[] words = command == "exec" ? scene.Words(command, "echo", "done") : scene.Words(command);
        (Outcome outcome, _) = scene.Traced(
            words,
            call =>
            {
                // The same call made again is the one that was interrupted.
                bool again = last.TryGetValue(call.Process, out int number) && number == call.Number;
                last[call.Process] = again ? -1 : call.Number;
                if (again || !s_interruptible.Contains(call.Name))
                {
                    return Fate.Proceed;
                }

                interrupted++;
                return Fate.Fail(call.Number, Errno.EINTR);
            },
            command == "start" ? scene.InitPid() : 0,
            everything: true);
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        Assert.True(interrupted > 10, $"only {interrupted} calls were interrupted");
        if (command is "run" or "exec")
        {
            Assert.Equal("done\n", outcome.Output);
        }

        Assert.Equal(command switch { "create" or "state" => "created", "start" or "exec" => "running", _ => "" }, scene.Status());
    }
}
