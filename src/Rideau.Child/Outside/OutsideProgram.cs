// RUNS IN: caller
using System;
using System.Collections.Generic;
using System.Text;
using Rideau.Child.Contract;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Child.Outside;

/// <summary>How a program that was run outside the container ended.</summary>
/// <param name="Errno">It could not be executed; 0 otherwise.</param>
/// <param name="TimedOut">It was killed because its time was up.</param>
/// <param name="Signal">The signal that ended it; 0 for none.</param>
/// <param name="Status">Its exit status.</param>
/// <param name="Output">What it wrote to its standard output and error, the first 4 KiB.</param>
/// <param name="InterruptedBy">The signal that the caller got, upon which it was killed; 0 for none.</param>
public readonly record struct ProgramOutcome(int Errno, bool TimedOut, int Signal, int Status, string Output, int InterruptedBy = 0)
{
    /// <summary>It ended with status 0.</summary>
    public bool Succeeded => Errno == 0 && !TimedOut && Signal == 0 && Status == 0 && InterruptedBy == 0;

    /// <summary>"exit status 3: no such device".</summary>
    public string Describe()
    {
        string how = InterruptedBy != 0 ? $"it had not ended when signal {InterruptedBy} came, and was killed"
            : TimedOut ? "it did not end within its timeout, and was killed"
            : Errno != 0 ? $"it could not be executed: {Kernel.Abi.Errno.Text(Errno).ToLowerInvariant()}"
            : Signal != 0 ? $"killed by signal {Signal}"
            : $"exit status {Status}";
        string said = Output.Trim();
        return said.Length == 0 ? how : $"{how}: {said}";
    }
}

/// <summary>Runs a program in the caller's own namespaces, in a process group of its own, and waits for it.</summary>
/// <remarks>A plan does it, as everything between clone and execve.</remarks>
public static class OutsideProgram
{
    private const int UsualOutputLimitBytes = 4096;
    private const int PatienceMilliseconds = 1000;

    /// <summary>Runs it.</summary>
    /// <param name="path">The program's file.</param>
    /// <param name="arguments">With its own name first; none is the path alone.</param>
    /// <param name="environment">NAME=VALUE.</param>
    /// <param name="standardInput">What it reads.</param>
    /// <param name="timeoutMilliseconds">It is killed after this; 0 is no limit.</param>
    /// <param name="outputLimitBytes">How much of what it writes is kept.</param>
    /// <param name="outputTo">Where its standard output goes instead of being kept.</param>
    /// <param name="errorTo">Where its standard error goes instead of being kept.</param>
    /// <param name="interrupts">Signals, blocked in the caller, upon which it is killed; looked at when it has run for a second.</param>
    public static ProgramOutcome Run(string path, IReadOnlyList<string> arguments, IReadOnlyList<string> environment, ReadOnlySpan<byte> standardInput, int timeoutMilliseconds, int outputLimitBytes = UsualOutputLimitBytes, OwnedFd? outputTo = null, OwnedFd? errorTo = null, ulong interrupts = 0)
    {
        using OwnedFd input = Files.MemoryFile("input");
        Files.WriteAll(input, standardInput, "input");
        (OwnedFd read, OwnedFd write) = Files.Pipe();
        using (read)
        using (write)
        using (var plan = new ChildPlanBuilder())
        {
            WritePlan(plan, path, arguments, environment, input, outputTo ?? write, errorTo ?? write);
            using ChildProcess child = ChildProcess.Start(plan, 0);
            write.Dispose();
            return Await(plan, child, read, timeoutMilliseconds, outputLimitBytes, interrupts);
        }
    }

