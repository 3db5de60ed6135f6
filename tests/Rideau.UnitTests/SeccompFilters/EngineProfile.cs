using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using Rideau.Runtime.Spec;

namespace Rideau.UnitTests.SeccompFilters;

/// <summary>The engines' default profile as an engine hands it to a runtime: for an architecture and the default capabilities.</summary>
internal static class EngineProfile
{
    private static readonly string[] s_capabilities =
    [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_NET_BIND_SERVICE", "CAP_SETFCAP", "CAP_SETGID",
        "CAP_SETPCAP", "CAP_SETUID", "CAP_SYS_CHROOT",
    ];

    internal static Runtime.Spec.Seccomp For(string goArchitecture, params string[] architectures)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(SourceTree.Find("tests/fixtures/seccomp/containers-common.json")));
        JsonElement root = document.RootElement;
        Runtime.Spec.Seccomp profile = new()
        {
            DefaultAction = root.GetProperty("defaultAction").GetString()!,
            DefaultErrnoRet = root.GetProperty("defaultErrnoRet").GetUInt32(),
            Architectures = [.. architectures],
        };
        foreach (JsonElement entry in root.GetProperty("syscalls").EnumerateArray())
        {
            JsonElement includes = entry.GetProperty("includes");
            JsonElement excludes = entry.GetProperty("excludes");
            if (!Has(includes, "arches", [goArchitecture]) || !Has(includes, "caps", s_capabilities)
                || Names(excludes, "caps").Any(s_capabilities.Contains) || Names(excludes, "arches").Contains(goArchitecture))
            {
                continue;
            }

            SeccompRule rule = new() { Action = entry.GetProperty("action").GetString()!, Names = Names(entry, "names") };
            rule.ErrnoRet = entry.TryGetProperty("errnoRet", out JsonElement errno) ? errno.GetUInt32() : null;
            foreach (JsonElement argument in entry.GetProperty("args").EnumerateArray())
            {
                rule.Args.Add(new SeccompArgument(argument.GetProperty("index").GetUInt32(), argument.GetProperty("value").GetUInt64(),
                    argument.GetProperty("valueTwo").GetUInt64(), argument.GetProperty("op").GetString()!));
            }

            profile.Syscalls.Add(rule);
        }

        return profile;
    }

    private static bool Has(JsonElement condition, string name, string[] given)
        => Names(condition, name) is var wanted && (wanted.Count == 0 || wanted.Any(given.Contains));

    private static List<string> Names(JsonElement element, string name)
        => element.TryGetProperty(name, out JsonElement list) ? [.. list.EnumerateArray().Select(item => item.GetString()!)] : [];
}
