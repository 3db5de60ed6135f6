using System;
using System.Collections.Generic;
using Rideau.Kernel.Abi;

namespace Rideau.Runtime.Spec;

/// <content>The "process" object. spec: config.md#process</content>
public static partial class ConfigurationValidator
{
    private static void CheckProcess(Process process, Log log, string at)
    {
        if (process.Cwd.Length == 0)
        {
            throw Wrong(at + "cwd", "missing or empty", "give the working directory, \"/\" will do");
        }

        if (!process.Cwd.StartsWith('/'))
        {
            throw Wrong(at + "cwd", $"\"{process.Cwd}\" is not an absolute path", "give it as the container sees it, beginning with /");
        }

        if (process.Args.Count == 0)
        {
            throw Wrong(at + "args", "missing or empty", "name the program to run");
        }

        Environment(process.Env, at + "env");
        Identity(process.User, at + "user.");
        if (process.ConsoleSize is { } size && (size.Height > ushort.MaxValue || size.Width > ushort.MaxValue))
        {
            throw Wrong(at + "consoleSize", $"{size.Height} by {size.Width} is more than a terminal has", "height and width go to 65535");
        }

        if (process.OomScoreAdj is { } score && score is < -1000 or > 1000)
        {
            throw Wrong(at + "oomScoreAdj", $"{score} is out of range", "give a number from -1000 to 1000");
        }

        Capabilities(process.Capabilities, log, at);
        Rlimits(process.Rlimits, at);
        Scheduler(process.Scheduler, at);
        if (process.IoPriority is { } priority)
        {
            if (priority.Class is not ("IOPRIO_CLASS_RT" or "IOPRIO_CLASS_BE" or "IOPRIO_CLASS_IDLE"))
            {
                throw Wrong(at + "ioPriority.class", $"unknown class \"{priority.Class}\"", "one of IOPRIO_CLASS_RT, IOPRIO_CLASS_BE, IOPRIO_CLASS_IDLE");
            }

            if (priority.Priority is < 0 or > 7)
            {
                throw Wrong(at + "ioPriority.priority", $"{priority.Priority} is out of range", "give a number from 0 to 7");
            }
        }

        NumberList(process.ExecCpuAffinity?.Initial, at + "execCPUAffinity.initial");
        NumberList(process.ExecCpuAffinity?.Final, at + "execCPUAffinity.final");
    }

    // setresuid(2) and its like take it for "as it is": root would stay root.
    private static void Identity(User user, string at)
    {
        if (user.Uid == uint.MaxValue || user.Gid == uint.MaxValue || user.AdditionalGids.Contains(uint.MaxValue))
        {
            string field = user.Uid == uint.MaxValue ? "uid" : user.Gid == uint.MaxValue ? "gid" : "additionalGids";
            throw Wrong(at + field, $"{uint.MaxValue} is no id", $"ids go to {uint.MaxValue - 1}");
        }
    }

    private static void Environment(List<string> environment, string at)
    {
        for (int i = 0; i < environment.Count; i++)
        {
            if (environment[i].IndexOf('=') <= 0)
            {
                throw Wrong($"{at}[{i}]", $"\"{environment[i]}\" is not of the form NAME=VALUE", "give a name, an equals sign and a value");
            }
        }
    }

    private static void Capabilities(Capabilities? capabilities, Log log, string at)
    {
        if (capabilities is null)
        {
            return;
        }

        KnownCapabilities(capabilities.Bounding, log, at + "capabilities.bounding");
        KnownCapabilities(capabilities.Effective, log, at + "capabilities.effective");
        KnownCapabilities(capabilities.Inheritable, log, at + "capabilities.inheritable");
        KnownCapabilities(capabilities.Permitted, log, at + "capabilities.permitted");
        KnownCapabilities(capabilities.Ambient, log, at + "capabilities.ambient");
    }

    private static void KnownCapabilities(List<string> names, Log log, string at)
    {
        for (int i = names.Count - 1; i >= 0; i--)
        {
            // As the specification spells them: another spelling is another, unknown name to the field.
            int number = names[i].StartsWith("CAP_", StringComparison.Ordinal) ? Capability.NumberOf(names[i]) : -1;
            if (number < 0 || Capability.NameOf(number) != names[i])
            {
                log.Warning($"{at}[{i}]: unknown capability \"{names[i]}\", ignoring");
                names.RemoveAt(i);
            }
        }
    }