    private static void WritePlan(ChildPlanBuilder plan, string path, IReadOnlyList<string> arguments, IReadOnlyList<string> environment, OwnedFd input, OwnedFd output, OwnedFd error)
    {
        plan.Begin($"execute \"{path}\"");
        plan.Call(SyscallNumber.setpgid, 0, 0);
        plan.Call(SyscallNumber.lseek, input, 0, 0);
        plan.Call(SyscallNumber.dup3, input, 0, 0);
        plan.Call(SyscallNumber.dup3, output, 1, 0);
        plan.Call(SyscallNumber.dup3, error, 2, 0);
        plan.Call(SyscallNumber.close_range, 3, uint.MaxValue, Fcntl.CLOSE_RANGE_CLOEXEC);
        plan.ResetSignals(Signals.Ignored());
        plan.Call(SyscallNumber.rt_sigprocmask, 2, plan.Data(0UL), 0, 8);
        plan.Call(SyscallNumber.execve, plan.Text(path), plan.TextArray(arguments.Count == 0 ? [path] : arguments), plan.TextArray(environment));
    }

    private static ProgramOutcome Await(ChildPlanBuilder plan, ChildProcess child, OwnedFd output, int timeoutMilliseconds, int outputLimitBytes, ulong interrupts)
    {
        byte[] said = new byte[Math.Min(UsualOutputLimitBytes, outputLimitBytes)];
        int length = 0;
        long deadline = Environment.TickCount64 + timeoutMilliseconds;
        bool timedOut = false;
        int interruptedBy = 0;
        OwnedFd? signals = null;
        Span<PollEntry> entries = stackalloc PollEntry[3];
        entries[2] = new PollEntry { Descriptor = -1, Wanted = Polling.POLLIN };
        entries[0] = new PollEntry { Descriptor = child.PidFd.Number, Wanted = Polling.POLLIN };
        entries[1] = new PollEntry { Descriptor = output.Number, Wanted = Polling.POLLIN };
        while (true)
        {
            int left = timeoutMilliseconds <= 0 ? -1 : (int)Math.Max(0, deadline - Environment.TickCount64);
            bool mayLookLater = interrupts != 0 && signals is null && (left < 0 || left > PatienceMilliseconds);
            if (Polling.Wait(entries, mayLookLater ? PatienceMilliseconds : left) == 0)
            {
                if (mayLookLater)
                {
                    signals = Signals.Open(interrupts & ~Signals.Ignored()); // blocked, one that the caller ignores (nohup) would be told too
                    entries[2].Descriptor = signals.Number;
                    continue;
                }

                timedOut = true;
                _ = Signals.TrySendToGroup(child.Pid, Signals.SIGKILL); // ignored: the group may be gone
                break;
            }

            if (entries[2].Came != 0 && (interruptedBy = Signals.Next(signals!)) != 0)
            {
                _ = Signals.TrySendToGroup(child.Pid, Signals.SIGKILL); // ignored: likewise
                break;
            }

            if (entries[1].Came != 0 && !TakeOutput(output, ref said, ref length, outputLimitBytes))
            {
                entries[1].Descriptor = -1;
            }

            if (entries[0].Came != 0)
            {
                break;
            }
        }

        signals?.Dispose();
        _ = child.TryWait(-1, out int code, out int status); // ignored: without a limit it waits until the end
        entries[1].Came = 0;
        while (!timedOut && interruptedBy == 0 && entries[1].Descriptor >= 0 && Polling.Wait(entries[1..2], 0) > 0)
        {
            // What it wrote last; a process that it left behind may hold the pipe open, and is not waited for.
            entries[1].Descriptor = TakeOutput(output, ref said, ref length, outputLimitBytes) ? entries[1].Descriptor : -1;
        }

        ChildFailure? failure = plan.Failure;
        return new ProgramOutcome(failure?.Errno ?? 0, timedOut, code == 1 || timedOut ? 0 : status, code == 1 ? status : 0, Encoding.UTF8.GetString(said, 0, length), interruptedBy);
    }

    // More than the limit is read and dropped, so that the program is not held up.
    private static bool TakeOutput(OwnedFd output, ref byte[] said, ref int length, int limitBytes)
    {
        if (length == said.Length && length < limitBytes)
        {
            Array.Resize(ref said, Math.Min(said.Length * 2, limitBytes));
        }

        Span<byte> dropped = stackalloc byte[4096];
        int got = length < said.Length ? Files.Read(output, said.AsSpan(length)) : Files.Read(output, dropped);
        length = Math.Min(said.Length, length + (length < said.Length ? got : 0));
        return got > 0;
    }
}
