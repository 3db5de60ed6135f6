using System.Collections.Generic;
using Rideau.Runtime;

namespace Rideau.CommandLine;

/// <summary>A command with what it was given.</summary>
internal sealed class Invocation(GivenOptions global, GivenOptions options, List<string> arguments, Log log)
{
    internal GivenOptions Global { get; } = global;

    internal GivenOptions Options { get; } = options;

    internal List<string> Arguments { get; } = arguments;

    internal Log Log { get; } = log;

    internal RuntimeContext Context() => GlobalOptions.Context(Global, Log);
}
