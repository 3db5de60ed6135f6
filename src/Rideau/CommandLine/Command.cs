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

    /// <summary>Command lines, each with a "# comment" before it.</summary>
    internal string Examples { get; init; } = "";

    internal int MinimumArguments { get; init; }

    internal int MaximumArguments { get; init; } = int.MaxValue;

    /// <summary>Everything behind the first argument belongs to somebody else's command line.</summary>
    internal bool StopsAtFirstArgument { get; init; }

    /// <summary>The first argument is the id of a container, for completion.</summary>
    internal bool TakesContainer { get; init; }

    internal bool Hidden { get; init; }

    internal required Func<Invocation, int> Execute { get; init; }
}
