using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Threading;
using Rideau.HostTests.Harness;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Raw;
using Xunit;

namespace Rideau.HostTests.Reliability;

/// <summary>Runs a command under ptrace, and kills or fails it, or the processes that it makes, at a system call that the test chooses.</summary>
/// <remarks>
/// strace counts calls by name and cannot tell a child from its parent; here each process has a count of its own,
/// over all calls. A process that executes another program is let go.
/// man: ptrace(2), PTRACE_GET_SYSCALL_INFO (kernel 5.3)
/// </remarks>
internal sealed unsafe class Tracer
{
    private const int Seize = 0x4206, Interrupt = 0x4207, Continue = 7, ContinueToCall = 24, Detach = 17, WriteRegister = 6, CallInformation = 0x420e;
    private const int Options = 0x1f; // TRACESYSGOOD, TRACEFORK, TRACEVFORK, TRACECLONE, TRACEEXEC
    private const int ThisThreadsAll = 0x60000000; // __WALL | __WNOTHREAD
    private const int EventExec = 4, EventStop = 128, CallStop = 0x85; // SIGTRAP | 0x80
    private const int OriginalRax = 15 * 8, Rax = 10 * 8;

    private readonly Dictionary<int, Tracee> _tracees = [];
    private readonly List<int> _groups = [];
    private readonly Func<TracedCall, Fate> _decide;
    private readonly int _command;
    private readonly int[] _others;
    private bool _begun;
    private bool _ended;
    private bool _acted;

    private Tracer(int command, int[] others, Func<TracedCall, Fate> decide)
    {
        _command = command;
        _others = others;
        _decide = decide;
        _groups.Add(command);
    }

    /// <summary>All calls that were made until something was done to one of them, or to the end.</summary>
    internal List<TracedCall> Calls { get; } = [];

    /// <summary>The last call that something was done to; null where none came by.</summary>
    internal TracedCall? Hit { get; private set; }

    internal bool TimedOut { get; private set; }

