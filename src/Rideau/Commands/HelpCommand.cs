using System.Collections.Generic;
using Rideau.CommandLine;
using Rideau.Output;

namespace Rideau.Commands;

internal static class HelpCommand
{
    internal static Command Describe() => new()
    {
        Name = "help",
        Arguments = "[COMMAND [COMMAND]]",
        Summary = "say how to use rideau, or one of its commands",
        Description = "Lists the commands, or says how to use one.",
        Examples = "# the commands\nrideau help\n# one of them\nrideau help run",
        MaximumArguments = 2,
        ArgumentKinds = [ArgumentKind.Command],
        Execute = static invocation => invocation.Arguments.Count == 0
            ? PrintAll()
            : Print(Find(invocation.Arguments)),
    };

    /// <summary>The command that the words name: all of them.</summary>
    internal static Command Find(List<string> words)
    {
        int position = 0;
        Command command = CommandTable.Resolve(words.ToArray(), ref position);
        return position == words.Count - 1 ? command : throw CommandTable.Unknown(string.Join(' ', words));
    }

    internal static int PrintAll()
    {
        StandardOutput.Write(HelpText.OfAll());
        return ExitCode.Success;
    }

    internal static int Print(Command command)
    {
        StandardOutput.Write(HelpText.Of(command));
        return ExitCode.Success;
    }
}
