using System.Collections.Generic;
using System.Globalization;
using Rideau.CommandLine;
using Rideau.Namespaces;
using Rideau.Output;

namespace Rideau.Commands;

internal static class NsMountCommand
{
    internal static Command Describe() => new()
    {
        Name = "ns mount",
        Arguments = "DIR",
        Summary = "show all namespaces of the machine as a tree of files",
        Description = "Mounts a tree of all namespaces: by name, by type, by owner and by process. What is\nknown of a namespace is in files, and symbolic links lead to the kernel's own file of it,\nso that nsenter, ip and others take them. mkdir makes a namespace with a name, rmdir takes\nthe name away, mv changes it, and ln -s gives one to what exists; \"error\" says in words\nwhat went wrong last, and \"events\" tells births and deaths. README in it has more.\nThe command returns when the tree can be used; a process in the background serves it until\nit is unmounted. Where an earlier one has died, its mount is taken away first. Only who\nmounts it may look into it. An ordinary user needs fusermount3, or a user and mount\nnamespace of his own.",
        Options =
        [
            new("allow-other", '\0', OptionKind.Flag, "", "other users may look into it (they change nothing); without root it needs user_allow_other in /etc/fuse.conf"),
            new("foreground", '\0', OptionKind.Flag, "", "serve it in this process, until it is unmounted or a signal comes"),
            new("ready", '\0', OptionKind.Number, "FD", "tell this descriptor when it can be used", Hidden: true),
        ],
        Examples = "# look around\nmkdir -p /run/web/ns\nrideau ns mount /run/web/ns\nls /run/web/ns/by-type/net\nrideau ns unmount /run/web/ns\n# a network, made and used by a stock tool\nmkdir -p /run/web/ns\nrideau ns mount /run/web/ns\nmkdir /run/web/ns/by-type/net/lab\nnsenter --net=/run/web/ns/by-name/lab/net ip address\nrmdir /run/web/ns/by-name/lab\nrideau ns unmount /run/web/ns",
        MinimumArguments = 1,
        MaximumArguments = 1,
        ArgumentKinds = [ArgumentKind.Directory],
        Execute = Execute,
    };

    private static int Execute(Invocation invocation)
    {
        GivenOptions options = invocation.Options;
        string directory = AbsolutePath.Of(invocation.Arguments[0]);
        NamedNamespaces names = NsCommand.Names(invocation);
        if (options.Flag("foreground"))
        {
            NamespaceMount.Serve(names, new NamespaceMountOptions { Directory = directory, AllowOther = options.Flag("allow-other") }, () =>
            {
                if (options.IsGiven("ready"))
                {
                    NamespaceMount.TellReady(options.Number("ready"));
                }
            });
            return ExitCode.Success;
        }

        List<string> words = ["--root", names.Root, "ns", "mount", "--foreground", .. options.Flag("allow-other") ? (string[])["--allow-other"] : [], directory, "--ready"];
        int status = NamespaceMount.Start(string.Create(CultureInfo.InvariantCulture, $"cannot mount on \"{directory}\""), words, out string said);
        StandardOutput.WriteError(said);
        return status;
    }
}
