using System;
using System.Collections.Generic;
using System.Globalization;
using Rideau.Child.Outside;
using Rideau.CommandLine;
using Rideau.Namespaces;
using Rideau.Output;

namespace Rideau.Commands;

internal static class NsWatchCommand
{
    internal static Command Describe() => new()
    {
        Name = "ns watch",
        Summary = "tell births and deaths of namespaces, each once",
        Description = "Prints a line whenever a namespace of the machine is made, is given a name (by \"ns\ncreate\" or \"ip netns\"), or has died: nothing holds it any more. None is kept alive by\nbeing watched. As root on a kernel from 6.18 on every one is seen, also those that live\nfor microseconds; elsewhere it is said at the start what can be missed. Ends with\nCtrl-C, SIGTERM, or when nobody reads its output any more.\n\n--exec runs a command of the shell for each event, with RIDEAU_EVENT (born, named,\ndied) and RIDEAU_EVENT_TYPE, _INODE, _ID, _NAMES, _OWNER, _CREATOR, _LAST_HOLDER,\n_LIFETIME, _TIME and _JSON in its environment, as far as they are known.",
        Options =
        [
            new("type", 't', OptionKind.Text, "TYPES", "only these types, as net,user"),
            new("name", 'n', OptionKind.Text, "NAME", "only those that have this name, or had it"),
            new("event", 'e', OptionKind.Text, "EVENTS", "only these events, of exists,born,named,died (default: all)"),
            new("initial", 'i', OptionKind.Flag, "", "tell first what is there"),
            new("format", 'f', OptionKind.Text, "FORMAT", "text, or json: an object a line (default: text)", Choices: "text json"),
            new("exec", '\0', OptionKind.Text, "CMD", "run this command of the shell for each event"),
            new("jobs", 'j', OptionKind.Number, "N", "run at most so many commands at once (default: 4)"),
            new("count", 'c', OptionKind.Number, "N", "end after so many events"),
            new("timeout", '\0', OptionKind.Text, "TIME", "end after this time, as 30s; with --count with status 124"),
            new("quiet", 'q', OptionKind.Flag, "", "print no lines, and not what can be missed"),
            new("interval", '\0', OptionKind.Text, "TIME", "without programs in the kernel: how often to look (default: 1s)"),
            new("mechanism", '\0', OptionKind.Text, "HOW", "tree, tasks or processes (default: the best there is)", Choices: "best tree tasks processes"),
            new("thorough", '\0', OptionKind.Flag, "", "with tasks: look at every system call of the machine"),
            new("buffer", '\0', OptionKind.Text, "SIZE", "room for records that are not read yet (default: 4m)"),
        ],
        Examples = "# the next network that is made, if one is made within two seconds\nrideau ns watch --type net --event born --count 1 --timeout 2s || true\n# everything there is, and what becomes of it\nrideau ns watch --initial --format json --timeout 1s\n# a command for each death\nrideau ns watch --event died --timeout 1s --exec 'echo \"$RIDEAU_EVENT_TYPE $RIDEAU_EVENT_ID\" >> died'",
        ExitStatus = "0 when it was ended, or --count was reached; 124 when --timeout came before --count, 128 + n when signal n did; 1 when it failed.",
        MaximumArguments = 0,
        Execute = Execute,
    };

    private static int Execute(Invocation invocation)
    {
        GivenOptions options = invocation.Options;
        WatchRun run = new()
        {
            Events = Events(options.TextOrNone("event")),
            Json = Format(options.Text("format")),
            Quiet = options.Flag("quiet"),
            Count = Positive(options, "count", 0),
            Timeout = options.TextOrNone("timeout") is { } time ? Duration.Parse(time, "timeout") : null,
            Command = options.TextOrNone("exec"),
            Jobs = Positive(options, "jobs", 4),
        };
        using NamespaceWatch watch = NamespaceWatch.Open(new WatchOptions
        {
            Root = invocation.Context().Root,
            Types = options.TextOrNone("type") is { } words ? NamespaceType.Split(words) : ~0L,
            Name = options.TextOrNone("name"),
            Initial = options.Flag("initial"),
            Mechanism = Mechanism(options.TextOrNone("mechanism")),
            Thorough = options.Flag("thorough"),
            BufferBytes = (int)Math.Clamp(ByteSize.Parse(options.Text("buffer") ?? "4m", "buffer"), 4096, 1 << 30),
            Interval = Interval(options.Text("interval")),
        });
        if (!run.Quiet)
        {
            foreach (string limit in watch.Limits)
            {
                invocation.Log.Warning(limit);
            }
        }

        return run.Follow(watch);
    }

    private static HashSet<NamespaceEventKind> Events(string? words)
    {
        HashSet<NamespaceEventKind> kinds = [NamespaceEventKind.Lost];
        foreach (string word in (words ?? "exists,born,named,died").Split(','))
        {
            kinds.Add(word switch
            {
                "exists" => NamespaceEventKind.Exists,
                "born" => NamespaceEventKind.Born,
                "named" => NamespaceEventKind.Named,
                "died" => NamespaceEventKind.Died,
                _ => throw new UsageException($"ns watch: unknown event \"{word}\"", "the events are exists, born, named, died"),
            });
        }

        return kinds;
    }

    private static bool Format(string? format) => format switch
    {
        null or "text" => false,
        "json" => true,
        _ => throw new UsageException("ns watch: invalid format option", "--format is text or json"),
    };

    private static WatchMechanism Mechanism(string? word) => word switch
    {
        null or "best" => WatchMechanism.Best,
        "tree" => WatchMechanism.Tree,
        "tasks" => WatchMechanism.Tasks,
        "processes" => WatchMechanism.Processes,
        _ => throw new UsageException($"ns watch: unknown mechanism \"{word}\"", "--mechanism is best, tree, tasks or processes"),
    };

    private static TimeSpan Interval(string? text)
    {
        TimeSpan interval = Duration.Parse(text ?? "1s", "interval");
        return interval >= TimeSpan.FromMilliseconds(1) ? interval : throw new UsageException("ns watch: --interval must be at least 1ms", "--interval 1s");
    }

    private static int Positive(GivenOptions options, string name, int otherwise)
    {
        int number = options.IsGiven(name) ? options.Number(name) : otherwise;
        return number > 0 || !options.IsGiven(name) ? number : throw new UsageException(string.Create(CultureInfo.InvariantCulture, $"ns watch: --{name} must be more than 0, is {number}"), $"--{name} 1");
    }

    /// <summary>The caller's environment with what tells the event, for a command.</summary>
    internal static List<string> Environment(NamespaceEvent happened)
    {
        List<string> variables = NamespaceEventText.Variables(happened);
        foreach (string variable in InheritedEnvironment.Variables)
        {
            if (!variable.StartsWith("RIDEAU_EVENT", StringComparison.Ordinal))
            {
                variables.Add(variable);
            }
        }

        return variables;
    }
}
