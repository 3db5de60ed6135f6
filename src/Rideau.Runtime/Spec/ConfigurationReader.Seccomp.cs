using System.Collections.Generic;

namespace Rideau.Runtime.Spec;

/// <content>The "linux.seccomp" object. spec: config-linux.md#seccomp</content>
public static partial class ConfigurationReader
{
    private static Seccomp Seccomp(ref JsonCursor json)
    {
        Seccomp seccomp = new();
        while (json.NextName())
        {
            if (json.NameIs("defaultAction"u8)) { seccomp.DefaultAction = json.String() ?? ""; }
            else if (json.NameIs("defaultErrnoRet"u8)) { seccomp.DefaultErrnoRet = json.UInt32(); }
            else if (json.NameIs("architectures"u8)) { seccomp.Architectures = Strings(ref json); }
            else if (json.NameIs("flags"u8)) { SeccompFlags(ref json, seccomp); }
            else if (json.NameIs("listenerPath"u8)) { seccomp.ListenerPath = json.String(); }
            else if (json.NameIs("listenerMetadata"u8)) { seccomp.ListenerMetadata = json.String(); }
            else if (json.NameIs("syscalls"u8)) { seccomp.Syscalls = SeccompRules(ref json); }
            else { json.Skip(); }
        }

        return seccomp;
    }

    private static void SeccompFlags(ref JsonCursor json, Seccomp seccomp)
    {
        seccomp.Flags = [];
        seccomp.FlagsGiven = json.List();
        while (seccomp.FlagsGiven && json.NextElement(seccomp.Flags.Count))
        {
            seccomp.Flags.Add(json.StringElement());
        }
    }

    private static List<SeccompRule> SeccompRules(ref JsonCursor json)
    {
        List<SeccompRule> rules = [];
        if (!json.List())
        {
            return rules;
        }

        while (json.NextElement(rules.Count) && json.ObjectElement())
        {
            SeccompRule rule = new();
            while (json.NextName())
            {
                if (json.NameIs("names"u8)) { rule.Names = Strings(ref json); }
                else if (json.NameIs("action"u8)) { rule.Action = json.String() ?? ""; }
                else if (json.NameIs("errnoRet"u8)) { rule.ErrnoRet = json.UInt32(); }
                else if (json.NameIs("args"u8)) { rule.Args = SeccompArguments(ref json); }
                else { json.Skip(); }
            }

            rules.Add(rule);
        }

        return rules;
    }

    private static List<SeccompArgument> SeccompArguments(ref JsonCursor json)
    {
        List<SeccompArgument> arguments = [];
        if (!json.List())
        {
            return arguments;
        }

        while (json.NextElement(arguments.Count) && json.ObjectElement())
        {
            uint index = 0;
            ulong value = 0;
            ulong valueTwo = 0;
            string comparison = "";
            while (json.NextName())
            {
                if (json.NameIs("index"u8)) { index = json.UInt32() ?? 0; }
                else if (json.NameIs("value"u8)) { value = json.UInt64() ?? 0; }
                else if (json.NameIs("valueTwo"u8)) { valueTwo = json.UInt64() ?? 0; }
                else if (json.NameIs("op"u8)) { comparison = json.String() ?? ""; }
                else { json.Skip(); }
            }

            arguments.Add(new SeccompArgument(index, value, valueTwo, comparison));
        }

        return arguments;
    }
}
