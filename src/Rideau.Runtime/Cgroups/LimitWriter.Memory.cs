using System.Globalization;
using Rideau.Kernel.Abi;
using Rideau.Runtime.Spec;

namespace Rideau.Runtime.Cgroups;

/// <summary>memory.</summary>
internal sealed partial class LimitWriter
{
    private void WriteMemory(MemoryResources? memory)
    {
        if (memory is null)
        {
            return;
        }

        if (memory.Kernel is not null || memory.KernelTcp is not null)
        {
            log.Warning("kernel memory limits (linux.resources.memory.kernel, kernelTCP) are gone from the kernel, ignoring");
        }

        long limit = memory.Limit ?? 0;
        long swap = memory.Swap ?? 0;
        long reservation = memory.Reservation ?? 0;
        if (limit == 0 && swap == 0 && reservation == 0 && memory.Swappiness is null && memory.DisableOomKiller is not true)
        {
            return;
        }

        CgroupDirectory directory = Find("memory");
        if (memory.CheckBeforeUpdate is true && limit > 0)
        {
            RefuseBelowUsage(directory, limit);
        }

        if (directory.IsUnified)
        {
            WriteMemoryVersion2(directory, memory, limit, swap, reservation);
        }
        else
        {
            WriteMemoryVersion1(directory, memory, limit, swap, reservation);
        }
    }

    private void WriteMemoryVersion1(CgroupDirectory directory, MemoryResources memory, long limit, long swap, long reservation)
    {
        const string SwapFile = "memory.memsw.limit_in_bytes";
        if (limit == -1 && swap == 0 && directory.Read(SwapFile) is not null)
        {
            swap = -1;
        }

        // Memory may never be above memory+swap: a rise begins with the larger, a fall with the smaller.
        bool swapFirst = swap != 0 && limit != 0 && IsSwapFirst(CurrentLimit(directory), swap);
        if (swapFirst)
        {
            Write("memory", directory, SwapFile, Text(swap));
        }

        if (limit != 0)
        {
            WriteLimit(directory, limit);
        }

        if (swap != 0 && !swapFirst)
        {
            Write("memory", directory, SwapFile, Text(swap));
        }

        if (reservation != 0)
        {
            Write("memory", directory, "memory.soft_limit_in_bytes", Text(reservation));
        }

        if (memory.DisableOomKiller is true)
        {
            Write("memory", directory, "memory.oom_control", "1");
        }

        if (memory.Swappiness is { } swappiness and not ulong.MaxValue)
        {
            if (swappiness > 100)
            {
                throw ResourceFailure.Invalid("memory", $"invalid memory swappiness value: {swappiness} (valid range is 0-100)");
            }

            Write("memory", directory, "memory.swappiness", Text(swappiness));
        }
    }

    /// <summary>Whether memory+swap is to be written before memory.</summary>
    internal static bool IsSwapFirst(ulong currentLimit, long swap) => swap == -1 || currentLimit < (ulong)swap;

    private static ulong CurrentLimit(CgroupDirectory directory) =>
        ulong.TryParse(directory.Read("memory.limit_in_bytes"), NumberStyles.None, CultureInfo.InvariantCulture, out ulong current) ? current : ulong.MaxValue;

    private void WriteLimit(CgroupDirectory directory, long limit)
    {
        int errno = directory.TryWrite("memory.limit_in_bytes", Text(limit));
        if (errno == Errno.EBUSY)
        {
            throw new ContainerException(
                $"cannot apply the memory limit: unable to set memory limit to {limit} (current usage: {directory.Read("memory.usage_in_bytes")}, peak usage: {directory.Read("memory.max_usage_in_bytes")})",
                FailureCode.General,
                "more is in use than the limit allows, and it could not be reclaimed");
        }

        if (errno != 0)
        {
            throw ResourceFailure.Of("memory", directory.FileOf("memory.limit_in_bytes"), Text(limit), errno);
        }
    }

    private void WriteMemoryVersion2(CgroupDirectory directory, MemoryResources memory, long limit, long swap, long reservation)
    {
        if (memory.Swappiness is not null || memory.DisableOomKiller is true)
        {
            log.Warning("cgroup v2 has no swappiness and no switch for the OOM killer (linux.resources.memory), ignoring");
        }

        // v2 counts swap apart, the specification together with memory: to change one both must be known.
        long both = swap != 0 || limit == -1 ? swap : Recorded.Memory?.Swap ?? 0;
        long alone = limit != 0 ? limit : Recorded.Memory?.Limit ?? 0;

        // Swap before memory: with a smaller memory limit first, what is over it would go to swap without a limit.
        if ((limit != 0 || swap != 0) && Version2Values.Swap(both, alone) is { } value)
        {
            int errno = directory.TryWrite("memory.swap.max", value);
            // Without swap in the kernel there is no file, and nothing to forbid.
            if (errno != 0 && !(errno == Errno.ENOENT && value is "max" or "0"))
            {
                throw ResourceFailure.Of("memory", directory.FileOf("memory.swap.max"), value, errno);
            }
        }

        if (limit != 0)
        {
            Write("memory", directory, "memory.max", Version2Values.Text(limit));
        }

        if (reservation != 0)
        {
            Write("memory", directory, "memory.low", Version2Values.Text(reservation));
        }
    }

    private static void RefuseBelowUsage(CgroupDirectory directory, long limit)
    {
        string? usage = directory.Read(directory.IsUnified ? "memory.current" : "memory.usage_in_bytes");
        if (long.TryParse(usage, NumberStyles.None, CultureInfo.InvariantCulture, out long bytes) && bytes > limit)
        {
            throw ResourceFailure.Invalid("memory", $"rejecting memory limit {limit} because the current usage is {bytes} (linux.resources.memory.checkBeforeUpdate)");
        }
    }
}
