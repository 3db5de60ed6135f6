using System;
using System.Collections.Generic;
using Rideau.Child.Outside;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;
using Rideau.Namespaces;
using Rideau.Output;

namespace Rideau.Commands;

/// <summary>Follows a watch until it is ended: by its count, its time, a signal, or a reader that has gone.</summary>
internal sealed class WatchRun
{
    private const int SIGQUIT = 3;
    private const int TimedOut = 124; // as timeout(1)
    private const int MostWaiting = 1000;
    private const int EndMilliseconds = 5000;

    private EventPrograms? _programs;
    private int _told;

    internal required HashSet<NamespaceEventKind> Events { get; init; }

    internal bool Json { get; init; }

    internal bool Quiet { get; init; }

    /// <summary>End after so many; 0 is no end.</summary>
    internal int Count { get; init; }

    internal TimeSpan? Timeout { get; init; }

    internal string? Command { get; init; }

    internal int Jobs { get; init; }

    /// <summary>What the program ends with.</summary>
    internal int Follow(NamespaceWatch watch)
    {
        Signals.Block(ForegroundWait.Forwarded);
        using OwnedFd signals = Signals.Open(ForegroundWait.Forwarded);
        using EventPrograms? programs = Command is null ? null : new EventPrograms(Command, Jobs);
        _programs = programs;
        return FollowUntilEnd(watch, signals);
    }

    private int FollowUntilEnd(NamespaceWatch watch, OwnedFd signals)
    {
        long end = Timeout is { } timeout ? Environment.TickCount64 + (long)timeout.TotalMilliseconds : long.MaxValue;
        Span<PollEntry> entries =
        [
            new() { Descriptor = watch.Descriptor.Number, Wanted = Polling.POLLIN },
            new() { Descriptor = signals.Number, Wanted = Polling.POLLIN },
            new() { Descriptor = Quiet ? -1 : 1 }, // POLLERR: its reader has gone
        ];
        while (true)
        {
            if (MayTell && !Tell(watch))
            {
                return ExitCode.Success;
            }

            long left = end - Environment.TickCount64;
            if (IsComplete || left <= 0)
            {
                return Finish(signals, IsComplete || Count == 0 ? ExitCode.Success : TimedOut);
            }

            entries[0].Descriptor = MayTell ? watch.Descriptor.Number : -1;
            Polling.Wait(entries, end == long.MaxValue ? -1 : (int)Math.Min(left, int.MaxValue));
            int signal = entries[1].Came != 0 ? EndingSignal(signals, Collect) : 0;
            if (signal != 0)
            {
                _programs?.Stop(signal);
                return Finish(signals, Count > 0 ? 128 + signal : ExitCode.Success, isInterrupted: true);
            }

            if ((entries[2].Came & (Polling.POLLERR | Polling.POLLHUP)) != 0)
            {
                return ExitCode.Success;
            }
        }
    }

    private bool IsComplete => Count > 0 && _told >= Count;

    // While more commands wait than are kept, nothing is read: what the kernel's buffer then cannot hold is noticed as lost.
    private bool MayTell => _programs is null || _programs.Waiting < MostWaiting;

    private void Collect() => _programs?.Collect();

    // False where nobody reads any more.
    private bool Tell(NamespaceWatch watch)
    {
        while (!IsComplete && MayTell && watch.TryNext(out NamespaceEvent? happened))
        {
            if (!Events.Contains(happened.Kind))
            {
                continue;
            }

            if (!Quiet)
            {
                byte[] line = Json ? NamespaceEventText.Json(happened) : System.Text.Encoding.UTF8.GetBytes($"{happened}\n");
                int errno = StandardStreams.TryWrite(1, line);
                if (errno != 0)
                {
                    return errno == Errno.EPIPE ? false : throw new LinuxException("write", errno, "to standard output");
                }
            }

            _programs?.Add(NsWatchCommand.Environment(happened));
            _told += happened.Kind == NamespaceEventKind.Lost ? 0 : 1;
        }

        return true;
    }

    /// <summary>Takes the signals that wait.</summary>
    /// <param name="signals">As <see cref="Signals.Open"/> makes it.</param>
    /// <param name="childEnded">Called where a child has ended.</param>
    /// <returns>The one that ends this program, or 0.</returns>
    internal static int EndingSignal(OwnedFd signals, Action? childEnded = null)
    {
        for (int signal = Signals.Next(signals); signal != 0; signal = Signals.Next(signals))
        {
            switch (signal)
            {
                case Signals.SIGHUP or Signals.SIGINT or SIGQUIT or Signals.SIGTERM:
                    return signal;
                case Signals.SIGTSTP:
                    Signals.StopSelf();
                    break;
                case Signals.SIGCHLD:
                    childEnded?.Invoke();
                    break;
                default:
                    break; // nothing to this program
            }
        }

        return 0;
    }

    // Commands that were begun, and those that wait, are run to their end; after a signal they have a few seconds.
    private int Finish(OwnedFd signals, int status, bool isInterrupted = false)
    {
        long end = isInterrupted ? Environment.TickCount64 + EndMilliseconds : long.MaxValue;
        while (_programs is { IsIdle: false } && Environment.TickCount64 < end)
        {
            Span<PollEntry> entry = [new() { Descriptor = signals.Number, Wanted = Polling.POLLIN }];
            Polling.Wait(entry, 1000);
            int signal = EndingSignal(signals);
            _programs.Collect();
            if (signal != 0)
            {
                _programs.Stop(signal);
                end = Math.Min(end, Environment.TickCount64 + EndMilliseconds);
            }
        }

        return status;
    }
}
