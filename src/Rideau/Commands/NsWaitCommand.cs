using System;
using System.Collections.Generic;
using ForegroundWait = Rideau.Child.Outside.ForegroundWait;
using Rideau.CommandLine;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;
using Rideau.Namespaces;

namespace Rideau.Commands;

internal static class NsWaitCommand
{
    private const int TimedOut = 124; // as timeout(1)

    internal static Command Describe() => new()
    {
        Name = "ns wait",
        Arguments = "NAME|PATH...",
        Summary = "wait until namespaces have died",
        Description = "Waits until nothing holds the namespaces of a name any more, or the one that a path as\n/proc/PID/ns/net leads to; of several, until all have died. They are not kept alive.",
        Options =
        [
            new("type", 't', OptionKind.Text, "TYPES", "of a name: only these types, as net,user"),
            new("timeout", '\0', OptionKind.Text, "TIME", "give up after this time, as 30s, with status 124"),
        ],
        Examples = "# until the network of a name has gone, with everything that used it\n(sleep 1; rideau ns remove lab) & rideau ns wait --type net lab\n# the namespace of a process\nunshare --uts sleep 4 & sleep 1; rideau ns wait --timeout 20s /proc/$!/ns/uts",
        ExitStatus = "0 when they have died, 124 when --timeout came first, 128 + n when signal n did; 1 when it failed.",
        MinimumArguments = 1,
        ArgumentKinds = [ArgumentKind.Namespace],
        Execute = Execute,
    };

    private static int Execute(Invocation invocation)
    {
        TimeSpan? timeout = invocation.Options.TextOrNone("timeout") is { } time ? Duration.Parse(time, "timeout") : null;
        long types = invocation.Options.TextOrNone("type") is { } words ? NamespaceType.Split(words) : ~0L;
        List<NamespaceIdentity> living = [];
        foreach (string target in invocation.Arguments)
        {
            living.AddRange(Find(invocation, target, types));
        }

        Signals.Block(ForegroundWait.Forwarded);
        using OwnedFd signals = Signals.Open(ForegroundWait.Forwarded);
        using NamespaceWatch watch = NamespaceWatch.Open(new WatchOptions { Root = invocation.Context().Root });
        living.RemoveAll(watch.HasDied);
        return Wait(watch, signals, living, timeout);
    }

    private static int Wait(NamespaceWatch watch, OwnedFd signals, List<NamespaceIdentity> living, TimeSpan? timeout)
    {
        long end = timeout is { } time ? Environment.TickCount64 + (long)time.TotalMilliseconds : long.MaxValue;
        Span<PollEntry> entries =
        [
            new() { Descriptor = watch.Descriptor.Number, Wanted = Polling.POLLIN },
            new() { Descriptor = signals.Number, Wanted = Polling.POLLIN },
        ];
        while (living.Count > 0)
        {
            while (watch.TryNext(out NamespaceEvent? happened))
            {
                if (happened.Kind == NamespaceEventKind.Died)
                {
                    living.RemoveAll(one => IsOf(happened, one));
                }
            }

            long left = end - Environment.TickCount64;
            if (living.Count == 0 || left <= 0)
            {
                break;
            }

            Polling.Wait(entries, timeout is null ? -1 : (int)Math.Min(left, int.MaxValue));
            int signal = entries[1].Came != 0 ? WatchRun.EndingSignal(signals) : 0;
            if (signal != 0)
            {
                return 128 + signal;
            }
        }

        return living.Count == 0 ? ExitCode.Success : TimedOut;
    }

    private static bool IsOf(NamespaceEvent happened, NamespaceIdentity one) =>
        one.Type == happened.Type && (one.Id != 0 && happened.Id != 0 ? one.Id == happened.Id : one.Inode == happened.Inode);

    private static List<NamespaceIdentity> Find(Invocation invocation, string target, long types)
    {
        if (target.Contains('/', StringComparison.Ordinal))
        {
            return [NamespaceIdentity.TryOf(target) ?? throw new NamespaceException($"\"{target}\" leads to no namespace, or may not be opened", NamespaceFailure.NotFound, "a path as /proc/PID/ns/net; other users' namespaces need root")];
        }

        List<NamespaceIdentity> found = [];
        foreach (NamedEntry entry in NsCommand.Names(invocation).Find(target).Entries)
        {
            if ((entry.Identity.Type.Flag & types) == 0)
            {
                continue;
            }

            if (entry.Condition == NameCondition.Hidden)
            {
                throw new NamespaceException($"cannot wait for the {entry.Identity.Type.Word} namespace of \"{target}\": {NamedNamespace.Describe(entry.Condition)}", NamespaceFailure.NotPermitted, "do it in the user namespace in which the name was given");
            }

            found.Add(entry.Identity);
        }

        return found.Count > 0 ? found : throw new NamespaceException($"\"{target}\" has no namespace of these types", NamespaceFailure.NotFound, $"\"rideau ns show {target}\" says which it has");
    }
}
