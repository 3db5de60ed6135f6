using System;
using System.Collections.Generic;
using System.Diagnostics;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Runtime.Cgroups;

/// <summary>What is done to all processes of the container.</summary>
public sealed partial class ContainerCgroup
{
    private const int SignalKill = 9;
    private const int FreezeMilliseconds = 10_000;
    private const int KillMilliseconds = 10_000;
    private const int RemoveMilliseconds = 5_000;

    /// <summary>All processes, those of nested groups too, ascending.</summary>
    public IReadOnlyList<int> Processes()
    {
        var pids = new SortedSet<int>();
        WithProcesses?.CollectProcesses(pids);
        return [.. pids];
    }

    /// <summary>True while a process is in the group or in one inside it.</summary>
    public bool IsPopulated()
    {
        if (_directories.Count == 1 && Unified is { } unified)
        {
            return EventIs(unified, "populated 1"u8);
        }

        return Processes().Count > 0;
    }

    /// <summary>True where the container is paused.</summary>
    public bool IsFrozen()
    {
        if (Version1("freezer") is { } freezer)
        {
            return freezer.Read("freezer.state") is "FROZEN" or "FREEZING";
        }

        return Unified?.Read("cgroup.freeze") is "1";
    }

    /// <summary>The directory of the group that stops all processes; null where there is none.</summary>
    internal string? FreezerPath => (Version1("freezer") ?? Unified)?.FullPath;

    /// <summary>Stops all processes where they are, and waits until they have stopped.</summary>
    /// <exception cref="ContainerException">There is no freezer, or the time ran out; then the group is thawed again.</exception>
    public void Freeze()
    {
        if (Version1("freezer") is { } freezer)
        {
            FreezeVersion1(freezer);
        }
        else
        {
            CgroupDirectory unified = Unified ?? throw NoFreezer();
            Check(unified, "cgroup.freeze", "1");
            if (!WaitForEvent(unified, "frozen 1"u8, FreezeMilliseconds))
            {
                _ = unified.TryWrite("cgroup.freeze", "0"); // ignored: the time-out is the failure
                throw FreezeTimedOut(unified);
            }
        }
    }

    /// <summary>Lets the processes go on.</summary>
    public void Thaw()
    {
        if (Version1("freezer") is { } freezer)
        {
            Check(freezer, "freezer.state", "THAWED");
        }
        else
        {
            Check(Unified ?? throw NoFreezer(), "cgroup.freeze", "0");
        }
    }

    /// <summary>Kills every process, those that are made meanwhile too, and waits until none is left (at most ten seconds).</summary>
    /// <exception cref="ContainerException">Processes are left.</exception>
    public void KillAll()
    {
        long end = Stopwatch.GetTimestamp() + Stopwatch.Frequency * KillMilliseconds / 1000;
        bool killed = Unified?.TryWrite("cgroup.kill", "1") == 0;
        CgroupDirectory? freezer = Version1("freezer");
        if (killed && freezer is null)
        {
            if (Unified is { } unified && WaitForEvent(unified, "populated 0"u8, KillMilliseconds))
            {
                return;
            }
        }

        // Frozen by v1 a process does not die of SIGKILL before it is thawed; unfrozen, one may clone faster than it is seen.
        bool freeze = freezer is not null;
        int pause = 0;
        while (true)
        {
            IReadOnlyList<int> pids = Processes();
            if (pids.Count == 0)
            {
                return;
            }

            if (Stopwatch.GetTimestamp() > end)
            {
                throw new ContainerException($"cannot kill the processes of the container: {pids.Count} left in its cgroup, the first is {pids[0]}", FailureCode.General, "a process that waits in the kernel (state D) dies when its wait ends");
            }

            if (!killed || pause > 2)
            {
                SignalAll(freeze ? freezer : null, ref pids);
            }
            else if (freeze)
            {
                _ = freezer?.TryWrite("freezer.state", "THAWED"); // ignored: seen by what is left
            }

            Cgroupfs.Pause(Math.Min(1 << Math.Min(pause++, 6), 50));
        }
    }

