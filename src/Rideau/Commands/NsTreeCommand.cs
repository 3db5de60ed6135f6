using Rideau.CommandLine;
using Rideau.Namespaces;
using Rideau.Output;

namespace Rideau.Commands;

internal static class NsTreeCommand
{
    internal static Command Describe() => new()
    {
        Name = "ns tree",
        Summary = "show which user namespace owns which namespace",
        Description = "Shows the user namespaces as a tree, each with the namespaces that it owns, and pid\nnamespaces below the one they were made in.",
        Options = [new("thorough", '\0', OptionKind.Flag, "", "look at every socket, and at the mounts of every mount namespace")],
        Examples = "# all\nrideau ns tree\n# also what sockets hold\nrideau ns tree --thorough",
        MaximumArguments = 0,
        Execute = static invocation =>
        {
            StandardOutput.Write(CensusReport.Tree(NamespaceCensus.Take(NsCommand.Names(invocation), invocation.Options.Flag("thorough")).All));
            return ExitCode.Success;
        },
    };
}
