using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using System.Threading;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests.Reliability;

/// <summary>A bundle on which a command goes wrong, and the look at what is left afterwards.</summary>
internal sealed class Scene : IDisposable
{
    private const int PatienceMilliseconds = 5000;

    internal Scene(string command = "sleep 1000") => Bundle = new Bundle(command).Write();

    internal Bundle Bundle { get; }

    internal string Id => Bundle.Name;

    /// <summary>True with RIDEAU_SLOW=1: all steps, not a spread of them.</summary>
    internal static bool IsSlow { get; } = Environment.GetEnvironmentVariable("RIDEAU_SLOW") == "1";

    /// <summary>The program's own words for one of its commands on this container.</summary>
    internal string[] Words(string command, params string[] more) => command switch
    {
        "create" or "run" => [RideauProgram.Path, "--root", Bundle.Root, command, "--bundle", Bundle.Directory, .. more, Id],
        "delete" => [RideauProgram.Path, "--root", Bundle.Root, "delete", "--force", Id],
        "exec" => [RideauProgram.Path, "--root", Bundle.Root, "exec", Id, .. more],
        _ => [RideauProgram.Path, "--root", Bundle.Root, command, .. more, Id],
    };

    /// <summary>Of the last traced command.</summary>
    internal Outcome Outcome { get; private set; } = null!;

    internal (Outcome Outcome, Tracer Tracer) Traced(string[] words, Func<TracedCall, Fate> decide, int other = 0, bool everything = false)
    {
        (Outcome outcome, Tracer tracer) = Tracer.Run(words, Bundle.Directory, decide, other, everything);
        Outcome = outcome;
        return (outcome, tracer);
    }

    /// <summary>The calls of a command that is left alone.</summary>
    internal List<TracedCall> CallsOf(string[] words, int other = 0)
    {
        (Outcome outcome, Tracer tracer) = Traced(words, _ => Fate.Proceed, other);
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        return tracer.Calls;
    }

    /// <summary>Some of the calls, evenly; with RIDEAU_SLOW=1 all.</summary>
    internal static IEnumerable<TracedCall> Spread(IReadOnlyList<TracedCall> calls, int count) =>
        IsSlow || calls.Count <= count ? calls : Enumerable.Range(0, count).Select(i => calls[i * (calls.Count - 1) / (count - 1)]);

    internal Outcome Succeeds(string[] words)
    {
        Outcome outcome = Tries(words);
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        return outcome;
    }

    internal Outcome Tries(string[] words)
    {
        // Not by pipes: a container would hold them open.
        string[] quoted = [.. words.Select(word => $"'{word}'")];
        return RideauProgram.Shell($"{string.Join(' ', quoted)} </dev/null >'{Bundle.Directory}/plain.out' 2>'{Bundle.Directory}/plain.err'; status=$?; cat '{Bundle.Directory}/plain.err' >&2; exit $status");
    }

    /// <summary>What "state" says, "" where it knows no such container; whatever happened before, it must be able to say.</summary>
    internal string Status()
    {
        Outcome state = Bundle.Rideau("state", Id);
        Outcome list = Bundle.Rideau("list", "--format", "json");
        Assert.True(list.ExitCode == 0 || list.Error.Contains("no such file", StringComparison.Ordinal), list.ToString());
        if (state.ExitCode == 0)
        {
            return (string)JsonNode.Parse(state.Output)!["status"]!;
        }

        Assert.True(state.ExitCode == 1 && (state.Error.Contains("does not exist", StringComparison.Ordinal) || state.Error.Contains("half made", StringComparison.Ordinal)), state.ToString());
        return "";
    }

    internal int InitPid() => (int)Bundle.State()["pid"]!;

    /// <summary>delete --force, and a look at the machine; then the same id is made once more.</summary>
    internal void CleansUp(string after)
    {
        Outcome deleted = Bundle.Rideau("delete", "--force", Id);
        Assert.True(deleted.ExitCode == 0 && deleted.Error.Length == 0, $"{after}: delete --force: {deleted}");
        NothingLeft(after);
    }

    internal void NothingLeft(string after)
    {
        string[] left = Left();
        for (var watch = Stopwatch.StartNew(); left.Length > 0 && watch.ElapsedMilliseconds < PatienceMilliseconds; left = Left())
        {
            Thread.Sleep(5);
        }

        Assert.True(left.Length == 0, $"{after}: left behind: {string.Join(", ", left)}");
    }

    /// <summary>The container's init is there, and no other process of it.</summary>
    internal void HasOnly(int init, string after)
    {
        for (var watch = Stopwatch.StartNew(); !Processes().SequenceEqual([init]) && watch.ElapsedMilliseconds < PatienceMilliseconds;)
        {
            Thread.Sleep(5);
        }

        Assert.True(Processes().SequenceEqual([init]), $"{after}: processes {string.Join(' ', Processes())}, init is {init}");
    }

    /// <summary>Processes of this container: of its groups, or on their way there.</summary>
    internal IEnumerable<int> Processes()
    {
        foreach (string folder in Directory.GetDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), out int pid) && IsOurs(folder))
            {
                yield return pid;
            }
        }
    }

    public void Dispose() => Bundle.Dispose();

    private string[] Left()
    {
        List<string> left = [.. Processes().Select(pid => $"process {pid}")];
        if (Directory.Exists(Bundle.Root))
        {
            left.AddRange(Directory.GetFileSystemEntries(Bundle.Root));
        }

        left.AddRange(File.ReadLines("/proc/self/mountinfo").Where(line => line.Contains($"/{Id}/", StringComparison.Ordinal)));
        left.AddRange(Directory.GetDirectories("/sys/fs/cgroup").Append("/sys/fs/cgroup").Select(hierarchy => $"{hierarchy}/rideau-test/{Id}").Where(Directory.Exists));
        return [.. left];
    }

    private bool IsOurs(string process)
    {
        try
        {
            // What has ended and waits for the machine's init to collect it is left by nobody.
            return !File.ReadAllText($"{process}/stat").Contains(") Z ", StringComparison.Ordinal) && (File.ReadAllText($"{process}/cmdline").Contains($"/{Id}/", StringComparison.Ordinal)
                || File.ReadLines($"{process}/cgroup").Any(line => line.Contains($"/rideau-test/{Id}", StringComparison.Ordinal)));
        }
        catch (IOException)
        {
            return false; // it has ended
        }
    }
}
