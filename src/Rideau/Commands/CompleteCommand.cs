using System.Runtime.InteropServices;
using Rideau.CommandLine;
using Rideau.Output;

namespace Rideau.Commands;

/// <summary>What the scripts of "completion" call.</summary>
internal static class CompleteCommand
{
    internal static Command Describe() => new()
    {
        Name = "complete",
        Arguments = "-- WORD...",
        Summary = "say what the last word of a command line could be",
        Description = "For the scripts of \"rideau completion\".",
        Examples = "# commands\nrideau complete -- sta\n# containers\nrideau complete -- kill ''",
        StopsAtFirstArgument = true,
        Hidden = true,
        Execute = static invocation =>
        {
            StandardOutput.Write(Completion.Of(CollectionsMarshal.AsSpan(invocation.Arguments)));
            return ExitCode.Success;
        },
    };
}
