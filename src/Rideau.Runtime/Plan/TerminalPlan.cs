using Rideau.Child.Outside;
using Rideau.Kernel.Abi;
using Rideau.Runtime.Spec;

namespace Rideau.Runtime.Plan;

/// <summary>The process's terminal: a pair of the container's own devpts; the master goes to whoever relays it.</summary>
/// <remarks>
/// Only descriptors: the slave is opened through the master (TIOCGPTPEER), so that no name in the
/// container's /dev decides which file becomes the console (CVE-2025-52565). man: ioctl_tty(2), pts(4)
/// </remarks>
internal sealed class TerminalPlan(ChildPlanBuilder plan)
{
    private const long TIOCSPTLCK = 0x40045431;
    private const long TIOCGPTPEER = 0x5441;
    private const long TIOCSWINSZ = 0x5414;
    private const long TIOCSCTTY = 0x540E;
    private const int O_RDWR_NOCTTY = Fcntl.O_RDWR | Fcntl.O_NOCTTY | Fcntl.O_CLOEXEC;

    /// <summary>The other end, which the process gets.</summary>
    internal Slot Peer { get; private set; } = Slot.None;

    /// <summary>Opens a pair in the devpts that is mounted below <paramref name="root"/>, and sends the master away.</summary>
    /// <param name="root">The container's root.</param>
    /// <param name="size">In characters, or null.</param>
    /// <param name="uid">Who the terminal belongs to.</param>
    /// <param name="socket">Where the master is sent.</param>
    /// <param name="message">What is sent with it.</param>
    internal void AddPair(Argument root, ConsoleSize? size, uint uid, Argument socket, string message)
    {
        plan.Begin("open a terminal in the container's /dev/pts");
        Slot master = plan.NewSlot("terminal master");
        Peer = plan.NewSlot("terminal");
        Argument how = plan.Data(new open_how
        {
            flags = O_RDWR_NOCTTY,
            resolve = Fcntl.RESOLVE_IN_ROOT | Fcntl.RESOLVE_NO_MAGICLINKS | Fcntl.RESOLVE_NO_SYMLINKS,
        });
        plan.Call(SyscallNumber.openat2, root, plan.Text("dev/pts/ptmx"), how, 24).Into(master);
        plan.Call(SyscallNumber.ioctl, master, TIOCSPTLCK, plan.Data(0));
        plan.Call(SyscallNumber.ioctl, master, TIOCGPTPEER, O_RDWR_NOCTTY).Into(Peer);
        if (size is { } characters)
        {
            plan.Call(SyscallNumber.ioctl, master, TIOCSWINSZ, plan.Data((ushort)characters.Height | ((ulong)(ushort)characters.Width << 16)));
        }

        plan.Call(SyscallNumber.fchown, Peer, uid, uint.MaxValue).Tolerating(Errno.EPERM).Tolerating(Errno.EROFS);
        plan.Begin("hand over the terminal");
        plan.SendDescriptor(socket, master, message);
        plan.Call(SyscallNumber.close, master);
    }

    /// <summary>The terminal becomes the session's, and standard input, output and error.</summary>
    internal void AddStandardStreams()
    {
        plan.Begin("make the terminal the process's own");
        plan.Call(SyscallNumber.ioctl, Peer, TIOCSCTTY, 0);
        for (int descriptor = 0; descriptor <= 2; descriptor++)
        {
            plan.Call(SyscallNumber.dup3, Peer, descriptor, 0);
        }
    }
}
