using Rideau.Child.Outside;
using Rideau.Kernel.Abi;
using Abi = Rideau.Kernel.Abi.Mount;

namespace Rideau.Runtime.Plan;

/// <summary>One mount of the configuration while its steps are written.</summary>
internal sealed class MountWork
{
    public MountWork(PlanContext context, Spec.Mount mount)
    {
        Context = context;
        Mount = mount;
        Options = MountOptions.Parse(mount.Options);
        Destination = MountTargets.Clean(mount.Destination);
        Type = mount.Type is null or "" ? "none" : mount.Type;
        IsBind = Options.IsBind || Type == "bind";
        Source = IsBind ? SourcePath(context, mount.Source) : mount.Source ?? "";
    }

    public PlanContext Context { get; }

    public Spec.Mount Mount { get; }

    public MountOptions Options { get; }

    /// <summary>Absolute in the container, clean.</summary>
    public string Destination { get; }

    public string Type { get; }

    public bool IsBind { get; }

    /// <summary>Of a bind mount: absolute in the caller's view.</summary>
    public string Source { get; }

    /// <summary>As a person would say it: the source of a bind mount, else the type.</summary>
    public string Name => IsBind ? $"\"{Source}\"" : Type;

    public ChildPlanBuilder Plan => Context.Plan;

    /// <summary>An error of this mount.</summary>
    public ContainerException Refused(string reason, FailureCode code = FailureCode.InvalidArgument, string? hint = null, System.Exception? inner = null) =>
        new($"cannot mount {Name} on \"{Destination}\": {reason}", code, hint, inner);

    /// <summary>Sets attributes of a mount that is open.</summary>
    public Step SetAttributes(Argument mount, in mount_attr attributes, bool recursive = false) =>
        Plan.Call(
            SyscallNumber.mount_setattr,
            mount,
            Context.Targets.Empty(Plan),
            Fcntl.AT_EMPTY_PATH | (recursive ? Fcntl.AT_RECURSIVE : 0),
            Plan.Data(attributes),
            MountsPlan.SizeOfMountAttr);

    /// <summary>What is the same for all kinds: recursive attributes, propagation.</summary>
    public void FinishDetached(Argument mount)
    {
        if (Options.RecursiveAttributes is { } recursive)
        {
            SetAttributes(mount, recursive, recursive: true);
        }

        for (int i = 0; i < Options.Propagations.Count; i++)
        {
            RootfsPlan.SetPropagation(Plan, mount, Context.Targets.Empty(Plan), Options.Propagations[i], Fcntl.AT_EMPTY_PATH);
        }
    }

    /// <summary>Clones a mount by a path in the child's view.</summary>
    public Step Clone(string path, bool recursive) =>
        Plan.Call(
            SyscallNumber.open_tree,
            Fcntl.AT_FDCWD,
            Plan.Text(path),
            Abi.OPEN_TREE_CLONE | Abi.OPEN_TREE_CLOEXEC | (recursive ? Fcntl.AT_RECURSIVE : 0));

    private static string SourcePath(PlanContext context, string? source) =>
        string.IsNullOrEmpty(source) ? "" : source[0] == '/' ? source : $"{context.BundlePath}/{source}";
}
