using Rideau.CommandLine;
using Rideau.Namespaces;

namespace Rideau.Commands;

/// <summary>The group "ns".</summary>
internal static class NsCommand
{
    internal static Command Describe() => new()
    {
        Name = "ns",
        Arguments = "COMMAND",
        Summary = "namespaces as things with names: made, shown, entered, removed",
        Description = "Linux namespaces of all eight types, for people who may have no container at all.\nA namespace with a name needs no process in it: it is kept as a file below\n--root/ns, which nsenter, ip and config.json take as they take /proc/PID/ns. Without\nprivilege a small process of the user's own keeps it, and the file is a link to it.",
        Subcommands = ["create", "list", "tree", "show", "exec", "watch", "wait", "rename", "remove", "mount", "unmount"],
        Examples = "# a network without a process in it\nrideau ns create --net lab\n# what there is\nrideau ns list",
        Execute = static _ => HelpCommand.Print(Describe()),
    };

    /// <summary>The names below the --root of the command line.</summary>
    internal static NamedNamespaces Names(Invocation invocation) => new(invocation.Context().Root);

    /// <summary>The options --net, --ipc and so on, one for each type.</summary>
    internal static Option[] TypeOptions(string what)
    {
        Option[] options = new Option[NamespaceType.All.Length];
        for (int i = 0; i < options.Length; i++)
        {
            NamespaceType type = NamespaceType.All[i];
            options[i] = new Option(type.Word, '\0', OptionKind.Flag, "", $"{what} {type.Word} namespace");
        }

        return options;
    }

    /// <summary>The types that were asked for, as CLONE_NEW flags.</summary>
    internal static long Types(GivenOptions options)
    {
        long types = 0;
        foreach (NamespaceType type in NamespaceType.All)
        {
            types |= options.Flag(type.Word) ? type.Flag : 0;
        }

        return types;
    }
}