    /// <summary>Runs the command to its end.</summary>
    /// <param name="words">The program and its arguments.</param>
    /// <param name="folder">Where its output goes: files, because a container may keep them open.</param>
    /// <param name="decide">Asked at each call; after the first that is not let through nobody is asked any more, unless <paramref name="everything"/>.</param>
    /// <param name="other">A process that is there already, and is watched too; 0 for none.</param>
    /// <param name="everything">Go on asking.</param>
    internal static (Outcome Outcome, Tracer Tracer) Run(IReadOnlyList<string> words, string folder, Func<TracedCall, Fate> decide, int other = 0, bool everything = false)
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            Assert.Skip("needs x86-64: the results of calls are changed in its registers");
        }

        string output = Path.Combine(folder, "traced.out"), error = Path.Combine(folder, "traced.err");
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardOutput = true, WorkingDirectory = "/" };
        foreach (string word in (string[])["-c", $"sh -c 'kill -STOP $$; exec \"$@\"' sh \"$@\" </dev/null >'{output}' 2>'{error}' & echo $!; wait $!", "sh", .. words])
        {
            start.ArgumentList.Add(word);
        }

        start.Environment["RIDEAU_TEST_RUN"] = RideauProgram.RunMark;
        using Process shell = Process.Start(start)!;
        int command = int.Parse(shell.StandardOutput.ReadLine()!, System.Globalization.CultureInfo.InvariantCulture);
        var tracer = new Tracer(command, other == 0 ? [] : [other], decide) { _asksOn = everything };

        // A thread is a tracer; with its end everything that it still traces goes on untraced.
        var thread = new Thread(tracer.Trace);
        thread.Start();
        if (!thread.Join(TimeSpan.FromSeconds(LimitSeconds)))
        {
            tracer.TimedOut = true;
            foreach (int process in tracer._groups.ToArray())
            {
                _ = RawSyscall.Invoke(SyscallNumber.kill, process, 9);
            }

            thread.Join(5000);
        }

        shell.WaitForExit(5000);
        return (new Outcome(shell.ExitCode, File.ReadAllText(output), File.ReadAllText(error), tracer.TimedOut), tracer);
    }

    private const int LimitSeconds = 25;
    private bool _asksOn;

    private void Trace()
    {
        while (!File.ReadAllText($"/proc/{_command}/stat").Contains(") T ", StringComparison.Ordinal))
        {
            Thread.Yield();
        }

        Request(Seize, _command, 0, Options);
        _ = RawSyscall.Invoke(SyscallNumber.kill, _command, 18); // SIGCONT
        foreach (int other in _others)
        {
            Request(Seize, other, 0, Options);
            Request(Interrupt, other, 0, 0);
        }

        int status = 0;
        while (true)
        {
            nint pid = RawSyscall.Invoke(SyscallNumber.wait4, -1, (nint)(&status), ThisThreadsAll, 0);
            if (pid < 0 && pid != -Errno.EINTR)
            {
                return;
            }

            if (pid <= 0)
            {
                continue;
            }

            bool stopped = (status & 0xff) == 0x7f;
            if (stopped)
            {
                Stopped((int)pid, (status >> 8) & 0xff, status >> 16);
            }
            else
            {
                _tracees.Remove((int)pid);
                _ended |= pid == _command;
            }

            // Not in the middle of a call that is to fail: let go there, it would fail in another way.
            if (_ended && _tracees.Values.All(tracee => tracee.Errno == 0))
            {
                return;
            }
        }
    }

    private void Stopped(int pid, int signal, int reason)
    {
        Tracee tracee = Of(pid);
        if (signal == CallStop)
        {
            AtCall(pid, tracee);
            return;
        }

        if (reason == EventExec)
        {
            if (tracee.Process != 0 && !IsImage(pid))
            {
                Request(Detach, pid, 0, 0);
                return;
            }

            // The first execve is the shell's, of the command.
            _begun = true;
        }

        Resume(pid, reason == 0 ? signal : 0);
    }

    private void AtCall(int pid, Tracee tracee)
    {
        byte* information = stackalloc byte[128];
        bool entry = RawSyscall.Invoke(SyscallNumber.ptrace, CallInformation, pid, 128, (nint)information) > 0 && information[0] == 1;
        if (!entry)
        {
            if (tracee.Errno != 0)
            {
                Request(WriteRegister, pid, Rax, -tracee.Errno);
                tracee.Errno = 0;
            }

            Resume(pid, 0);
            return;
        }

        var call = new TracedCall(tracee.Process, tracee.Calls++, (int)*(long*)(information + 24));
        if (!_begun || _ended || (_acted && !_asksOn))
        {
            tracee.Calls = _begun ? tracee.Calls : 0;
            Resume(pid, 0);
            return;
        }

        Calls.Add(call);
        Fate fate = _decide(call);
        if (fate != Fate.Proceed)
        {
            _acted = true;
            Hit = call;
        }

        if (fate.Killed)
        {
            _ = RawSyscall.Invoke(SyscallNumber.kill, tracee.Group, 9);
            return;
        }

        if (fate.Errno != 0)
        {
            tracee.Errno = fate.Errno;
            if (!fate.Done)
            {
                Request(WriteRegister, pid, OriginalRax, -1);
            }
        }

        Resume(pid, 0);
    }

    private void Resume(int pid, int signal) =>
        Request(_acted && !_asksOn && Of(pid).Errno == 0 ? Continue : ContinueToCall, pid, 0, signal);

    private Tracee Of(int pid)
    {
        if (!_tracees.TryGetValue(pid, out Tracee? tracee))
        {
            int group = GroupOf(pid);
            if (!_groups.Contains(group))
            {
                _groups.Add(group);
            }

            _tracees[pid] = tracee = new Tracee { Group = group, Process = _groups.IndexOf(group) };
        }

        return tracee;
    }

    // The child's own image, in which it goes on with the plan.
    private static bool IsImage(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline").StartsWith("rideau:", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static int GroupOf(int pid)
    {
        try
        {
            return int.Parse(File.ReadLines($"/proc/{pid}/status").First(line => line.StartsWith("Tgid:", StringComparison.Ordinal)).AsSpan(5), System.Globalization.NumberStyles.AllowLeadingWhite, System.Globalization.CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return pid;
        }
    }

    // ESRCH: it was killed meanwhile, and its end will be told.
    private static void Request(int request, int pid, nint address, nint data) =>
        _ = RawSyscall.Invoke(SyscallNumber.ptrace, request, pid, address, data);

    private sealed class Tracee
    {
        internal int Group { get; init; }

        internal int Process { get; init; }

        internal int Calls { get; set; }

        internal int Errno { get; set; }
    }
}
