using System.Collections.Generic;
using System.Globalization;
using Rideau.CommandLine;
using Rideau.Namespaces;
using Rideau.Output;

namespace Rideau.Commands;

internal static class NsCreateCommand
{
    internal static Command Describe() => new()
    {
        Name = "ns create",
        Arguments = "NAME",
        Summary = "make namespaces and give them a name",
        Description = "Makes one namespace, or several that belong together, and keeps them under a name\nwith no process in them; a pid namespace has an init, without which it would take no\nprocesses. A new network has its loopback device up; a new mount namespace shares no\nmount with the machine, and beside a new pid namespace it has a /proc of its own.\nPrints the files by which the namespaces can be used.",
        Options =
        [
            .. NsCommand.TypeOptions("a new"),
            new("map-users", '\0', OptionKind.Texts, "INSIDE:OUTSIDE:COUNT", "with --user: map these users; may be repeated (default: root is the caller, followed by the caller's ranges in /etc/subuid)"),
            new("map-groups", '\0', OptionKind.Texts, "INSIDE:OUTSIDE:COUNT", "with --user: map these groups; may be repeated"),
            new("user-of", '\0', OptionKind.Text, "NAME|PID|PATH", "the user namespace that is to own the new ones"),
            new("hostname", '\0', OptionKind.Text, "NAME", "with --uts: the host name"),
            new("monotonic", '\0', OptionKind.Number, "SECONDS", "with --time: how far the monotonic clock is ahead"),
            new("boottime", '\0', OptionKind.Number, "SECONDS", "with --time: how far the boot clock is ahead"),
            new("ip-netns", '\0', OptionKind.Flag, "", "with --net: the name is also one of \"ip netns\""),
            new("of", '\0', OptionKind.Text, "NAME|PID|PATH", "name what exists, instead of making anything: a namespace, or those of a process"),
            new("quiet", 'q', OptionKind.Flag, "", "print nothing"),
        ],
        Examples = "# a network, used by a stock tool\nrideau ns create --net lab\nnsenter --net=/run/rideau/ns/lab/net ip address\n# a set owned by a user namespace of its own\nrideau ns create --user --net --uts --hostname box box\n# name what a process is in\nrideau ns create --net --ipc --of $$ mine",
        MinimumArguments = 1,
        MaximumArguments = 1,
        Execute = Execute,
    };

    private static int Execute(Invocation invocation)
    {
        GivenOptions options = invocation.Options;
        NamedNamespaces names = NsCommand.Names(invocation);
        long types = NsCommand.Types(options);
        NamedNamespace made = names.Create(
            invocation.Arguments[0],
            new CreateOptions
            {
                Types = types,
                Uids = Ranges(options, "map-users"),
                Gids = Ranges(options, "map-groups"),
                Owner = options.TextOrNone("user-of") is { } owner ? names.PathOf(owner, NamespaceType.User) : null,
                Hostname = options.TextOrNone("hostname"),
                MonotonicSeconds = options.IsGiven("monotonic") ? options.Number("monotonic") : null,
                BoottimeSeconds = options.IsGiven("boottime") ? options.Number("boottime") : null,
                IpNetns = options.Flag("ip-netns"),
                Existing = options.TextOrNone("of") is { } existing ? Existing(names, existing, types) : null,
            },
            out IReadOnlyList<string> notes);
        foreach (string note in notes)
        {
            invocation.Log.Warning(note);
        }

        if (!options.Flag("quiet"))
        {
            foreach (NamedEntry entry in made.Entries)
            {
                StandardOutput.Write(entry.Path + "\n");
            }
        }

        return ExitCode.Success;
    }

    // One type: its file. Several: the directory of all.
    private static string Existing(NamedNamespaces names, string text, long types)
    {
        if (text.Contains('/', System.StringComparison.Ordinal))
        {
            return AbsolutePath.Of(text);
        }

        string path = names.PathOf(text, NamespaceType.Network);
        return types == 0
            ? throw new UsageException("ns create: --of a name or a process needs the types", "give one or more of --net --ipc --uts --user --mount --pid --cgroup --time")
            : path[..path.LastIndexOf('/')];
    }

    private static List<IdRange>? Ranges(GivenOptions options, string name)
    {
        if (!options.IsGiven(name))
        {
            return null;
        }

        List<IdRange> ranges = [];
        foreach (string text in options.Texts(name))
        {
            string[] fields = text.Split(':');
            ranges.Add(fields.Length == 3 && Id(fields[0], out uint inside) && Id(fields[1], out uint outside) && Id(fields[2], out uint count) && count > 0
                ? new IdRange(inside, outside, count)
                : throw new UsageException($"ns create: invalid --{name} \"{text}\"", "it is INSIDE:OUTSIDE:COUNT, as 0:100000:65536"));
        }

        return ranges;

        static bool Id(string text, out uint id) => uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out id);
    }
}
