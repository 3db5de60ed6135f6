using System.Collections.Generic;
using System.Text.Json;

namespace Rideau.Runtime.Spec;

/// <content>The "process" object. spec: config.md#process</content>
public static partial class ConfigurationWriter
{
    private static void Process(Utf8JsonWriter json, Process process)
    {
        json.WriteStartObject();
        True(json, "terminal"u8, process.Terminal);
        if (process.ConsoleSize is { } size)
        {
            json.WriteStartObject("consoleSize"u8);
            json.WriteNumber("height"u8, size.Height);
            json.WriteNumber("width"u8, size.Width);
            json.WriteEndObject();
        }

        User(json, process.User);
        Strings(json, "args"u8, process.Args);
        Strings(json, "env"u8, process.Env);
        json.WriteString("cwd"u8, process.Cwd);
        if (process.Capabilities is { } capabilities)
        {
            json.WriteStartObject("capabilities"u8);
            Strings(json, "bounding"u8, capabilities.Bounding);
            Strings(json, "effective"u8, capabilities.Effective);
            Strings(json, "inheritable"u8, capabilities.Inheritable);
            Strings(json, "permitted"u8, capabilities.Permitted);
            Strings(json, "ambient"u8, capabilities.Ambient);
            json.WriteEndObject();
        }

        Rlimits(json, process.Rlimits);
        True(json, "noNewPrivileges"u8, process.NoNewPrivileges);
        Text(json, "apparmorProfile"u8, process.ApparmorProfile);
        Number(json, "oomScoreAdj"u8, process.OomScoreAdj);
        Scheduler(json, process.Scheduler);
        Text(json, "selinuxLabel"u8, process.SelinuxLabel);
        if (process.IoPriority is { } priority)
        {
            json.WriteStartObject("ioPriority"u8);
            json.WriteString("class"u8, priority.Class);
            json.WriteNumber("priority"u8, priority.Priority);
            json.WriteEndObject();
        }

        if (process.ExecCpuAffinity is { } affinity)
        {
            json.WriteStartObject("execCPUAffinity"u8);
            Text(json, "initial"u8, affinity.Initial);
            Text(json, "final"u8, affinity.Final);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void User(Utf8JsonWriter json, User user)
    {
        json.WriteStartObject("user"u8);
        json.WriteNumber("uid"u8, user.Uid);
        json.WriteNumber("gid"u8, user.Gid);
        Number(json, "umask"u8, (long?)user.Umask);
        if (user.AdditionalGids.Count > 0)
        {
            json.WriteStartArray("additionalGids"u8);
            foreach (uint gid in user.AdditionalGids)
            {
                json.WriteNumberValue(gid);
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void Rlimits(Utf8JsonWriter json, List<Rlimit> rlimits)
    {
        if (rlimits.Count == 0)
        {
            return;
        }

        json.WriteStartArray("rlimits"u8);
        foreach (Rlimit rlimit in rlimits)
        {
            json.WriteStartObject();
            json.WriteString("type"u8, rlimit.Type);
            json.WriteNumber("hard"u8, rlimit.Hard);
            json.WriteNumber("soft"u8, rlimit.Soft);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Scheduler(Utf8JsonWriter json, Scheduler? scheduler)
    {
        if (scheduler is null)
        {
            return;
        }

        json.WriteStartObject("scheduler"u8);
        json.WriteString("policy"u8, scheduler.Policy);
        Number(json, "nice"u8, scheduler.Nice == 0 ? null : (long?)scheduler.Nice);
        Number(json, "priority"u8, scheduler.Priority == 0 ? null : (long?)scheduler.Priority);
        Strings(json, "flags"u8, scheduler.Flags);
        NumberButZero(json, "runtime"u8, scheduler.Runtime);
        NumberButZero(json, "deadline"u8, scheduler.Deadline);
        NumberButZero(json, "period"u8, scheduler.Period);
        json.WriteEndObject();
    }
}
