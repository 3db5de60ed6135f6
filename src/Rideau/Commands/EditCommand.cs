using System;
using Rideau.Child.Outside;
using Rideau.CommandLine;
using Rideau.Namespaces;
using Rideau.Output;
using Rideau.Runtime.Entering;

namespace Rideau.Commands;

internal static class EditCommand
{
    internal static Command Describe() => new()
    {
        Name = "edit",
        Arguments = "TARGET:PATH",
        Summary = "edit a file of a container or process with the machine's editor",
        Description = $"Runs $VISUAL, $EDITOR or vi on a copy that only the caller can see, and puts it back in one\nstep, with the owner, mode and attributes that the file had. Where somebody else has\nchanged the file meanwhile, it is left alone, and the message says where the copy is. A file\nthat is not there yet is made, for root of the target.\n\n{TargetFiles.Targets}",
        Examples = "# a setting of a container\nEDITOR='sed -i s/root/toor/' rideau edit web:/etc/passwd\n# a new file\nEDITOR='cp /etc/hostname' rideau edit web:/etc/motd",
        ExitStatus = "0 when the file is as the editor left it, changed or not; 1 when it failed.",
        MinimumArguments = 1,
        MaximumArguments = 1,
        ArgumentKinds = [CommandLine.ArgumentKind.TargetPath],
        Execute = Execute,
    };

    private static int Execute(Invocation invocation)
    {
        FileTarget target = TargetFiles.Of("edit", invocation.Arguments[0]);
        string editor = Variable("VISUAL") ?? Variable("EDITOR") ?? "vi";
        // The editor's process is made before the tree is opened: opening it can cost this process its rights outside.
        using var edit = new FileEdit(() => target.Open(invocation.Context(), alone: false), target.Path, Variable("TMPDIR") ?? "/tmp");
        if (!edit.Run(editor, InheritedEnvironment.Variables))
        {
            StandardOutput.WriteError("rideau: nothing was changed\n");
        }

        return ExitCode.Success;
    }

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
