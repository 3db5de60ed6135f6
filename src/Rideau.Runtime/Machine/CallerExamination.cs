using System.Collections.Generic;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Runtime.Spec;

namespace Rideau.Runtime.Machine;

/// <summary>What belongs to the caller: ids, the state directory, limits.</summary>
internal static class CallerExamination
{
    internal static void Run(Examination examination)
    {
        examination.Group = "caller";
        SubordinateRanges(examination);
        StateDirectory(examination);
        Limits(examination);
    }

    private static void SubordinateRanges(Examination examination)
    {
        const string Name = "subordinate ids";
        uint uid = Credentials.EffectiveUid;
        if (examination.UserNamespace == 0)
        {
            examination.Ok(Name, "root maps any ids");
            return;
        }

        (List<IdMapping> Uids, List<IdMapping> Gids) mappings = SubordinateIds.MappingsOf(uid, Credentials.EffectiveGid);
        if (mappings.Uids.Count == 1)
        {
            examination.Warning(Name, "none in /etc/subuid and /etc/subgid: a container has one user, root", $"as root: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 USER (uid {uid})");
            return;
        }

        TrialResult result = Trial.Run(Sched.CLONE_NEWUSER, static _ => { }, null, mappings);
        uint count = 0;
        foreach (IdMapping mapping in mappings.Uids)
        {
            count += mapping.Size;
        }

        examination.Tried(Name, result, $"newuidmap and newgidmap map {count} ids", "apt-get install uidmap as root; the two programs must be setuid root or have CAP_SETUID and CAP_SETGID, and the ranges must be in /etc/subuid and /etc/subgid");
    }

    private static void StateDirectory(Examination examination)
    {
        const string Name = "state directory";
        string root = examination.Context.Root;
        string there = root;
        while (there.Length > 1 && Files.TryStatus(there, out _) == Errno.ENOENT)
        {
            there = there[..System.Math.Max(1, there.LastIndexOf('/'))];
        }

        string trial = $"{there.TrimEnd('/')}/.rideau-doctor-{Credentials.ProcessId}";
        int errno = Files.TryMakeDirectory(trial, 0x1c0); // 0700
        if (errno != 0)
        {
            examination.Missing(Name, $"nothing can be made in {there}: {Errno.Describe(errno)}", Privilege.IsUnprivileged ? "set XDG_RUNTIME_DIR to a directory of your own (a login session has /run/user/UID), or give --root DIR" : "give --root DIR");
            return;
        }

        _ = Files.TryRemove(trial, null, Fcntl.AT_REMOVEDIR); // ignored: it was made just now
        if (Files.FileSystemType(there) == 0x01021994) // TMPFS_MAGIC
        {
            examination.Ok(Name, $"{root}, on a tmpfs");
        }
        else
        {
            examination.Warning(Name, $"{root} is not on a tmpfs", "after a crash of the machine, what is said there of containers is no longer true: delete it, or give --root a directory on a tmpfs");
        }
    }

    private static void Limits(Examination examination)
    {
        rlimit64 files = ResourceLimits.Get(0, Resource.RLIMIT_NOFILE);
        rlimit64 processes = ResourceLimits.Get(0, Resource.RlimitNumberOf("RLIMIT_NPROC"));
        string reason = $"{Text(files.rlim_max)} open files, {Text(processes.rlim_max)} processes";
        if (files.rlim_max < 1024 || processes.rlim_max < 256)
        {
            examination.Warning("limits", reason, "raise them: ulimit -Hn, ulimit -Hu, /etc/security/limits.conf");
        }
        else
        {
            examination.Ok("limits", reason);
        }
    }

    private static string Text(ulong limit) => limit == ulong.MaxValue ? "unlimited" : limit.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
