using System;
using System.Collections.Generic;
using Rideau.Child.Contract;
using Rideau.Child.Outside;
using Rideau.Kernel.Abi;
using Abi = Rideau.Kernel.Abi.Mount;

namespace Rideau.Runtime.Plan;

/// <summary>Whose the contents of a mounted file system are.</summary>
internal enum MountContents
{
    /// <summary>Somebody else's: any name in it may be a link to anywhere.</summary>
    Unknown,

    /// <summary>Nobody's: a tmpfs that was empty when it was mounted, and holds what this plan makes.</summary>
    Fresh,

    /// <summary>The kernel's: proc, its links are the kernel's own.</summary>
    Proc,

    /// <summary>The kernel's: sysfs.</summary>
    Sysfs,
}

/// <summary>Where something is to be mounted: a descriptor, or a name below one.</summary>
internal readonly record struct MountTarget(Argument Directory, Argument Path, bool IsDescriptor);

/// <summary>What the sections about mounts share: what has been mounted where, and how a place below it is reached.</summary>
/// <remarks>
/// A place is opened inside the root, never by a plain path, because the root file system's contents are not trusted.
/// In a file system that this plan has made itself nothing can be bent, so that a name in its root, by its descriptor, serves, which saves calls.
/// </remarks>
internal sealed class MountTargets
{
    private const int FileMode = 0x1a4; // 0644
    private const int DirectoryMode = 0x1ed; // 0755

    private readonly List<Mounted> _mounted = [];
    private readonly HashSet<string> _made = [];
    private Argument _empty;
    private Argument _readonly;
    private Slot _target = Slot.None;
    private Slot _mount = Slot.None;
    private Slot _fileSystem = Slot.None;

    /// <summary>File systems that become read-only once everything in them has been made.</summary>
    public List<(string Destination, Slot Mount)> ReadonlyAtLast { get; } = [];

    /// <summary>A clone of the caller's /dev/null, attached nowhere, for masking files.</summary>
    public Slot Null { get; set; } = Slot.None;

    /// <summary>"".</summary>
    public Argument Empty(ChildPlanBuilder plan)
    {
        if (_empty.Kind != ArgumentKind.Text)
        {
            _empty = plan.Text("");
        }

        return _empty;
    }

    /// <summary>The register for a mount that nothing later refers to; there is one, so that hundreds of mounts fit into a plan.</summary>
    public Slot Mount(ChildPlanBuilder plan) => _mount == Slot.None ? _mount = plan.NewSlot("mount") : _mount;

    /// <summary>The register for a place that is opened.</summary>
    public Slot Place(ChildPlanBuilder plan) => _target == Slot.None ? _target = plan.NewSlot("place") : _target;

    /// <summary>A struct mount_attr that sets MOUNT_ATTR_RDONLY.</summary>
    public Argument Readonly(ChildPlanBuilder plan)
    {
        if (_readonly.Kind != ArgumentKind.Data)
        {
            _readonly = plan.Data(new mount_attr { attr_set = (ulong)Abi.MOUNT_ATTR_RDONLY });
        }

        return _readonly;
    }

    /// <summary>The register for a file system that is being configured.</summary>
    public Slot FileSystem(ChildPlanBuilder plan) => _fileSystem == Slot.None ? _fileSystem = plan.NewSlot("file system") : _fileSystem;

    /// <summary>Something is mounted there from now on.</summary>
    /// <param name="destination">Clean.</param>
    /// <param name="root">A descriptor of the root of the mount; none where the contents are unknown.</param>
    /// <param name="contents">Whose they are.</param>
    public void Add(string destination, Slot root, MountContents contents)
    {
        _mounted.Add(new Mounted(destination, root, contents));
        if (_made.Count > 0)
        {
            _made.RemoveWhere(path => path.Length > destination.Length && Contains(destination, path));
        }
    }

    /// <summary>The file system that a path is in, as far as it is this plan's own, and the rest of the path in it.</summary>
    public (Slot Root, string Below, MountContents Contents) Find(string path)
    {
        Mounted best = default;
        for (int i = 0; i < _mounted.Count; i++)
        {
            // The later one covers the earlier one.
            if (Contains(_mounted[i].Destination, path) && (best.Destination is null || _mounted[i].Destination.Length >= best.Destination.Length))
            {
                best = _mounted[i];
            }
        }

        return best.Destination is null || best.Contents == MountContents.Unknown
            ? (Slot.None, path, MountContents.Unknown)
            : (best.Root, Rest(best.Destination, path), best.Contents);
    }

