using Rideau.CommandLine;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;
using Rideau.Runtime;
using Rideau.Runtime.Spec;

namespace Rideau.Commands;

internal static class SpecCommand
{
    internal static Command Describe() => new()
    {
        Name = "spec",
        Summary = "write a config.json to begin with",
        Description = "Writes config.json with a shell as its command, to be edited. A file that is\nthere is not replaced.",
        Options =
        [
            new("bundle", 'b', OptionKind.Text, "DIR", "the directory to write to (default: the current one)"),
            new("rootless", '\0', OptionKind.Flag, "", "for a user without privilege"),
        ],
        Examples = "# a new bundle\nmkdir bundle\nrideau spec --bundle bundle\n# in the current directory, for a user without privilege\nrideau spec --rootless",
        MaximumArguments = 0,
        Execute = Execute,
    };

    private static int Execute(Invocation invocation)
    {
        string file = AbsolutePath.Of((invocation.Options.TextOrNone("bundle") ?? ".") + "/config.json");
        bool unified = Files.FileSystemType("/sys/fs/cgroup") == 0x63677270; // CGROUP2_SUPER_MAGIC
        Configuration configuration = invocation.Options.Flag("rootless")
            ? DefaultConfiguration.CreateRootless(unified, Credentials.EffectiveUid, Credentials.EffectiveGid)
            : DefaultConfiguration.Create(unified);
        int errno = Files.TryOpen(file, Fcntl.O_WRONLY | Fcntl.O_CREAT | Fcntl.O_EXCL, out OwnedFd? output, 0x1b6); // 0666
        if (output is null)
        {
            throw errno == Errno.EEXIST
                ? new ContainerException("File config.json exists. Remove it first", FailureCode.AlreadyExists)
                : new ContainerException($"cannot write \"{file}\": {Errno.Text(errno)}", FailureCode.General, null, new LinuxException("openat", errno, $"\"{file}\""));
        }

        using (output)
        {
            Files.WriteAll(output, ConfigurationWriter.Write(configuration), file);
        }

        return ExitCode.Success;
    }
}
