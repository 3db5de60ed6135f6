using System;
using System.Collections.Generic;
using Rideau.Kernel.Abi;
using Abi = Rideau.Kernel.Abi.Mount;

namespace Rideau.Runtime.Plan;

/// <summary>One change of a mount's propagation: MS_SHARED, MS_SLAVE, MS_PRIVATE or MS_UNBINDABLE.</summary>
internal readonly record struct Propagation(long Kind, bool Recursive);

/// <summary>The options of a mount, sorted by what they become.</summary>
/// <remarks>spec: config.md#linux-mount-options · man: mount(8), mount_setattr(2)</remarks>
internal sealed class MountOptions
{
    private const ulong FlagAttributes =
        (ulong)(Abi.MOUNT_ATTR_RDONLY | Abi.MOUNT_ATTR_NOSUID | Abi.MOUNT_ATTR_NODEV | Abi.MOUNT_ATTR_NOEXEC | Abi.MOUNT_ATTR_NODIRATIME | Abi.MOUNT_ATTR_NOSYMFOLLOW);

    /// <summary>MS_ flags asked for.</summary>
    public long Set { get; private set; }

    /// <summary>MS_ flags that are asked to be off.</summary>
    public long Cleared { get; private set; }

    /// <summary>"bind" or "rbind".</summary>
    public bool IsBind => (Set & Abi.MS_BIND) != 0;

    /// <summary>"rbind".</summary>
    public bool IsRecursive => (Set & Abi.MS_REC) != 0;

    public bool IsReadonly => (Set & Abi.MS_RDONLY) != 0;

    /// <summary>MOUNT_ATTR_ bits to set on the whole tree.</summary>
    public ulong RecursiveSet { get; private set; }

    /// <summary>MOUNT_ATTR_ bits to clear on the whole tree.</summary>
    public ulong RecursiveCleared { get; private set; }

    /// <summary>In the order given.</summary>
    public List<Propagation> Propagations { get; } = [];

    public bool CopyUp { get; private set; }

    public bool IsIdMapped { get; private set; }

    public bool IsIdMappedRecursively { get; private set; }

    /// <summary>Everything else: the file system's own, as "key" or "key=value".</summary>
    public List<string> Data { get; } = [];

    /// <summary>A bind mount keeps its source's attributes unless any is mentioned.</summary>
    public bool MentionsAttributes =>
        ((Set | Cleared) & ~(Abi.MS_BIND | Abi.MS_REC | Abi.MS_REMOUNT | Abi.MS_SILENT)) != 0;

    public static MountOptions Parse(IReadOnlyList<string> options)
    {
        var parsed = new MountOptions();
        for (int i = 0; i < options.Count; i++)
        {
            parsed.Add(options[i]);
        }

        return parsed;
    }

    /// <summary>The value of a file system's option; the last one counts.</summary>
    public string? DataValue(string key)
    {
        for (int i = Data.Count - 1; i >= 0; i--)
        {
            if (Data[i].Length > key.Length && Data[i][key.Length] == '=' && Data[i].StartsWith(key, StringComparison.Ordinal))
            {
                return Data[i][(key.Length + 1)..];
            }
        }

        return null;
    }

    /// <summary>The attributes of a new mount.</summary>
    public ulong NewMountAttributes => FlagsOf(Set) | AtimeOf(Set);

    /// <summary>The change of a bind mount's attributes.</summary>
    /// <param name="keepOthers">
    /// Attributes that are not mentioned stay as the source has them: for "remount", and where they are locked.
    /// Otherwise the mount has what was asked for and nothing else, as runc makes it and as people expect of <c>mount --bind -o</c>.
    /// </param>
    public mount_attr BindAttributes(bool keepOthers)
    {
        ulong set = FlagsOf(Set);
        ulong clear = keepOthers ? FlagsOf(Cleared) : FlagAttributes & ~set & ~(ulong)Abi.MOUNT_ATTR_NODIRATIME | FlagsOf(Cleared);
        if ((Set & (Abi.MS_NOATIME | Abi.MS_RELATIME | Abi.MS_STRICTATIME)) != 0 || (Cleared & (Abi.MS_NOATIME | Abi.MS_STRICTATIME)) != 0)
        {
            clear |= (ulong)Abi.MOUNT_ATTR__ATIME;
            set |= AtimeOf(Set);
        }

        return new mount_attr { attr_set = set, attr_clr = clear & ~(set & FlagAttributes) };
    }

