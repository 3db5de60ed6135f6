using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using Rideau.Kernel.Abi;

namespace Rideau.Namespaces;

/// <summary>The eight types. A set of them is a set of CLONE_NEW flags. man: namespaces(7)</summary>
/// <param name="Name">As /proc/PID/ns has it: "net", "mnt".</param>
/// <param name="Word">As a person says it, and unshare(1) has it as an option: "mount".</param>
/// <param name="Flag">CLONE_NEW…</param>
/// <param name="MakersFile">The file below /proc/PID/ns of the process that made it: time namespaces are entered by children alone.</param>
public sealed record NamespaceType(string Name, string Word, long Flag, string MakersFile)
{
    public static readonly NamespaceType User = new("user", "user", Sched.CLONE_NEWUSER, "user");
    public static readonly NamespaceType Mount = new("mnt", "mount", Sched.CLONE_NEWNS, "mnt");
    public static readonly NamespaceType Pid = new("pid", "pid", Sched.CLONE_NEWPID, "pid");
    public static readonly NamespaceType Network = new("net", "net", Sched.CLONE_NEWNET, "net");
    public static readonly NamespaceType Ipc = new("ipc", "ipc", Sched.CLONE_NEWIPC, "ipc");
    public static readonly NamespaceType Uts = new("uts", "uts", Sched.CLONE_NEWUTS, "uts");
    public static readonly NamespaceType Cgroup = new("cgroup", "cgroup", Sched.CLONE_NEWCGROUP, "cgroup");
    public static readonly NamespaceType Time = new("time", "time", Sched.CLONE_NEWTIME, "time_for_children");

    /// <summary>All of them, in the order of the kernel's names.</summary>
    public static ImmutableArray<NamespaceType> All { get; } = [Cgroup, Ipc, Mount, Network, Pid, Time, User, Uts];

    /// <summary>The type of a CLONE_NEW flag.</summary>
    /// <exception cref="ArgumentException">No type has that flag.</exception>
    public static NamespaceType Of(long flag) => TryOf(flag) ?? throw new ArgumentException($"no type of namespace has the flag 0x{flag:x}", nameof(flag));

    /// <summary>The type of a CLONE_NEW flag, or null.</summary>
    public static NamespaceType? TryOf(long flag)
    {
        foreach (NamespaceType type in All)
        {
            if (type.Flag == flag)
            {
                return type;
            }
        }

        return null;
    }

    /// <summary>The type of a word: the kernel's name, this program's option, or the OCI specification's word.</summary>
    public static NamespaceType? Find(ReadOnlySpan<char> word)
    {
        foreach (NamespaceType type in All)
        {
            if (word.SequenceEqual(type.Name) || word.SequenceEqual(type.Word))
            {
                return type;
            }
        }

        return word.SequenceEqual("network") ? Network : null;
    }

    /// <summary>"ipc,net".</summary>
    public static string Join(long flags)
    {
        List<string> names = [];
        foreach (NamespaceType type in All)
        {
            if ((flags & type.Flag) != 0)
            {
                names.Add(type.Name);
            }
        }

        return string.Join(',', names);
    }

    /// <summary>The flags of "net,ipc".</summary>
    /// <exception cref="NamespaceException">InvalidArgument: a word that is no type.</exception>
    public static long Split(string words)
    {
        long flags = 0;
        foreach (string word in words.Split(','))
        {
            flags |= (Find(word) ?? throw new NamespaceException($"unknown type of namespace \"{word}\"", NamespaceFailure.InvalidArgument, "the types are cgroup, ipc, mnt (or mount), net, pid, time, user, uts")).Flag;
        }

        return flags;
    }

    public override string ToString() => Name;
}
