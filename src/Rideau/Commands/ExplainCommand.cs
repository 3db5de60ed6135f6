using Rideau.CommandLine;
using Rideau.Output;
using Rideau.Runtime.Lifecycle;

namespace Rideau.Commands;

internal static class ExplainCommand
{
    internal static Command Describe() => new()
    {
        Name = "explain",
        Arguments = "[BUNDLE]",
        Summary = "print what making a container would do, step by step",
        Description = "Prints every step of the birth of a container from a bundle, in order, and does\nnone of them: what the caller does, and the system calls of the container's own\nprocess. docs/explain.md says how to read it.",
        Options =
        [
            CreationOptions.Bundle,
            new("format", 'f', OptionKind.Text, "FORMAT", "text or json (default: text)", Choices: "text json"),
        ],
        Examples = "# a bundle\nrideau explain --bundle /srv/web\n# for a program to read\nrideau explain --format json /srv/web",
        MaximumArguments = 1,
        ArgumentKinds = [ArgumentKind.Directory],
        Execute = Execute,
    };

    private static int Execute(Invocation invocation)
    {
        string bundle = invocation.Arguments.Count > 0 ? invocation.Arguments[0] : invocation.Options.TextOrNone("bundle") ?? ".";
        string format = invocation.Options.Text("format") ?? "text";
        if (format is not ("text" or "json"))
        {
            throw new UsageException("explain: invalid format option", "--format is text or json");
        }

        Explanation explanation = Explain.Execute(invocation.Context(), new CreateOptions { Id = "explained", Bundle = AbsolutePath.Of(bundle) });
        if (format == "json")
        {
            StandardOutput.Write(ExplanationText.Json(explanation));
        }
        else
        {
            StandardOutput.Write(ExplanationText.Text(explanation));
        }

        return ExitCode.Success;
    }
}
