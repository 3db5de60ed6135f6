using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using Rideau.Runtime.Spec;

namespace Rideau.UnitTests.SeccompFilters;

/// <summary>An engine's default profile as it hands it to a runtime: for an architecture and the default capabilities, of a kernel that is new enough for all of it.</summary>
internal static class EngineProfile
{
    private static readonly string[] s_capabilities =
    [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_NET_BIND_SERVICE", "CAP_SETFCAP", "CAP_SETGID",
        "CAP_SETPCAP", "CAP_SETUID", "CAP_SYS_CHROOT",
    ];

    internal static Runtime.Spec.Seccomp For(string goArchitecture, params string[] architectures) => Of("containers-common", goArchitecture, architectures);

    internal static Runtime.Spec.Seccomp Of(string engine, string goArchitecture, params string[] architectures)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(SourceTree.Find($"tests/fixtures/seccomp/{engine}.json")));
        JsonElement root = document.RootElement;
        Runtime.Spec.Seccomp profile = new()
        {
            DefaultAction = root.GetProperty("defaultAction").GetString()!,
            DefaultErrnoRet = root.TryGetProperty("defaultErrnoRet", out JsonElement defaultErrno) ? defaultErrno.GetUInt32() : null,
            Architectures = [.. architectures],
        };
        foreach (JsonElement entry in root.GetProperty("syscalls").EnumerateArray())
        {
            JsonElement includes = entry.TryGetProperty("includes", out JsonElement given) ? given : default;
            JsonElement excludes = entry.TryGetProperty("excludes", out given) ? given : default;
            if (!Has(includes, "arches", [goArchitecture]) || !Has(includes, "caps", s_capabilities)
                || Names(excludes, "caps").Any(s_capabilities.Contains) || Names(excludes, "arches").Contains(goArchitecture))
            {
                continue;
            }

            SeccompRule rule = new() { Action = entry.GetProperty("action").GetString()!, Names = Names(entry, "names") };
            rule.ErrnoRet = entry.TryGetProperty("errnoRet", out JsonElement errno) ? errno.GetUInt32() : null;
            bool hasArguments = entry.TryGetProperty("args", out JsonElement arguments) && arguments.ValueKind == JsonValueKind.Array;
            foreach (JsonElement argument in hasArguments ? arguments.EnumerateArray() : default)
            {
                ulong second = argument.TryGetProperty("valueTwo", out JsonElement valueTwo) ? valueTwo.GetUInt64() : 0;
                rule.Args.Add(new SeccompArgument(argument.GetProperty("index").GetUInt32(), argument.GetProperty("value").GetUInt64(), second, argument.GetProperty("op").GetString()!));
            }

            profile.Syscalls.Add(rule);
        }

        return profile;
    }

    private static bool Has(JsonElement condition, string name, string[] given)
        => Names(condition, name) is var wanted && (wanted.Count == 0 || wanted.Any(given.Contains));

    private static List<string> Names(JsonElement element, string name)
        => element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement list) && list.ValueKind == JsonValueKind.Array ? [.. list.EnumerateArray().Select(item => item.GetString()!)] : [];
}
