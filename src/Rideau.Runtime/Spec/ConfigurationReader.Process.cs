using System.Collections.Generic;

namespace Rideau.Runtime.Spec;

/// <content>The "process" object. spec: config.md#process</content>
public static partial class ConfigurationReader
{
    private static Process Process(ref JsonCursor json, ConfigurationUse use)
    {
        Process process = new();
        while (json.NextName())
        {
            if (json.NameIs("apparmorProfile"u8)) { process.ApparmorProfile = json.String(); }
            else if (json.NameIs("selinuxLabel"u8)) { process.SelinuxLabel = json.String(); }
            else if (use == ConfigurationUse.Entering) { json.Skip(); }
            else if (json.NameIs("terminal"u8)) { process.Terminal = json.Boolean() ?? false; }
            else if (json.NameIs("consoleSize"u8)) { process.ConsoleSize = json.Object() ? ConsoleSize(ref json) : null; }
            else if (json.NameIs("user"u8)) { process.User = json.Object() ? User(ref json) : new(); }
            else if (json.NameIs("args"u8)) { process.Args = Strings(ref json); }
            else if (json.NameIs("env"u8)) { process.Env = Strings(ref json); }
            else if (json.NameIs("cwd"u8)) { process.Cwd = json.String() ?? ""; }
            else if (json.NameIs("capabilities"u8)) { process.Capabilities = json.Object() ? Capabilities(ref json) : null; }
            else if (json.NameIs("rlimits"u8)) { process.Rlimits = Rlimits(ref json); }
            else if (json.NameIs("noNewPrivileges"u8)) { process.NoNewPrivileges = json.Boolean() ?? false; }
            else if (json.NameIs("oomScoreAdj"u8)) { process.OomScoreAdj = json.Int32(); }
            else if (json.NameIs("scheduler"u8)) { process.Scheduler = json.Object() ? Scheduler(ref json) : null; }
            else if (json.NameIs("ioPriority"u8)) { process.IoPriority = json.Object() ? IoPriority(ref json) : null; }
            else if (json.NameIs("execCPUAffinity"u8)) { process.ExecCpuAffinity = json.Object() ? ExecCpuAffinity(ref json) : null; }
            else { json.Skip(); }
        }

        return process;
    }

    private static ConsoleSize ConsoleSize(ref JsonCursor json)
    {
        uint height = 0;
        uint width = 0;
        while (json.NextName())
        {
            if (json.NameIs("height"u8)) { height = json.UInt32() ?? 0; }
            else if (json.NameIs("width"u8)) { width = json.UInt32() ?? 0; }
            else { json.Skip(); }
        }

        return new ConsoleSize(height, width);
    }

    private static User User(ref JsonCursor json)
    {
        User user = new();
        while (json.NextName())
        {
            if (json.NameIs("uid"u8)) { user.Uid = json.UInt32() ?? 0; }
            else if (json.NameIs("gid"u8)) { user.Gid = json.UInt32() ?? 0; }
            else if (json.NameIs("umask"u8)) { user.Umask = json.UInt32(); }
            else if (json.NameIs("additionalGids"u8)) { user.AdditionalGids = Numbers(ref json); }
            else { json.Skip(); }
        }

        return user;
    }

    private static List<uint> Numbers(ref JsonCursor json)
    {
        List<uint> numbers = [];
        if (!json.List())
        {
            return numbers;
        }

        while (json.NextElement(numbers.Count))
        {
            numbers.Add(json.UInt32Element());
        }

        return numbers;
    }

    private static Capabilities Capabilities(ref JsonCursor json)
    {
        Capabilities capabilities = new();
        while (json.NextName())
        {
            if (json.NameIs("bounding"u8)) { capabilities.Bounding = Strings(ref json); }
            else if (json.NameIs("effective"u8)) { capabilities.Effective = Strings(ref json); }
            else if (json.NameIs("inheritable"u8)) { capabilities.Inheritable = Strings(ref json); }
            else if (json.NameIs("permitted"u8)) { capabilities.Permitted = Strings(ref json); }
            else if (json.NameIs("ambient"u8)) { capabilities.Ambient = Strings(ref json); }
            else { json.Skip(); }
        }

        return capabilities;
    }

    private static List<Rlimit> Rlimits(ref JsonCursor json)
    {
        List<Rlimit> rlimits = [];
        if (!json.List())
        {
            return rlimits;
        }

        while (json.NextElement(rlimits.Count) && json.ObjectElement())
        {
            string type = "";
            ulong soft = 0;
            ulong hard = 0;
            while (json.NextName())
            {
                if (json.NameIs("type"u8)) { type = json.String() ?? ""; }
                else if (json.NameIs("soft"u8)) { soft = json.UInt64() ?? 0; }
                else if (json.NameIs("hard"u8)) { hard = json.UInt64() ?? 0; }
                else { json.Skip(); }
            }

            rlimits.Add(new Rlimit(type, soft, hard));
        }

        return rlimits;
    }

    private static Scheduler Scheduler(ref JsonCursor json)
    {
        Scheduler scheduler = new();
        while (json.NextName())
        {
            if (json.NameIs("policy"u8)) { scheduler.Policy = json.String() ?? ""; }
            else if (json.NameIs("nice"u8)) { scheduler.Nice = json.Int32() ?? 0; }
            else if (json.NameIs("priority"u8)) { scheduler.Priority = json.Int32() ?? 0; }
            else if (json.NameIs("flags"u8)) { scheduler.Flags = Strings(ref json); }
            else if (json.NameIs("runtime"u8)) { scheduler.Runtime = json.UInt64() ?? 0; }
            else if (json.NameIs("deadline"u8)) { scheduler.Deadline = json.UInt64() ?? 0; }
            else if (json.NameIs("period"u8)) { scheduler.Period = json.UInt64() ?? 0; }
            else { json.Skip(); }
        }

        return scheduler;
    }

    private static IoPriority IoPriority(ref JsonCursor json)
    {
        string ioClass = "";
        int priority = 0;
        while (json.NextName())
        {
            if (json.NameIs("class"u8)) { ioClass = json.String() ?? ""; }
            else if (json.NameIs("priority"u8)) { priority = json.Int32() ?? 0; }
            else { json.Skip(); }
        }

        return new IoPriority(ioClass, priority);
    }

    private static ExecCpuAffinity ExecCpuAffinity(ref JsonCursor json)
    {
        string? initial = null;
        string? final = null;
        while (json.NextName())
        {
            if (json.NameIs("initial"u8)) { initial = json.String(); }
            else if (json.NameIs("final"u8)) { final = json.String(); }
            else { json.Skip(); }
        }

        return new ExecCpuAffinity(initial, final);
    }
}
