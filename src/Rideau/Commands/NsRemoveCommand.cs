using Rideau.CommandLine;
using Rideau.Namespaces;
using Rideau.Output;

namespace Rideau.Commands;

internal static class NsRemoveCommand
{
    internal static Command Describe() => new()
    {
        Name = "ns remove",
        Arguments = "NAME [NAME...]",
        Summary = "take names away",
        Description = "The namespaces go with their names, unless something else holds them: a process in\nthem, an open descriptor, a bind mount elsewhere. The init of a named pid namespace\nends, and with it all that runs there. A name that stands for nothing any more, or for\nsomething else, is taken away as well.",
        Options = [new("force", '\0', OptionKind.Flag, "", "a name that is not there is no error")],
        Examples = "# one\nrideau ns remove lab\n# as a script does it\nrideau ns remove --force lab",
        MinimumArguments = 1,
        ArgumentKinds = [ArgumentKind.Namespace],
        Execute = Execute,
    };

    private static int Execute(Invocation invocation)
    {
        NamedNamespaces names = NsCommand.Names(invocation);
        int status = ExitCode.Success;
        foreach (string name in invocation.Arguments)
        {
            try
            {
                names.Remove(name);
            }
            catch (NamespaceException failure) when (failure.Kind == NamespaceFailure.NotFound && invocation.Options.Flag("force"))
            {
                // As asked.
            }
            catch (NamespaceException failure) when (invocation.Arguments.Count > 1)
            {
                // The others go all the same.
                StandardOutput.WriteError(ErrorReport.Text(failure, "", failure.InnerException?.Message));
                status = ExitCode.Of(failure.Kind);
            }
        }

        return status;
    }
}