    /// <summary>Removes the groups if no process and no group is in them, as after most containers. Kills nothing.</summary>
    /// <returns>False where something is left; the groups of other hierarchies may be gone then.</returns>
    public bool TryRemoveEmpty()
    {
        if (_scope is not null)
        {
            return false; // systemd is to be told
        }

        foreach (CgroupDirectory directory in _directories)
        {
            if (directory.TryRemoveEmpty() is not (0 or Errno.ENOENT))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Removes the groups, and those inside them.</summary>
    /// <exception cref="ContainerException">Processes are still in one after five seconds. The others are removed all the same.</exception>
    public void Remove()
    {
        if (_scope is not null)
        {
            StopScope();
        }

        ContainerException? first = null;
        long end = Stopwatch.GetTimestamp() + Stopwatch.Frequency * RemoveMilliseconds / 1000;
        foreach (CgroupDirectory directory in _scopeGroup is null ? _directories : [_scopeGroup])
        {
            int errno;
            int pause = 1;
            while ((errno = directory.TryRemove()) == Errno.EBUSY && Stopwatch.GetTimestamp() < end)
            {
                if (directory.IsUnified)
                {
                    _ = WaitForEvent(directory, "populated 0"u8, pause); // ignored: the removal says it
                }
                else
                {
                    Cgroupfs.Pause(pause);
                }

                pause = Math.Min(pause * 2, 100);
            }

            if (errno != 0 && !_tolerant)
            {
                first ??= Failure("remove", directory.FullPath, errno);
            }
        }

        if (first is not null)
        {
            throw first;
        }
    }

    // Any hierarchy holds them all; devices first, because nothing moves a process there but a privileged manager.
    private CgroupDirectory? WithProcesses =>
        Version1("devices") ?? Version1("pids") ?? (_directories.Count > 0 ? _directories[0] : null);

    private void SignalAll(CgroupDirectory? freezer, ref IReadOnlyList<int> pids)
    {
        if (freezer is not null && freezer.TryWrite("freezer.state", "FROZEN") == 0)
        {
            pids = Processes();
        }

        foreach (int pid in pids)
        {
            _ = Cgroupfs.TrySignal(pid, SignalKill); // ignored: ESRCH is what is wanted; EPERM shows in what is left
        }

        if (freezer is not null)
        {
            _ = freezer.TryWrite("freezer.state", "THAWED"); // ignored: shows in what is left
        }
    }

    private static void FreezeVersion1(CgroupDirectory freezer)
    {
        long end = Stopwatch.GetTimestamp() + Stopwatch.Frequency * FreezeMilliseconds / 1000;
        for (int tries = 0; Stopwatch.GetTimestamp() < end; tries++)
        {
            // Written again and again: a process cloned at the wrong moment keeps the state at FREEZING (kernel documentation, freezer-subsystem).
            Check(freezer, "freezer.state", "FROZEN");
            if (freezer.Read("freezer.state") is "FROZEN")
            {
                return;
            }

            if (tries % 50 == 49)
            {
                // A process in vfork waits for a child that is frozen already: a moment of thaw lets it pass.
                _ = freezer.TryWrite("freezer.state", "THAWED"); // ignored: tried again at once
            }

            Cgroupfs.Pause(1);
        }

        _ = freezer.TryWrite("freezer.state", "THAWED"); // ignored: the time-out is the failure
        throw FreezeTimedOut(freezer);
    }

    private static bool WaitForEvent(CgroupDirectory directory, ReadOnlySpan<byte> line, int milliseconds)
    {
        if (Files.TryOpen(directory.FileOf("cgroup.events"), Fcntl.O_RDONLY, out OwnedFd? events) != 0 || events is null)
        {
            return false;
        }

        using (events)
        {
            Span<byte> buffer = stackalloc byte[256];
            long end = Stopwatch.GetTimestamp() + Stopwatch.Frequency * milliseconds / 1000;
            while (true)
            {
                int length = Cgroupfs.TryReread(events, buffer);
                if (length < 0)
                {
                    return false;
                }

                if (buffer[..length].IndexOf(line) >= 0)
                {
                    return true;
                }

                long left = (end - Stopwatch.GetTimestamp()) * 1000 / Stopwatch.Frequency;
                if (left <= 0)
                {
                    return false;
                }

                Cgroupfs.WaitForChange(events, (int)left);
            }
        }
    }

    private static bool EventIs(CgroupDirectory directory, ReadOnlySpan<byte> line)
    {
        Span<byte> buffer = stackalloc byte[256];
        int length = Cgroupfs.TryReadOnce(directory.FileOf("cgroup.events"), buffer);
        return length > 0 && buffer[..length].IndexOf(line) >= 0;
    }

    private static void Check(CgroupDirectory directory, string file, string value)
    {
        int errno = directory.TryWrite(file, value);
        if (errno != 0)
        {
            throw new ContainerException($"cannot write \"{value}\" to \"{directory.FileOf(file)}\": {Errno.Describe(errno)}", FailureCode.General, Hint(errno));
        }
    }

    private static ContainerException NoFreezer() =>
        new("cannot pause the container: it has no cgroup with a freezer", FailureCode.NotSupported, "mount cgroup2, or the freezer controller of cgroup v1");

    private static ContainerException FreezeTimedOut(CgroupDirectory directory) =>
        new($"cannot freeze cgroup \"{directory.FullPath}\": its processes did not all stop in {FreezeMilliseconds / 1000} seconds", FailureCode.General, "a process that waits in the kernel (state D) cannot be frozen before its wait ends");
}
