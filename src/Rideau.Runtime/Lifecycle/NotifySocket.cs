using System;
using System.Globalization;
using System.Text;
using System.Threading;
using Rideau.Kernel;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;
using Rideau.Runtime.Spec;

namespace Rideau.Runtime.Lifecycle;

/// <summary>A service manager waits for the container to be ready: its socket, and the one that the container gets in its place.</summary>
/// <remarks>
/// NOTIFY_SOCKET in the caller's environment turns it on: a directory of the container's state is bound at
/// /run/notify in the container, and what is said to be ready there is passed on, with the pid that the manager is
/// to watch. ENGINE-CONTRACT 23. man: sd_notify(3), sd_pid_notify_with_fds(3)
/// </remarks>
internal sealed class NotifySocket : IDisposable
{
    private const string DirectoryName = "notify";
    private const string Inside = "/run/notify";
    private const string Name = "notify.sock";
    private const int BarrierLimitMilliseconds = 30_000;

    private readonly OwnedFd _socket;
    private readonly string _manager;

    private NotifySocket(OwnedFd socket, string manager)
    {
        _socket = socket;
        _manager = manager;
    }

    private static string? Manager => Environment.GetEnvironmentVariable("NOTIFY_SOCKET") is { Length: > 1 } address ? address : null;

    /// <summary>Makes the directory for the container's socket, and shows it to the container. Nothing without a service manager.</summary>
    internal static void Prepare(Configuration configuration, string stateDirectory)
    {
        if (Manager is null)
        {
            return;
        }

        string directory = $"{stateDirectory}/{DirectoryName}";
        int errno = Files.TryMakeDirectory(directory, 0x1ed); // 0755
        if (errno != 0)
        {
            throw new LinuxException("mkdirat", errno, $"\"{directory}\", 0755");
        }

        configuration.Mounts.Add(new Spec.Mount { Destination = Inside, Type = "bind", Source = directory, Options = ["bind", "nosuid", "noexec", "nodev", "ro"] });
        configuration.Process!.Env.Add($"NOTIFY_SOCKET={Inside}/{Name}");
    }

    /// <summary>Listens for the container; null without a service manager, or where the container was made without one.</summary>
    internal static NotifySocket? Listen(string stateDirectory)
    {
        string directory = $"{stateDirectory}/{DirectoryName}";
        return Manager is { } manager && Files.TryStatus(directory, out _) == 0
            ? new NotifySocket(Datagrams.Bind($"{directory}/{Name}"), manager)
            : null;
    }

    /// <summary>Removes what is in the state directory.</summary>
    internal static void Remove(string stateDirectory)
    {
        _ = Files.TryRemove($"{stateDirectory}/{DirectoryName}/{Name}"); // ignored: most containers have none
    }

    /// <summary>The same as <see cref="PassOn"/>, beside a command that has something else to wait for.</summary>
    internal void PassOnBeside(OwnedFd init, int mainPid, Log log) =>
        new Thread(() => PassOn(init, mainPid, log)) { IsBackground = true }.Start();

    /// <summary>Waits until the container says that it is ready, and passes it on; gives up when its init ends.</summary>
    /// <param name="init">The container's init.</param>
    /// <param name="mainPid">The process that the manager is to watch from then on.</param>
    /// <param name="log">For what goes wrong: the container runs all the same.</param>
    internal void PassOn(OwnedFd init, int mainPid, Log log)
    {
        try
        {
            if (WaitForReady(init) is not { } ready)
            {
                return;
            }

            using OwnedFd manager = Datagrams.Connect(_manager);
            Files.WriteAll(manager, Encoding.UTF8.GetBytes(ready + "\n"), _manager);
            Files.WriteAll(manager, Encoding.ASCII.GetBytes($"MAINPID={mainPid.ToString(CultureInfo.InvariantCulture)}\n"), _manager);
            WaitAtBarrier(manager);
        }
        catch (LinuxException failure)
        {
            log.Warning($"the service manager is not told that the container is ready: {failure.Message}, ignoring");
        }
    }

    public void Dispose() => _socket.Dispose();

    /// <summary>The line that says so, of a message that the container sent; null where there is none.</summary>
    internal static string? ReadyIn(ReadOnlySpan<byte> message)
    {
        foreach (string line in Encoding.UTF8.GetString(message).Split('\n'))
        {
            if (line.StartsWith("READY=", StringComparison.Ordinal))
            {
                return line;
            }
        }

        return null;
    }

    private string? WaitForReady(OwnedFd init)
    {
        byte[] message = new byte[4096];
        Span<PollEntry> entries = stackalloc PollEntry[2];
        entries[0] = new PollEntry { Descriptor = _socket.Number, Wanted = Polling.POLLIN };
        entries[1] = new PollEntry { Descriptor = init.Number, Wanted = Polling.POLLIN };
        while (true)
        {
            Polling.Wait(entries, -1);
            if (entries[0].Came != 0)
            {
                int got = Files.TryReadSome(_socket.Number, message);
                if (ReadyIn(message.AsSpan(0, Math.Max(0, got))) is { } line)
                {
                    return line;
                }
            }
            else if (entries[1].Came != 0)
            {
                return null;
            }
        }
    }

    // The manager closes the pipe when it has taken in what was said before. One that knows no barriers never does.
    private static void WaitAtBarrier(OwnedFd manager)
    {
        (OwnedFd read, OwnedFd write) = Files.Pipe();
        using (read)
        {
            using (write)
            {
                Sockets.SendWithDescriptor(manager, "BARRIER=1"u8, write);
            }

            Span<PollEntry> entries = [new PollEntry { Descriptor = read.Number, Wanted = Polling.POLLIN }];
            Polling.Wait(entries, BarrierLimitMilliseconds);
        }
    }
}
