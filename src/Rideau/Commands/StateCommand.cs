using Rideau.CommandLine;
using Rideau.Output;
using Rideau.Runtime.State;

namespace Rideau.Commands;

internal static class StateCommand
{
    internal static Command Describe() => new()
    {
        Name = "state",
        Arguments = "CONTAINER",
        Summary = "print the state of a container",
        Description = "Prints the state of a container as JSON.",
        Examples = "# all of it\nrideau state web\n# the status alone\nrideau state web | grep '\"status\"'",
        MinimumArguments = 1,
        MaximumArguments = 1,
        ArgumentKinds = [ArgumentKind.Container],
        Execute = Execute,
    };

    private static int Execute(Invocation invocation)
    {
        ContainerStore store = new(invocation.Context().Root);
        ContainerRecord record = store.Load(invocation.Arguments[0]);
        byte[] state = StateJson.WriteForState(record, store.StatusOf(record));
        StandardOutput.Write([.. state, (byte)'\n']);
        return ExitCode.Success;
    }
}
