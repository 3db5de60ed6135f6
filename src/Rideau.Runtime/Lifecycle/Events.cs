using System;
using System.Diagnostics;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;
using Rideau.Runtime.Cgroups;
using Rideau.Runtime.State;
using Rideau.Runtime.Statistics;

namespace Rideau.Runtime.Lifecycle;

/// <summary>events: what a container uses, and when it runs out of memory.</summary>
public static class Events
{
    /// <summary>What the container uses now, as one line.</summary>
    /// <exception cref="ContainerException">NotFound; WrongState: it is not running.</exception>
    public static byte[] Statistics(RuntimeContext context, string id)
    {
        ContainerRecord record = Running(context, id);
        return StatisticsJson.Statistics(id, ContainerCgroup.OfRecord(record).Statistics());
    }

    /// <summary>A line each interval, and one whenever memory runs out, until the container ends or nobody reads any more.</summary>
    /// <param name="context">The options before the command.</param>
    /// <param name="id">The container.</param>
    /// <param name="interval">Between two lines of statistics; the first comes after one.</param>
    /// <param name="output">The descriptor whose reader may go away.</param>
    /// <param name="write">Takes a line; false where nobody reads any more.</param>
    /// <exception cref="ContainerException">NotFound; WrongState: it is not running.</exception>
    public static void Follow(RuntimeContext context, string id, TimeSpan interval, int output, Func<byte[], bool> write)
    {
        ContainerRecord record = Running(context, id);
        using OwnedFd init = ProcessIdentity.OpenInit(record) ?? throw NotRunning(id);
        ContainerCgroup cgroup = ContainerCgroup.OfRecord(record);
        using OomWatch? memory = cgroup.WatchMemory(out int errno);
        if (memory is null)
        {
            context.Log.Warning($"cannot watch container \"{id}\" for running out of memory: {Errno.Describe(errno)}, ignoring");
        }

        Span<PollEntry> entries =
        [
            new() { Descriptor = init.Number, Wanted = Polling.POLLIN },
            memory?.Entry ?? new() { Descriptor = -1 },
            new() { Descriptor = output }, // POLLERR: its reader has gone
        ];
        long next = Stopwatch.GetTimestamp() + Ticks(interval);
        while (true)
        {
            long left = (next - Stopwatch.GetTimestamp()) * 1000 / Stopwatch.Frequency;
            Polling.Wait(entries, (int)Math.Clamp(left, 0, int.MaxValue));
            // Looked at before the end: what killed the container may be this.
            if (memory is not null && entries[1].Came != 0 && memory.Take() && !write(StatisticsJson.OutOfMemory(id)))
            {
                return;
            }

            if (entries[0].Came != 0 || (entries[2].Came & (Polling.POLLERR | Polling.POLLHUP)) != 0)
            {
                return;
            }

            if (Stopwatch.GetTimestamp() >= next)
            {
                if (!write(StatisticsJson.Statistics(id, cgroup.Statistics())))
                {
                    return;
                }

                next += Math.Max(Ticks(interval), 1);
            }
        }
    }

    private static long Ticks(TimeSpan interval) => (long)(interval.TotalSeconds * Stopwatch.Frequency);

    private static ContainerRecord Running(RuntimeContext context, string id)
    {
        var store = new ContainerStore(context.Root);
        ContainerRecord record = store.Load(id);
        return store.StatusOf(record) is ContainerStatus.Stopped or ContainerStatus.Creating ? throw NotRunning(id) : record;
    }

    private static ContainerException NotRunning(string id) => new($"cannot follow container \"{id}\": container with id {id} is not running", FailureCode.WrongState);
}
