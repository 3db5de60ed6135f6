using System;
using System.Collections.Generic;
using Rideau.Child.Outside;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;
using Rideau.Namespaces;
using Rideau.Runtime.Cgroups;
using Rideau.Runtime.State;

namespace Rideau.Runtime.Entering;

// In some of the target's namespaces; the rest is the caller's.
public static partial class Enter
{
    private static int InPart(EnterTarget target, EnterOptions options)
    {
        target.RequireRunning();
        List<OwnedFd> open = [];
        try
        {
            JoinPlan join = Join(target, options, open);
            options.Report?.Invoke(new EnterReport(target.Words, NamespaceType.Join(join.Types).Split(',', StringSplitOptions.RemoveEmptyEntries), Missing(target, join)));
            string shell = Environment.GetEnvironmentVariable("SHELL") is { Length: > 0 } own ? own : "/bin/sh";
            var visit = new VisitOptions
            {
                Command = options.Command.Count > 0 ? options.Command : [shell],
                Environment = InheritedEnvironment.With(options.Environment),
                View = options.View,
                Tools = options.Tools,
                Sockets = options.Sockets,
                IsLast = true,
            };
            return target.Record is { } record ? InGroup(target, record, join, visit) : NamespaceVisit.Run($"cannot enter {target.Words}", join, visit);
        }
        finally
        {
            open.ForEach(static fd => fd.Dispose());
        }
    }

    // The container's cgroup is its identity: what is in it is listed, frozen and killed with it.
    private static int InGroup(EnterTarget target, ContainerRecord record, JoinPlan join, VisitOptions visit)
    {
        string attempt = $"cannot enter {target.Words}";
        ContainerCgroup cgroup = ContainerCgroup.OfRecord(record);
        if (cgroup.IsFrozen())
        {
            throw new ContainerException($"{attempt}: it is paused, and whoever enters it would be", FailureCode.WrongState, $"\"rideau resume {record.Id}\" first");
        }

        try
        {
            return Run(cgroup);
        }
        catch (NamespaceException failure) when (failure.InnerException is LinuxException { Errno: Errno.EBUSY } && cgroup.WithInit(record.InitPid) is { } inner)
        {
            return Run(inner); // the container has divided its group
        }

        int Run(ContainerCgroup group)
        {
            using OwnedFd? birthplace = group.OpenForClone();
            return NamespaceVisit.Run(attempt, join, visit with { Cgroup = birthplace, Prepare = group.HasMoreToJoin ? group.AddProcess : null });
        }
    }

    private static JoinPlan Join(EnterTarget target, EnterOptions options, List<OwnedFd> open)
    {
        JoinPlan join = new();
        long types = options.Only ?? (options.View == VisitView.Tools ? ~Sched.CLONE_NEWUSER : ~0L);
        if (target.Pid == 0)
        {
            foreach (string path in target.Paths)
            {
                Add(path);
            }
        }
        else
        {
            foreach (NamespaceType type in NamespaceType.All)
            {
                if ((types & type.Flag) != 0)
                {
                    Add($"/proc/{target.Pid}/ns/{type.Name}");
                }
            }
        }

        open.AddRange(OwnerJoin.Complete(join, open));
        return join;

        void Add(string path)
        {
            int errno = Files.TryOpen(path, Fcntl.O_RDONLY, out OwnedFd? fd);
            open.Add(fd ?? throw new ContainerException($"cannot enter {target.Words}: cannot open \"{path}\": {Errno.Describe(errno)}", FailureCode.General, errno is Errno.EACCES or Errno.EPERM ? "it belongs to somebody else: be root" : null));
            if (NamespaceFiles.TryType(fd, out long flag) == 0 && (flag & types) != 0)
            {
                join.Add(fd, target.Words);
            }
        }
    }

    private static List<string> Missing(EnterTarget target, JoinPlan join)
    {
        List<string> missing = [];
        if (target.Pid == 0)
        {
            return missing;
        }

        long left = ForeignTypes.Of(target.Pid) & ~join.Types;
        foreach (NamespaceType type in NamespaceType.All)
        {
            if ((left & type.Flag) != 0)
            {
                missing.Add($"{type.Word} namespace");
            }
        }

        ProcessStatus status = ProcessStatus.Read(target.Pid);
        missing.Add("users, groups and capabilities");
        if (status.HasSeccompFilter)
        {
            missing.Add("seccomp filter");
        }

        if (status.NoNewPrivileges)
        {
            missing.Add("no_new_privs");
        }

        if (ProcessAttributes.LabelOf(target.Pid).Length > 0)
        {
            missing.Add("security label");
        }

        missing.Add("limits");
        return missing;
    }
}
