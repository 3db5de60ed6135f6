using System;
using System.Collections.Generic;
using Rideau.Child.Outside;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;
using Rideau.Runtime.Lifecycle;

namespace Rideau.Runtime.Criu;

/// <summary>One process "criu swrk", and what is said to it: a request, its notifications, its answer.</summary>
/// <remarks>
/// It is this process's child, and collected by name and by nobody else: <see cref="Dispose"/>. Nothing of what it says is
/// trusted: a message that is none, or none of those that are waited for, ends it. docs/decisions/0009-criu.md
/// </remarks>
internal sealed class CriuSession : IDisposable
{
    private const int MessageLimitBytes = 64 << 10;
    private const int NotificationLimit = 10_000;
    private const int QuestionLimitMilliseconds = 60_000;
    private const int EndLimitMilliseconds = 10_000;
    private const int SilenceMilliseconds = 60_000;

    private readonly string _attempt;
    private readonly ChildPlanBuilder _plan;
    private readonly ChildProcess _child;
    private readonly OwnedFd _socket;
    private readonly byte[] _buffer = new byte[MessageLimitBytes];
    private bool _collected;
    private bool _silent;

    private CriuSession(string attempt, ChildPlanBuilder plan, ChildProcess child, OwnedFd socket)
    {
        _attempt = attempt;
        _plan = plan;
        _child = child;
        _socket = socket;
    }

    /// <summary>Its process.</summary>
    internal int Pid => _child.Pid;

    /// <summary>What CRIU says was its first error; empty where it says nothing.</summary>
    internal string FirstError { get; private set; } = "";

    /// <summary>Answers a notification; false makes CRIU give up. It gets the descriptor that came with it, and disposes of it.</summary>
    internal delegate bool Notified(CriuAnswer notification, OwnedFd? descriptor);

    /// <summary>Starts it for a question, with nothing prepared.</summary>
    internal static CriuSession Start(string attempt, string program) => Start(attempt, program, new ChildPlanBuilder(), 0, null, [], ownGroup: true);

    /// <summary>Starts it.</summary>
    /// <param name="attempt">"cannot restore container \"web\"".</param>
    /// <param name="program">Its file.</param>
    /// <param name="plan">What is to be done before it is executed; disposed of with the session.</param>
    /// <param name="namespaces">CLONE_NEW flags.</param>
    /// <param name="birthplace">A group of cgroup v2, or null.</param>
    /// <param name="inherited">Becomes its descriptors from 4 on.</param>
    /// <param name="ownGroup">A process group of its own.</param>
    internal static CriuSession Start(string attempt, string program, ChildPlanBuilder plan, long namespaces, OwnedFd? birthplace, IReadOnlyList<OwnedFd> inherited, bool ownGroup)
    {
        (OwnedFd own, OwnedFd other) = Packets.Pair();
        try
        {
            using (other)
            {
                CriuPlan.Add(plan, program, other, inherited, ownGroup);
                return new CriuSession(attempt, plan, ChildProcess.Start(plan, namespaces, birthplace), own);
            }
        }
        catch (LinuxException failure)
        {
            own.Dispose();
            plan.Dispose();
            throw new ContainerException($"{attempt}: cannot start \"{program}\"", FailureCode.General, ErrorHints.Find("clone3", failure.Errno), failure);
        }
    }

    /// <summary>A question that is answered at once.</summary>
    internal CriuAnswer Ask(CriuRequest request)
    {
        Send(request.Write());
        Span<PollEntry> entries = [new PollEntry { Descriptor = _socket.Number, Wanted = Polling.POLLIN }];
        if (Polling.Wait(entries, QuestionLimitMilliseconds) == 0)
        {
            throw new ContainerException($"{_attempt}: criu does not answer within {QuestionLimitMilliseconds / 1000} seconds");
        }

        CriuAnswer answer = Receive(out OwnedFd? descriptor);
        descriptor?.Dispose();
        return Checked(answer, request.Kind);
    }

    /// <summary>Sends a request, and answers notifications until it is done. It has no limit of time: much memory takes long. A long silence is told, and a signal ends it.</summary>
    /// <exception cref="ContainerException">It failed; or it ended, or said something that is no answer; or a signal came by which people end a program.</exception>
    internal CriuAnswer Carry(CriuRequest request, Notified notified, Log log)
    {
        Signals.Block(Signals.Ending); // CRIU, which has begun, has them as the caller has
        using OwnedFd signals = Signals.Open(Signals.Ending & ~Signals.Ignored()); // blocked, one that the caller ignores (nohup) would be told too
        Send(request.Write());
        for (int count = 0; count < NotificationLimit; count++)
        {
            AwaitWord(signals, log);
            CriuAnswer answer = Receive(out OwnedFd? descriptor);
            if (answer.Kind == CriuKind.Notify && answer.Success)
            {
                Send(CriuRequest.Acknowledgement(notified(answer, descriptor)));
                continue;
            }

            descriptor?.Dispose();
            return Checked(answer, request.Kind);
        }

        throw new ContainerException($"{_attempt}: criu notifies without an end");
    }