    /// <summary>What the whole tree gets, or null.</summary>
    public mount_attr? RecursiveAttributes =>
        (RecursiveSet | RecursiveCleared) == 0 && !_recursiveAtime
            ? null
            : new mount_attr
            {
                attr_set = RecursiveSet,
                attr_clr = (RecursiveCleared & ~(ulong)Abi.MOUNT_ATTR__ATIME) | (_recursiveAtime ? (ulong)Abi.MOUNT_ATTR__ATIME : 0),
            };

    private bool _recursiveAtime;

    private void Add(string option)
    {
        if (!TryFlag(option) && !TryPropagation(option) && !TryRecursive(option))
        {
            switch (option)
            {
                case "tmpcopyup":
                    CopyUp = true;
                    break;
                case "idmap":
                    IsIdMapped = true;
                    break;
                case "ridmap":
                    IsIdMapped = true;
                    IsIdMappedRecursively = true;
                    break;
                case "":
                    break;
                default:
                    Data.Add(option);
                    break;
            }
        }
    }

    private bool TryFlag(string option)
    {
        (long flag, bool clear) = option switch
        {
            "defaults" => (0, false),
            "ro" => (Abi.MS_RDONLY, false),
            "rw" => (Abi.MS_RDONLY, true),
            "nosuid" => (Abi.MS_NOSUID, false),
            "suid" => (Abi.MS_NOSUID, true),
            "nodev" => (Abi.MS_NODEV, false),
            "dev" => (Abi.MS_NODEV, true),
            "noexec" => (Abi.MS_NOEXEC, false),
            "exec" => (Abi.MS_NOEXEC, true),
            "sync" => (Abi.MS_SYNCHRONOUS, false),
            "async" => (Abi.MS_SYNCHRONOUS, true),
            "dirsync" => (Abi.MS_DIRSYNC, false),
            "remount" => (Abi.MS_REMOUNT, false),
            "mand" => (Abi.MS_MANDLOCK, false),
            "nomand" => (Abi.MS_MANDLOCK, true),
            "noatime" => (Abi.MS_NOATIME, false),
            "atime" => (Abi.MS_NOATIME, true),
            "nodiratime" => (Abi.MS_NODIRATIME, false),
            "diratime" => (Abi.MS_NODIRATIME, true),
            "relatime" => (Abi.MS_RELATIME, false),
            "norelatime" => (Abi.MS_RELATIME, true),
            "strictatime" => (Abi.MS_STRICTATIME, false),
            "nostrictatime" => (Abi.MS_STRICTATIME, true),
            "lazytime" => (Abi.MS_LAZYTIME, false),
            "nolazytime" => (Abi.MS_LAZYTIME, true),
            "iversion" => (Abi.MS_I_VERSION, false),
            "noiversion" => (Abi.MS_I_VERSION, true),
            "silent" => (Abi.MS_SILENT, false),
            "loud" => (Abi.MS_SILENT, true),
            "nosymfollow" => (Abi.MS_NOSYMFOLLOW, false),
            "symfollow" => (Abi.MS_NOSYMFOLLOW, true),
            "bind" => (Abi.MS_BIND, false),
            "rbind" => (Abi.MS_BIND | Abi.MS_REC, false),
            _ => (-1L, false),
        };
        if (flag < 0)
        {
            return false;
        }

        Set = clear ? Set & ~flag : Set | flag;
        Cleared = clear ? Cleared | flag : Cleared & ~flag;
        return true;
    }

    private bool TryPropagation(string option)
    {
        Propagation? propagation = TryParsePropagation(option);
        if (propagation is { } known)
        {
            Propagations.Add(known);
        }

        return propagation is not null;
    }

