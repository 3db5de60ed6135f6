using System;
using System.Collections.Generic;
using System.Globalization;
using Rideau.Child.Outside;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Namespaces.Network;

/// <summary>Sockets that a program finds at descriptor 3 and following, by the convention of socket activation: LISTEN_FDS, LISTEN_PID, LISTEN_FDNAMES.</summary>
/// <remarks>
/// A descriptor of the caller's own at one of those numbers would be in the way of the child, whose plan names descriptors by
/// number: so this is made before anything else is opened, and holds the numbers. LISTEN_PID is the number that the
/// program has in its own pid namespace, which only the child knows. man: sd_listen_fds(3)
/// </remarks>
public sealed class SocketHandover : IDisposable
{
    private const int First = 3;
    private const int Limit = 64;
    private const int NameLimit = 255;
    private readonly List<OwnedFd> _sockets = [];
    private readonly List<OwnedFd> _placeholders = [];
    private readonly List<string> _names = [];
    private readonly int _before;
    private Argument _pid;

    /// <summary>Takes sockets over.</summary>
    /// <param name="sockets">Each with its name, empty for none. They belong to this from now on.</param>
    /// <param name="before">How many sockets the caller passes on that it was given itself: these come behind them.</param>
    /// <param name="namesBefore">The names of those, as LISTEN_FDNAMES has them; null for none.</param>
    /// <exception cref="NamespaceException">InvalidArgument: too many, or a name that the convention does not allow.</exception>
    public SocketHandover(IReadOnlyList<(OwnedFd Socket, string Name)> sockets, int before = 0, string? namesBefore = null)
    {
        ArgumentNullException.ThrowIfNull(sockets);
        _before = before;
        for (int i = 0; i < before; i++)
        {
            string[] given = (namesBefore ?? "").Split(':');
            _names.Add(i < given.Length && given[i].Length > 0 ? given[i] : "unknown");
        }

        int end = First + before + sockets.Count;
        foreach ((OwnedFd socket, string name) in sockets)
        {
            _names.Add(name.Length > 0 ? name : "unknown");
            OwnedFd moved = Files.Duplicate(socket, end);
            socket.Dispose();
            _sockets.Add(moved);
        }

        HoldNumbers(First + before, end);
    }

    /// <summary>How many sockets the program gets, with those that the caller passes on.</summary>
    public int Count => _before + _sockets.Count;

    /// <summary>Makes sure of a name: no colon, no control character, at most 255 letters of ASCII.</summary>
    /// <exception cref="NamespaceException">InvalidArgument.</exception>
    public static void CheckName(string name)
    {
        foreach (char letter in name)
        {
            if (letter is ':' or < ' ' or > '~')
            {
                throw new NamespaceException($"bad name \"{name}\" of a socket", NamespaceFailure.InvalidArgument, "LISTEN_FDNAMES has letters of ASCII without a colon between them");
            }
        }

        if (name.Length is 0 or > NameLimit)
        {
            throw new NamespaceException($"bad name \"{name}\" of a socket", NamespaceFailure.InvalidArgument, "it has 1 to 255 letters");
        }
    }

    /// <summary>Makes sure that not more are asked for than a program can be expected to take.</summary>
    /// <exception cref="NamespaceException">InvalidArgument.</exception>
    public static void CheckCount(int count)
    {
        if (count > Limit)
        {
            throw new NamespaceException($"{count} sockets are more than can be handed over", NamespaceFailure.InvalidArgument, $"{Limit} at most");
        }
    }

    /// <summary>Adds the steps that bring the sockets to their numbers. Behind them nothing of the plan may be at a lower number than <see cref="Count"/> + 3.</summary>
    public void AddSteps(ChildPlanBuilder plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        plan.Begin("hand the listening sockets over");
        for (int i = 0; i < _sockets.Count; i++)
        {
            plan.Name(_sockets[i].Number, $"socket {_names[_before + i]}");
            plan.Call(SyscallNumber.dup3, _sockets[i], First + _before + i, 0);
        }

        const string variable = "LISTEN_PID=";
        Slot pid = plan.NewSlot("own pid");
        _pid = plan.Scratch(32, variable);
        plan.Call(SyscallNumber.getpid).Into(pid);
        plan.FormatNumber(_pid, pid, variable.Length);
    }

    /// <summary>The environment of the program in the plan's memory, with the convention's variables.</summary>
    /// <param name="plan">The plan, <see cref="AddSteps"/> behind it.</param>
    /// <param name="environment">NAME=VALUE; what it says of other sockets is left out.</param>
    public Argument Environment(ChildPlanBuilder plan, IReadOnlyList<string> environment)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(environment);
        List<string> all = new(environment.Count + 2);
        foreach (string variable in environment)
        {
            if (!variable.StartsWith("LISTEN_", StringComparison.Ordinal) || !IsConventions(variable))
            {
                all.Add(variable);
            }
        }

        all.Add(string.Create(CultureInfo.InvariantCulture, $"LISTEN_FDS={Count}"));
        all.Add($"LISTEN_FDNAMES={string.Join(':', _names)}");
        return plan.TextArray(all, _pid);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _sockets.ForEach(static socket => socket.Dispose());
        _placeholders.ForEach(static socket => socket.Dispose());
    }

    private static bool IsConventions(string variable) =>
        variable.StartsWith("LISTEN_FDS=", StringComparison.Ordinal) || variable.StartsWith("LISTEN_PID=", StringComparison.Ordinal) || variable.StartsWith("LISTEN_FDNAMES=", StringComparison.Ordinal);

    private void HoldNumbers(int first, int end)
    {
        for (int number = first; number < end && _sockets.Count > 0;)
        {
            OwnedFd holder = Files.Duplicate(_sockets[0], number);
            _placeholders.Add(holder);
            number = holder.Number + 1;
        }
    }
}