    private static void Rlimits(List<Rlimit> rlimits, string at)
    {
        int seen = 0;
        for (int i = 0; i < rlimits.Count; i++)
        {
            Rlimit rlimit = rlimits[i];
            int number = Resource.RlimitNumberOf(rlimit.Type);
            if (number < 0)
            {
                throw Wrong($"{at}rlimits[{i}].type", $"unknown resource limit \"{rlimit.Type}\"", "a name as RLIMIT_NOFILE: getrlimit(2) lists them");
            }

            if ((seen & (1 << number)) != 0)
            {
                throw Wrong($"{at}rlimits[{i}].type", $"\"{rlimit.Type}\" is given twice", "remove one of them");
            }

            seen |= 1 << number;
            if (rlimit.Soft > rlimit.Hard)
            {
                throw Wrong($"{at}rlimits[{i}].soft", $"{rlimit.Soft} is more than the hard limit {rlimit.Hard}", "lower the soft limit or raise the hard one");
            }
        }
    }

    // man: sched_setattr(2). SCHED_ISO has a name and no implementation in any kernel.
    private static void Scheduler(Scheduler? scheduler, string at)
    {
        if (scheduler is null)
        {
            return;
        }

        string policy = scheduler.Policy;
        if (policy is not ("SCHED_OTHER" or "SCHED_BATCH" or "SCHED_IDLE" or "SCHED_FIFO" or "SCHED_RR" or "SCHED_DEADLINE"))
        {
            throw Wrong(
                at + "scheduler.policy",
                policy.Length == 0 ? "missing or empty" : policy == "SCHED_ISO" ? "no kernel has SCHED_ISO" : $"unknown policy \"{policy}\"",
                "one of SCHED_OTHER, SCHED_BATCH, SCHED_IDLE, SCHED_FIFO, SCHED_RR, SCHED_DEADLINE");
        }

        if (policy is "SCHED_OTHER" or "SCHED_BATCH" && scheduler.Nice is < -20 or > 19)
        {
            throw Wrong(at + "scheduler.nice", $"{scheduler.Nice} is out of range", "give a number from -20 to 19");
        }

        bool realtime = policy is "SCHED_FIFO" or "SCHED_RR";
        if (scheduler.Priority != 0 && !realtime)
        {
            throw Wrong(at + "scheduler.priority", $"{policy} has no priority", "only SCHED_FIFO and SCHED_RR have one");
        }

        if (realtime && scheduler.Priority is < 1 or > 99)
        {
            throw Wrong(at + "scheduler.priority", $"{scheduler.Priority} is out of range for {policy}", "give a number from 1 to 99");
        }

        bool deadline = policy == "SCHED_DEADLINE";
        if (!deadline && (scheduler.Runtime != 0 || scheduler.Deadline != 0 || scheduler.Period != 0))
        {
            throw Wrong(at + "scheduler", $"{policy} has no runtime, deadline and period", "only SCHED_DEADLINE has them");
        }

        for (int i = 0; i < scheduler.Flags.Count; i++)
        {
            if (scheduler.Flags[i] is not ("SCHED_FLAG_RESET_ON_FORK" or "SCHED_FLAG_RECLAIM" or "SCHED_FLAG_DL_OVERRUN" or "SCHED_FLAG_KEEP_POLICY"
                or "SCHED_FLAG_KEEP_PARAMS" or "SCHED_FLAG_UTIL_CLAMP_MIN" or "SCHED_FLAG_UTIL_CLAMP_MAX"))
            {
                throw Wrong($"{at}scheduler.flags[{i}]", $"unknown flag \"{scheduler.Flags[i]}\"", "a name as SCHED_FLAG_RESET_ON_FORK: sched_setattr(2) lists them");
            }
        }
    }

    /// <summary>"0-3,7", as the kernel writes processors and memory nodes.</summary>
    private static void NumberList(string? list, string at)
    {
        if (string.IsNullOrEmpty(list))
        {
            return;
        }

        foreach (Range range in list.AsSpan().Split(','))
        {
            ReadOnlySpan<char> part = list.AsSpan()[range].Trim();
            int dash = part.IndexOf('-');
            ReadOnlySpan<char> first = dash < 0 ? part : part[..dash];
            ReadOnlySpan<char> last = dash < 0 ? part : part[(dash + 1)..];
            if (!ushort.TryParse(first, out ushort from) || !ushort.TryParse(last, out ushort to) || from > to)
            {
                throw Wrong(at, $"\"{list}\" is not a list of numbers and ranges", "write it as \"0-3,7\"");
            }
        }
    }
}
