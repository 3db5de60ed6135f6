using System.Collections.Generic;
using Rideau.CommandLine;
using Rideau.Runtime.Lifecycle;
using Rideau.Runtime.Spec;

namespace Rideau.Commands;

internal static class MountsCommand
{
    internal static Command Describe() => new()
    {
        Name = "mounts",
        Arguments = "(add | remove) CONTAINER FILE",
        Summary = "mount something in a container that runs, or take it away",
        Description = "FILE is JSON, the list \"mounts\" of config.json; - is standard input. \"add\" makes\nall of them, or none; their sources are the machine's. \"remove\" looks at their\ndestinations only. A process that uses a mount keeps it until it ends.",
        Examples = "# a directory of the machine, read-only\necho '[{\"destination\": \"/mnt\", \"source\": \"/usr/share\", \"options\": [\"rbind\", \"ro\"]}]' > /srv/web/mounts.json\nrideau mounts add web /srv/web/mounts.json\nrideau exec web ls /mnt\nrideau mounts remove web /srv/web/mounts.json\n# a tmpfs\necho '[{\"destination\": \"/scratch\", \"type\": \"tmpfs\", \"options\": [\"size=16m\"]}]' | rideau mounts add web -",
        MinimumArguments = 3,
        MaximumArguments = 3,
        ArgumentKinds = [ArgumentKind.Other, ArgumentKind.Container, ArgumentKind.File],
        Execute = Execute,
    };

    private static int Execute(Invocation invocation)
    {
        string verb = invocation.Arguments[0];
        if (verb is not ("add" or "remove"))
        {
            throw new UsageException($"mounts: unknown command \"{verb}\"", "it is \"mounts add\" or \"mounts remove\"");
        }

        byte[] bytes = GivenFile.Read("the mounts", invocation.Arguments[2], out string name);
        List<Mount> mounts = ConfigurationReader.ReadMounts(bytes, name);
        if (verb == "add")
        {
            HotMounts.Add(invocation.Context(), invocation.Arguments[1], mounts);
        }
        else
        {
            HotMounts.Remove(invocation.Context(), invocation.Arguments[1], mounts);
        }

        return ExitCode.Success;
    }
}
