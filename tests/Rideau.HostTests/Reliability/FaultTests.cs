using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Threading;
using Rideau.HostTests.Harness;
using Rideau.Kernel.Abi;
using Xunit;

namespace Rideau.HostTests.Reliability;

/// <summary>Each system call of a command, and of the plan that its child carries out, fails once.</summary>
/// <remarks>
/// Either the command can do without, and what it made is whole; or it fails with an error that names the errno, and
/// nothing is left. Not looked at: what the .NET runtime does before its first line of ours (it ends the process where
/// the machine has no memory for it), and calls that the kernel lets nobody fail.
/// </remarks>
public sealed class FaultTests
{
    private const int Some = 28;

    private static readonly string[] s_neverFail =
    [
        "getpid", "gettid", "geteuid", "getuid", "umask", "rt_sigprocmask", "rt_sigaction", "rt_sigreturn", "exit_group", "exit", "arch_prctl", "set_tid_address",
        "set_robust_list", "rseq", "brk", "sched_yield",
    ];

    [Fact]
    public void Create_and_its_child()
    {
        using var scene = new Scene();
        string[] create = scene.Words("create");
        List<TracedCall> calls = scene.CallsOf(create);
        scene.CleansUp("create");
        Walk(scene, create, calls, whole: after =>
        {
            // A child that failed behind the last word between the two, in what it does while it waits, has ended.
            string status = scene.Status();
            for (var watch = Stopwatch.StartNew(); status == "running" && watch.ElapsedMilliseconds < 5000; status = scene.Status())
            {
                Thread.Sleep(5); // it has let go of the gate, and is about to end
            }

            if (status == "created")
            {
                Outcome started = scene.Bundle.Rideau("start", scene.Id);
                status = started.ExitCode == 0 || started.Error.Contains("has stopped", StringComparison.Ordinal) ? status : started.ToString();
            }

            scene.CleansUp(after);
            return status is "created" or "stopped" ? null : $"state says {status}";
        });
    }

    [Fact]
    public void Run_and_its_child()
    {
        using var scene = new Scene("echo done");
        string[] run = scene.Words("run");
        Walk(scene, run, scene.CallsOf(run), whole: after =>
        {
            // What could not be removed is told beside the status.
            if (scene.Outcome.Error.Contains("removes what is left", StringComparison.Ordinal))
            {
                scene.CleansUp(after);
            }

            scene.NothingLeft(after);
            return null;
        });
    }

    [Fact]
    public void Start_and_the_process_at_the_gate()
    {
        using var scene = new Scene();
        string[] create = scene.Words("create"), start = scene.Words("start");
        scene.Succeeds(create);
        List<TracedCall> calls = scene.CallsOf(start, scene.InitPid());
        scene.CleansUp("start");
        Walk(
            scene,
            start,
            [.. calls.Where(call => call.Process == 0 || call.Name != "read")], // a FIFO that this process holds open can be read
            before: () => scene.Succeeds(create),
            whole: after =>
            {
                string status = scene.Status();
                scene.CleansUp(after);
                return status == "running" ? null : $"state says {status}";
            },
            failed: after =>
            {
                // It runs, or waits at the gate still, or its process could not go on.
                string status = scene.Status();
                Assert.True(status is "created" or "running" or "stopped", $"{after}: state says {status}");
                if (status == "created")
                {
                    // The gate may have been opened all the same.
                    _ = scene.Bundle.Start();
                    Assert.True(scene.Bundle.WaitForStatus("running"), after);
                }

                scene.CleansUp(after);
            },
            other: true);
    }

    [Fact]
    public void Delete_of_what_runs()
    {
        using var scene = new Scene();
        string[] run = scene.Words("run", "--detach"), delete = scene.Words("delete");
        scene.Succeeds(run);
        Walk(
            scene,
            delete,
            scene.CallsOf(delete),
            before: () => scene.Succeeds(run),
            whole: after =>
            {
                scene.NothingLeft(after);
                return null;
            },
            failed: scene.CleansUp);
    }

