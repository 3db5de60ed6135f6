using Rideau.CommandLine;
using Rideau.Output;
using Rideau.Runtime.Spec;

namespace Rideau.Commands;

internal static class VersionCommand
{
    internal static Command Describe() => new()
    {
        Name = "version",
        Summary = "print the version",
        Description = "Prints the version, the commit it was built from, and the version of the\nspecification.",
        Examples = "# all of it\nrideau version\n# the version alone\nrideau --version | head -1",
        MaximumArguments = 0,
        Execute = static _ => Print(),
    };

    internal static int Print()
    {
        StandardOutput.Write($"rideau version {BuildFacts.Version}\ncommit: {BuildFacts.Commit}\nspec: {DefaultConfiguration.OciVersion}\n");
        return ExitCode.Success;
    }
}
