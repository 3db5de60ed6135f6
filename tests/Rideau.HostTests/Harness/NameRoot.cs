using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using System.Threading;
using Xunit;

namespace Rideau.HostTests.Harness;

/// <summary>A --root for named namespaces, of root or of an ordinary user; the names and all they keep go with it.</summary>
public sealed class NameRoot : IDisposable
{
    private static int s_count;
    private readonly uint? _user;

    public NameRoot(uint? user = null)
    {
        _user = user;
        Prefix = $"t{Environment.ProcessId}-n{Interlocked.Increment(ref s_count)}";
        Directory = Path.Combine(Path.GetTempPath(), "rideau-tests", Prefix);
        System.IO.Directory.CreateDirectory(Directory);
        if (user is { } uid)
        {
            RideauProgram.Shell($"chown {uid}:{uid} '{Directory}'");
        }
    }

    /// <summary>Names in tests begin with it, so that the leak check knows their keepers.</summary>
    public string Prefix { get; }

    public string Directory { get; }

    /// <summary>--root.</summary>
    public string Root => Path.Combine(Directory, "state");

    /// <summary>The file of a namespace.</summary>
    public string File(string name, string type) => Path.Combine(Root, "ns", name, type);

    /// <summary>"net:[4026532178]", by the file.</summary>
    public string Identity(string name, string type)
    {
        Outcome outcome = RideauProgram.Shell($"stat -L -c %i '{File(name, type)}'");
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        return $"{type}:[{outcome.Output.Trim()}]";
    }

    public Outcome Rideau(params string[] arguments) => OnMachine([RideauProgram.Path, "--root", Root, .. arguments]);

    /// <summary>A command that must succeed; its output without the last line's end.</summary>
    public string Says(params string[] arguments)
    {
        Outcome outcome = Rideau(arguments);
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        return outcome.Output.TrimEnd('\n');
    }

    /// <summary>A program of the machine, as whoever the names belong to.</summary>
    public Outcome OnMachine(params string[] words) => _user is { } uid
        ? RideauProgram.Execute("/usr/bin/setpriv", [$"--reuid={uid}", $"--regid={uid}", "--clear-groups", "--", .. words])
        : RideauProgram.Execute("/usr/bin/env", words);

    /// <summary>"ns show --format json".</summary>
    public JsonObject Show(string name) => JsonNode.Parse(Says("ns", "show", "--format", "json", name))!.AsObject();

    /// <summary>The state of one namespace of a name, as "ns show" has it.</summary>
    public string State(string name, string type) =>
        (string)Show(name)["namespaces"]!.AsArray().First(one => (string)one!["type"]! == type)!["state"]!;

    public void Dispose()
    {
        List<string> names = [.. Rideau("ns", "list", "--named", "--quiet").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)];
        if (names.Count > 0)
        {
            Rideau(["ns", "remove", .. names]);
        }

        RideauProgram.Shell($"rm -rf --one-file-system '{Directory}'");
    }
}