    [Fact]
    public void Exec_and_its_children()
    {
        using var scene = new Scene();
        scene.Succeeds(scene.Words("run", "--detach"));
        int init = scene.InitPid();
        string[] exec = scene.Words("exec", "echo", "done");
        Walk(
            scene,
            exec,
            scene.CallsOf(exec),
            whole: after =>
            {
                scene.HasOnly(init, after);
                return scene.Outcome.Output == "done\n" ? null : "nothing was executed";
            },
            failed: after => scene.HasOnly(init, after));
    }

    private static void Walk(Scene scene, string[] words, List<TracedCall> calls, Func<string, string?> whole, Action? before = null, Action<string>? failed = null, bool other = false)
    {
        List<string> wrong = [];
        foreach (TracedCall call in Scene.Spread(Own(calls), Some * 2))
        {
            before?.Invoke();
            (Outcome outcome, Tracer tracer) = scene.Traced(words, at => at.Process == call.Process && at.Index == call.Index && !s_neverFail.Contains(at.Name) ? Fate.Fail(at.Number, ErrnoFor(at.Name)) : Fate.Proceed, other ? scene.InitPid() : 0);
            int errno = tracer.Hit is { } hit ? ErrnoFor(hit.Name) : 0;
            string after = $"{tracer.Hit} failed with {Errno.Name(errno)}";
            try
            {
                string? problem = outcome.TimedOut ? "it hangs"
                    : outcome.ExitCode == 0 ? whole(after)
                    : outcome.ExitCode is not (1 or 255) || outcome.Error.Contains("   at ", StringComparison.Ordinal) ? "it crashes"
                    : !outcome.Error.Contains(Errno.Name(errno), StringComparison.Ordinal) && !outcome.Error.Contains(Errno.Text(errno), StringComparison.OrdinalIgnoreCase) ? "the error does not name the errno"
                    : null;
                if (problem is not null)
                {
                    wrong.Add($"{after}: {problem}: {outcome}");
                }

                if (outcome.ExitCode != 0)
                {
                    (failed ?? scene.NothingLeft)(after);
                }
            }
            catch (Exception exception) when (exception is not OutOfMemoryException)
            {
                wrong.Add($"{after}: {exception.Message}: {outcome}");
                scene.Bundle.Rideau("delete", "--force", scene.Id);
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    // From the program's first own call, and of a child without what its image does before it reads the plan.
    private static List<TracedCall> Own(List<TracedCall> calls)
    {
        int first = calls.FindLastIndex(call => call.Process == 0 && call.Name == "gettid");
        return [.. calls.Skip(first).Where(call => !s_neverFail.Contains(call.Name) && !IsOfImage(calls, call))];
    }

    private static bool IsOfImage(List<TracedCall> calls, TracedCall call)
    {
        int image = calls.FindIndex(one => one.Process == call.Process && one.Name == "execveat");
        int word = calls.FindIndex(Math.Max(image, 0), one => one.Process == call.Process && one.Name == "read");
        return call.Process > 0 && image >= 0 && call.Index > calls[image].Index && (word < 0 || call.Index < calls[word].Index);
    }

    private static int ErrnoFor(string call) => call switch
    {
        "mmap" or "munmap" or "mprotect" or "madvise" or "mremap" => Errno.ENOMEM,
        "clone3" => Errno.EAGAIN,
        "openat" or "openat2" or "open_tree" or "socket" or "socketpair" or "pipe2" or "memfd_create" or "pidfd_open" or "fsopen" or "fsmount" or "signalfd4" => Errno.EMFILE,
        "mkdirat" or "mknodat" or "renameat2" or "write" or "symlinkat" => Errno.ENOSPC,
        "mount_setattr" or "move_mount" or "setns" or "unshare" or "pivot_root" or "fsconfig" or "capset" or "setresuid" or "setresgid" or "setgroups" or "umount2" or "prlimit64" => Errno.EPERM,
        _ => Errno.EIO,
    };
}
