using Rideau.CommandLine;
using Rideau.Output;

namespace Rideau.Commands;

internal static class CompletionCommand
{
    internal static Command Describe() => new()
    {
        Name = "completion",
        Arguments = "bash|zsh|fish",
        Summary = "print a script that completes command lines in a shell",
        Description = "Prints a script for the shell to source: it completes commands, options, their\nvalues, the ids of containers, and files. \"./install\" puts the scripts where the\nshells look for them.",
        Examples = "# in this shell\n. <(rideau completion bash)\n# for all users of fish\nrideau completion fish > /etc/fish/completions/rideau.fish",
        MinimumArguments = 1,
        MaximumArguments = 1,
        ArgumentKinds = [ArgumentKind.Shell],
        Execute = Execute,
    };

    private static int Execute(Invocation invocation)
    {
        string shell = invocation.Arguments[0];
        StandardOutput.Write(CompletionScripts.Of(shell) ?? throw new UsageException($"completion: there is none for \"{shell}\"", "bash, zsh or fish"));
        return ExitCode.Success;
    }
}
