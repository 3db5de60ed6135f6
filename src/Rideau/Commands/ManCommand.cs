using System.Text;
using Rideau.CommandLine;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;
using Rideau.Output;
using Rideau.Runtime;

namespace Rideau.Commands;

internal static class ManCommand
{
    internal static Command Describe() => new()
    {
        Name = "man",
        Arguments = "[COMMAND [COMMAND]]",
        Summary = "print the manual page of rideau, or of one of its commands",
        Description = "Prints a manual page for man(1) to show, or writes all of them to a directory.",
        Options =
        [
            new("all", '\0', OptionKind.Text, "DIR", "write all pages to this directory instead"),
            new("format", 'f', OptionKind.Text, "FORMAT", "man or markdown (default: man)", Choices: "man markdown"),
        ],
        Examples = "# read a page\nrideau man run | man -l -\n# write all of them\nrideau man --all /usr/local/share/man/man1",
        MaximumArguments = 2,
        ArgumentKinds = [ArgumentKind.Command],
        Execute = Execute,
    };

    private static int Execute(Invocation invocation)
    {
        string format = invocation.Options.Text("format") ?? "man";
        if (format is not ("man" or "markdown"))
        {
            throw new UsageException("man: invalid format option", "--format is man or markdown");
        }

        bool markdown = format == "markdown";
        if (invocation.Options.TextOrNone("all") is { } directory)
        {
            WriteAll(AbsolutePath.Of(directory), markdown);
        }
        else
        {
            StandardOutput.Write(Page(invocation.Arguments.Count == 0 ? null : HelpCommand.Find(invocation.Arguments), markdown));
        }

        return ExitCode.Success;
    }

    private static string Page(Command? command, bool markdown) => (command, markdown) switch
    {
        (null, false) => ManualPage.OfAll(),
        (null, true) => MarkdownPage.OfAll(),
        (_, false) => ManualPage.Of(command),
        (_, true) => MarkdownPage.Of(command),
    };

    private static void WriteAll(string directory, bool markdown)
    {
        WriteFile(directory, markdown ? "README.md" : ManualPage.NameOf(null) + ".1", Page(null, markdown));
        foreach (string name in CommandTable.AllNames)
        {
            Command command = CommandTable.Find(name)!;
            WriteFile(directory, markdown ? command.FileName + ".md" : ManualPage.NameOf(command) + ".1", Page(command, markdown));
        }
    }

    private static void WriteFile(string directory, string name, string text)
    {
        string path = $"{directory}/{name}";
        int errno = Files.TryOpen(path, Fcntl.O_WRONLY | Fcntl.O_CREAT | Fcntl.O_TRUNC, out OwnedFd? file, 0x1a4); // 0644
        if (file is null)
        {
            throw new ContainerException(
                $"cannot write \"{path}\"",
                FailureCode.General,
                errno == Errno.ENOENT ? "make the directory first" : null,
                new LinuxException("openat", errno, $"\"{path}\""));
        }

        using (file)
        {
            Files.WriteAll(file, Encoding.UTF8.GetBytes(text), path);
        }
    }
}
