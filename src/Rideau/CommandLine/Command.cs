using System;

namespace Rideau.CommandLine;

/// <summary>One command as data: parsing, help, manual pages and completion are made from it.</summary>
internal sealed class Command
{
    internal required string Name { get; init; }

    /// <summary>Behind the options: "CONTAINER [SIGNAL]".</summary>
    internal string Arguments { get; init; } = "";

    /// <summary>Half a line for the list of commands.</summary>
    internal required string Summary { get; init; }

    /// <summary>Paragraphs, wrapped by hand at 78 columns.</summary>
    internal required string Description { get; init; }

    internal Option[] Options { get; init; } = [];

    /// <summary>At least two: a "# comment" line, and one or more command lines. A test runs them, with /srv/web a bundle and "web" its container.</summary>
    internal required string Examples { get; init; }

    /// <summary>What the program ends with, where it is not just success or failure.</summary>
    internal string ExitStatus { get; init; } = "0 when it is done, 1 when it failed.";

    internal int MinimumArguments { get; init; }

    internal int MaximumArguments { get; init; } = int.MaxValue;

    /// <summary>Everything behind the first argument belongs to somebody else's command line.</summary>
    internal bool StopsAtFirstArgument { get; init; }

    /// <summary>What the arguments are, one by one, for completion; those behind them are <see cref="ArgumentKind.Other"/>.</summary>
    internal ArgumentKind[] ArgumentKinds { get; init; } = [];

    internal bool Hidden { get; init; }

    /// <summary>Of a group: the words that may follow its name. Each makes a command of its own, "ns create".</summary>
    internal string[] Subcommands { get; init; } = [];

    /// <summary>As part of a file's name: "ns-create".</summary>
    internal string FileName => Name.Replace(' ', '-');

    internal required Func<Invocation, int> Execute { get; init; }
}
