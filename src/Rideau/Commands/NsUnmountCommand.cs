using Rideau.CommandLine;
using Rideau.Namespaces;

namespace Rideau.Commands;

internal static class NsUnmountCommand
{
    internal static Command Describe() => new()
    {
        Name = "ns unmount",
        Arguments = "DIR",
        Summary = "take a tree of \"ns mount\" away",
        Description = "Unmounts the tree; its server ends. Names and namespaces stay. umount(8), or without root\nfusermount3 -u, does the same.",
        Options = [new("lazy", '\0', OptionKind.Flag, "", "also while somebody is in it: who is in it stays, nobody else gets there")],
        Examples = "# nobody is in it\nmkdir -p /run/web/ns\nrideau ns mount /run/web/ns\nrideau ns unmount /run/web/ns\n# whoever is in it\nmkdir -p /run/web/ns\nrideau ns mount /run/web/ns\nrideau ns unmount --lazy /run/web/ns",
        MinimumArguments = 1,
        MaximumArguments = 1,
        ArgumentKinds = [ArgumentKind.Directory],
        Execute = static invocation =>
        {
            NamespaceMount.Unmount(AbsolutePath.Of(invocation.Arguments[0]), invocation.Options.Flag("lazy"));
            return ExitCode.Success;
        },
    };
}