    /// <summary>"rslave" and the like, or null.</summary>
    internal static Propagation? TryParsePropagation(string option) => option switch
    {
        "private" => new Propagation(Abi.MS_PRIVATE, false),
        "rprivate" => new Propagation(Abi.MS_PRIVATE, true),
        "slave" => new Propagation(Abi.MS_SLAVE, false),
        "rslave" => new Propagation(Abi.MS_SLAVE, true),
        "shared" => new Propagation(Abi.MS_SHARED, false),
        "rshared" => new Propagation(Abi.MS_SHARED, true),
        "unbindable" => new Propagation(Abi.MS_UNBINDABLE, false),
        "runbindable" => new Propagation(Abi.MS_UNBINDABLE, true),
        _ => null,
    };

    private bool TryRecursive(string option)
    {
        (long flag, bool clear) = option switch
        {
            "rro" => (Abi.MOUNT_ATTR_RDONLY, false),
            "rrw" => (Abi.MOUNT_ATTR_RDONLY, true),
            "rnosuid" => (Abi.MOUNT_ATTR_NOSUID, false),
            "rsuid" => (Abi.MOUNT_ATTR_NOSUID, true),
            "rnodev" => (Abi.MOUNT_ATTR_NODEV, false),
            "rdev" => (Abi.MOUNT_ATTR_NODEV, true),
            "rnoexec" => (Abi.MOUNT_ATTR_NOEXEC, false),
            "rexec" => (Abi.MOUNT_ATTR_NOEXEC, true),
            "rnodiratime" => (Abi.MOUNT_ATTR_NODIRATIME, false),
            "rdiratime" => (Abi.MOUNT_ATTR_NODIRATIME, true),
            "rnosymfollow" => (Abi.MOUNT_ATTR_NOSYMFOLLOW, false),
            "rsymfollow" => (Abi.MOUNT_ATTR_NOSYMFOLLOW, true),
            "rnoatime" => (Abi.MOUNT_ATTR_NOATIME, false),
            "rstrictatime" => (Abi.MOUNT_ATTR_STRICTATIME, false),
            "rrelatime" or "ratime" or "rnorelatime" or "rnostrictatime" => (Abi.MOUNT_ATTR_RELATIME, false),
            _ => (-1L, false),
        };
        if (flag < 0)
        {
            return false;
        }

        // Access times are one choice of three and not bits: the last one counts.
        if (option is "rnoatime" or "rstrictatime" or "rrelatime" or "ratime" or "rnorelatime" or "rnostrictatime")
        {
            _recursiveAtime = true;
            RecursiveSet = (RecursiveSet & ~(ulong)Abi.MOUNT_ATTR__ATIME) | (ulong)flag;
            return true;
        }

        RecursiveSet = clear ? RecursiveSet & ~(ulong)flag : RecursiveSet | (ulong)flag;
        RecursiveCleared = clear ? RecursiveCleared | (ulong)flag : RecursiveCleared & ~(ulong)flag;
        return true;
    }

    private static ulong FlagsOf(long flags) => (ulong)(
        ((flags & Abi.MS_RDONLY) != 0 ? Abi.MOUNT_ATTR_RDONLY : 0)
        | ((flags & Abi.MS_NOSUID) != 0 ? Abi.MOUNT_ATTR_NOSUID : 0)
        | ((flags & Abi.MS_NODEV) != 0 ? Abi.MOUNT_ATTR_NODEV : 0)
        | ((flags & Abi.MS_NOEXEC) != 0 ? Abi.MOUNT_ATTR_NOEXEC : 0)
        | ((flags & Abi.MS_NODIRATIME) != 0 ? Abi.MOUNT_ATTR_NODIRATIME : 0)
        | ((flags & Abi.MS_NOSYMFOLLOW) != 0 ? Abi.MOUNT_ATTR_NOSYMFOLLOW : 0));

    // mount(2) lets strictatime win over noatime, and noatime over relatime.
    private static ulong AtimeOf(long flags) => (ulong)(
        (flags & Abi.MS_STRICTATIME) != 0 ? Abi.MOUNT_ATTR_STRICTATIME
        : (flags & Abi.MS_NOATIME) != 0 ? Abi.MOUNT_ATTR_NOATIME
        : Abi.MOUNT_ATTR_RELATIME);
}
