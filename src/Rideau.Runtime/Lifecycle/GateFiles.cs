using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Runtime.Lifecycle;

/// <summary>The start gate of a created container: two FIFOs in its directory. The waiting child holds both open for both directions.</summary>
/// <remarks>
/// Reading and writing are all that the child does with them, because its seccomp filter may allow no more.
/// That the gate has a reader is what "created" means: the child's descriptors close when it becomes the
/// container's program, or ends. man: fifo(7)
/// </remarks>
internal static class GateFiles
{
    internal const string Gate = "gate";
    internal const string Report = "report";
    private const int ReleaseLimitMilliseconds = 10_000;

    /// <summary>Makes and opens both.</summary>
    internal static (OwnedFd Gate, OwnedFd Report) Make(string directory)
    {
        return (MakeOne($"{directory}/{Gate}"), MakeOne($"{directory}/{Report}"));
    }

    /// <summary>The gate alone, for a child that is not to wait at it: it is open until the child has become the container's program.</summary>
    internal static OwnedFd MakeMark(string directory) => MakeOne($"{directory}/{Gate}");

    /// <summary>True where a child has the gate open: it waits there, or is on its way to its program.</summary>
    internal static bool IsHeld(string directory)
    {
        using OwnedFd? gate = TryOpen($"{directory}/{Gate}", Fcntl.O_WRONLY);
        return gate is not null;
    }

    /// <summary>Waits until the child has let go of the gate. It closes its files as it becomes its program, but in no order that one could rely on.</summary>
    internal static void AwaitRelease(string directory)
    {
        using OwnedFd? gate = TryOpen($"{directory}/{Gate}", Fcntl.O_WRONLY);
        if (gate is not null)
        {
            AwaitRelease(gate);
        }
    }

    /// <summary>The same with the gate open for writing: that nobody reads any more shows as an error of the descriptor.</summary>
    internal static void AwaitRelease(OwnedFd gate)
    {
        System.Span<PollEntry> entries = [new PollEntry { Descriptor = gate.Number, Wanted = 0 }];
        Polling.Wait(entries, ReleaseLimitMilliseconds);
    }

    /// <summary>Opens the start's ends.</summary>
    /// <returns>Null where no child waits.</returns>
    internal static (OwnedFd Gate, OwnedFd Report)? OpenForStart(string directory)
    {
        // Reading from a FIFO that the child writes to: opened without waiting, then made to wait.
        if (TryOpen($"{directory}/{Report}", Fcntl.O_RDONLY) is not { } report)
        {
            return null;
        }

        if (TryOpen($"{directory}/{Gate}", Fcntl.O_WRONLY) is not { } gate)
        {
            report.Dispose();
            return null;
        }

        Files.MakeBlocking(report);
        return (gate, report);
    }

    // ENXIO: nobody reads. Anything else says nothing of the container.
    private static OwnedFd? TryOpen(string path, int direction)
    {
        int errno = Files.TryOpen(path, direction | Fcntl.O_NONBLOCK, out OwnedFd? file);
        return errno is 0 or Errno.ENXIO or Errno.ENOENT ? file : throw new LinuxException("openat", errno, $"\"{path}\", O_NONBLOCK");
    }

    private static OwnedFd MakeOne(string path)
    {
        int errno = Files.TryMakeFifo(path, 0x180); // 0600
        return errno == 0 ? Files.Open(path, Fcntl.O_RDWR) : throw new LinuxException("mknodat", errno, $"\"{path}\", S_IFIFO");
    }
}