    /// <summary>True where something that this plan mounts is there or above, below the root.</summary>
    public Slot RootOf(MountContents contents)
    {
        for (int i = _mounted.Count - 1; i >= 0; i--)
        {
            if (_mounted[i].Contents == contents)
            {
                return _mounted[i].Root;
            }
        }

        return Slot.None;
    }

    /// <summary>Adds the steps that lead to a place, making it if it is missing.</summary>
    /// <param name="context">The plan.</param>
    /// <param name="path">Clean; see <see cref="Clean"/>.</param>
    /// <param name="target">What is made.</param>
    public MountTarget Reach(PlanContext context, string path, RootTarget target)
    {
        ChildPlanBuilder plan = context.Plan;
        (Slot root, string rest, MountContents contents) = Find(path);
        if (rest.Contains('/') && root != Slot.None)
        {
            // On the way there may be somebody else's mount by now, put there under another name of this place: a link in the root file system.
            Slot below = Place(plan);
            plan.OpenInRoot(root, rest, target, IsFile(target) ? FileMode : DirectoryMode).Into(below);
            return new MountTarget(below, Empty(plan), true);
        }

        if (root != Slot.None && rest.Length > 0)
        {
            if (contents == MountContents.Fresh && target != RootTarget.ParentDirectory)
            {
                Make(plan, root, path, rest, target);
            }

            return new MountTarget(root, plan.Text(rest), false);
        }

        if (root != Slot.None)
        {
            return new MountTarget(root, Empty(plan), true);
        }

        Slot place = Place(plan);
        plan.OpenInRoot(context.Root, path, target, IsFile(target) ? FileMode : DirectoryMode).Into(place);
        return new MountTarget(place, Empty(plan), true);
    }

    /// <summary>Attaches a mount to its place.</summary>
    public Step Attach(ChildPlanBuilder plan, Argument mount, MountTarget target, int flags = 0) =>
        plan.Call(
            SyscallNumber.move_mount,
            mount,
            Empty(plan),
            target.Directory,
            target.Path,
            flags | Abi.MOVE_MOUNT_F_EMPTY_PATH | (target.IsDescriptor ? Abi.MOVE_MOUNT_T_EMPTY_PATH : 0));

    /// <summary>An absolute path without ".", ".." and doubled slashes; ".." at the root stays there.</summary>
    public static string Clean(string path)
    {
        var parts = new List<string>(8);
        foreach (Range range in path.AsSpan().Split('/'))
        {
            ReadOnlySpan<char> part = path.AsSpan()[range];
            if (part is "..")
            {
                if (parts.Count > 0)
                {
                    parts.RemoveAt(parts.Count - 1);
                }
            }
            else if (part.Length > 0 && part is not ".")
            {
                parts.Add(part.ToString());
            }
        }

        return "/" + string.Join('/', parts);
    }

    /// <summary>True where the path is the directory, or is below it.</summary>
    public static bool Contains(string directory, string path) =>
        directory == "/"
        || (path.StartsWith(directory, StringComparison.Ordinal) && (path.Length == directory.Length || path[directory.Length] == '/'));

    private static string Rest(string directory, string path) =>
        path.Length == directory.Length ? "" : directory == "/" ? path[1..] : path[(directory.Length + 1)..];

    private void Make(ChildPlanBuilder plan, Slot root, string path, string name, RootTarget target)
    {
        if (_made.Add(path))
        {
            Step step = IsFile(target)
                ? plan.Call(SyscallNumber.mknodat, root, plan.Text(name), Stat.S_IFREG | FileMode, 0)
                : plan.Call(SyscallNumber.mkdirat, root, plan.Text(name), DirectoryMode);
            step.Tolerating(Errno.EEXIST);
        }
    }

    private readonly record struct Mounted(string Destination, Slot Root, MountContents Contents);

    private static bool IsFile(RootTarget target) => target is RootTarget.File or RootTarget.PresentFile;
}
