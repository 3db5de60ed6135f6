using Rideau.CommandLine;
using Rideau.Output;

namespace Rideau.Commands;

internal static class HelpCommand
{
    internal static Command Describe() => new()
    {
        Name = "help",
        Arguments = "[COMMAND]",
        Summary = "say how to use rideau, or one of its commands",
        Description = "Lists the commands, or says how to use one.",
        Examples = "# the commands\nrideau help\n# one of them\nrideau help run",
        MaximumArguments = 1,
        ArgumentKinds = [ArgumentKind.Command],
        Execute = static invocation => invocation.Arguments.Count == 0
            ? PrintAll()
            : Print(CommandTable.Find(invocation.Arguments[0]) ?? throw CommandTable.Unknown(invocation.Arguments[0])),
    };

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
