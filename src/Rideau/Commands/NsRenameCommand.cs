using Rideau.CommandLine;

namespace Rideau.Commands;

internal static class NsRenameCommand
{
    internal static Command Describe() => new()
    {
        Name = "ns rename",
        Arguments = "NAME NEW-NAME",
        Summary = "give namespaces another name",
        Description = "The namespaces, and what is in them, are not touched; paths with the old name lead\nnowhere afterwards.",
        Examples = "# a better name\nrideau ns rename lab bench\n# out of the way of a new one\nrideau ns rename lab lab-old",
        MinimumArguments = 2,
        MaximumArguments = 2,
        ArgumentKinds = [ArgumentKind.Namespace],
        Execute = static invocation =>
        {
            NsCommand.Names(invocation).Rename(invocation.Arguments[0], invocation.Arguments[1]);
            return ExitCode.Success;
        },
    };
}