    /// <summary>Nothing more is asked of it: waits for its end, and collects it.</summary>
    /// <param name="mayFail">Its status is of no interest: after a pre-dump it waits for a request that does not come.</param>
    internal void End(bool mayFail)
    {
        Packets.EndSending(_socket);
        if (!_child.TryWait(EndLimitMilliseconds, out int code, out int status))
        {
            Kill();
            if (!mayFail)
            {
                throw new ContainerException($"{_attempt}: criu has answered, and does not end within {EndLimitMilliseconds / 1000} seconds; it was killed");
            }

            return;
        }

        _collected = true;
        if (!mayFail && (code != 1 || status != 0))
        {
            throw new ContainerException($"{_attempt}: criu failed: {Outcome(code, status)}");
        }
    }

    /// <summary>It ends, if it has not, and is collected.</summary>
    public void Dispose()
    {
        _socket.Dispose();
        if (!_collected)
        {
            // Without its caller CRIU undoes what it was about, and ends; killed, it could not.
            _collected = _child.TryWait(EndLimitMilliseconds, out _, out _);
            Kill();
        }

        _child.Dispose();
        _plan.Dispose();
    }

    // Without hardware breakpoints CRIU waits for ever for one to come, and nothing of it says so.
    private void AwaitWord(OwnedFd signals, Log log)
    {
        Span<PollEntry> entries = [new() { Descriptor = _socket.Number, Wanted = Polling.POLLIN }, new() { Descriptor = signals.Number, Wanted = Polling.POLLIN }];
        if (!_silent && Polling.Wait(entries, SilenceMilliseconds) == 0)
        {
            _silent = true;
            log.Warning($"{_attempt} so far: criu has said nothing for {SilenceMilliseconds / 1000} seconds. Much memory takes long; if its log does not grow either, it hangs, as on machines without hardware breakpoints: end this command, which ends process {Pid} with it, and \"export CRIU_FAULT=130\" before the next try (docs/checkpoint.md)");
        }

        while (entries[0].Came == 0)
        {
            if (entries[1].Came != 0 && Signals.Next(signals) is var signal and not 0)
            {
                throw new ContainerException($"{_attempt}: signal {signal} came while criu was at work");
            }

            Polling.Wait(entries, -1);
        }
    }

    private void Kill()
    {
        if (!_collected)
        {
            _child.KillAndWait();
            _collected = true;
        }
    }

    private void Send(byte[] message)
    {
        int errno = Packets.TrySend(_socket, message);
        if (errno != 0)
        {
            throw errno is Errno.EPIPE or Errno.ECONNRESET ? Gone() : new LinuxException("sendto", errno, "to criu");
        }
    }

    private CriuAnswer Receive(out OwnedFd? descriptor)
    {
        int got = Packets.Receive(_socket, _buffer, out descriptor);
        if (got is 0 or -Errno.ECONNRESET)
        {
            throw Gone();
        }

        if (got < 0 && got != -Errno.EMSGSIZE)
        {
            throw new LinuxException("recvmsg", -got, "from criu");
        }

        if (got > 0 && CriuAnswer.Read(_buffer.AsSpan(0, got)) is { } answer)
        {
            return answer;
        }

        descriptor?.Dispose();
        throw new ContainerException($"{_attempt}: criu says what is no message of its protocol", FailureCode.General, "is the first \"criu\" on PATH CRIU?");
    }

    private CriuAnswer Checked(CriuAnswer answer, CriuKind kind)
    {
        if (!answer.Success)
        {
            throw Failed(answer);
        }

        return answer.Kind == kind ? answer : throw new ContainerException($"{_attempt}: criu answers {Name(answer.Kind)} to a request {Name(kind)}");
    }

    private ContainerException Failed(CriuAnswer answer)
    {
        FirstError = answer.ErrorText.Trim();
        string errno = answer.Errno > 0 ? $" ({Errno.Describe(answer.Errno)})" : "";
        return new ContainerException($"{_attempt}: criu failed: type {Name(answer.Kind)} errno {answer.Errno}{errno}");
    }

    // It closed its end: it has ended, or is about to.
    private ContainerException Gone()
    {
        if (_plan.Failure is { } failure)
        {
            return ChildFailures.Describe(_attempt, _plan, failure);
        }

        string how = "it closed its socket";
        if (!_collected && _child.TryWait(EndLimitMilliseconds, out int code, out int status))
        {
            _collected = true;
            how = Outcome(code, status);
        }

        return new ContainerException($"{_attempt}: criu ended before it was done: {how}");
    }

    private static string Outcome(int code, int status) => code == 1 ? $"exit status {status}" : $"killed by signal {status}";

    private static string Name(CriuKind kind) => kind switch
    {
        CriuKind.Dump => "DUMP",
        CriuKind.PreDump => "PRE_DUMP",
        CriuKind.Restore => "RESTORE",
        CriuKind.Notify => "NOTIFY",
        CriuKind.FeatureCheck => "FEATURE_CHECK",
        CriuKind.Version => "VERSION",
        CriuKind.Empty => "EMPTY",
        _ => ((int)kind).ToString(System.Globalization.CultureInfo.InvariantCulture),
    };
}
