using System;
using System.Collections.Generic;
using Rideau.CommandLine;
using Rideau.Commands;
using Rideau.Kernel;
using Rideau.Kernel.Calls;
using Rideau.Namespaces;
using Rideau.Namespaces.Network;
using Rideau.Output;
using Rideau.Runtime;

namespace Rideau;

internal static class Program
{
    private static int Main(string[] words) => Execute(words);

    /// <summary>Parses, runs, and says what failed: the only place where an error is printed.</summary>
    internal static int Execute(string[] words)
    {
        MessageLog? log = null;
        string name = "";
        try
        {
            GivenOptions global = new();
            int position = Parser.Parse(words, 0, GlobalOptions.Table(), stopsAtFirst: true, global, arguments: null);
            if (global.Flag("version"))
            {
                return VersionCommand.Print();
            }

            if (position >= words.Length || global.HelpWanted)
            {
                return HelpCommand.PrintAll();
            }

            name = words[position];
            Command command = CommandTable.Resolve(words, ref position);
            log = GlobalOptions.OpenLog(global);
            return Execute(command, words, position + 1, global, log);
        }
        catch (UsageException exception)
        {
            ErrorReport.Write(exception, log, "");
            return exception.Code;
        }
        catch (Exception exception) when (exception is ContainerException or NamespaceException or NetworkDeviceException or LinuxException or ArgumentException)
        {
            ErrorReport.Write(exception, log, name);
            return exception is NamespaceException failure ? ExitCode.Of(failure.Kind)
                : exception is ContainerException entering && name == "enter" ? ExitCode.Of(entering.Code)
                : name == "exec" ? ExitCode.ExecFailure : ExitCode.Failure;
        }
    }

    private static int Execute(Command command, string[] words, int position, GivenOptions global, MessageLog log)
    {
        GivenOptions options = new();
        List<string> arguments = [];
        try
        {
            Parser.Parse(words, position, command.Options, command.StopsAtFirstArgument, options, arguments);
            if (!options.HelpWanted)
            {
                CommandTable.CheckArguments(command, arguments);
            }
        }
        catch (UsageException exception)
        {
            throw new UsageException($"{command.Name}: {exception.Message}", exception.Hint ?? $"see \"rideau {command.Name} --help\"", exception.Code);
        }

        log.Debug($"rideau {BuildFacts.Version} {command.Name}, process {Credentials.ProcessId}");
        try
        {
            return options.HelpWanted ? HelpCommand.Print(command) : command.Execute(new Invocation(global, options, arguments, log));
        }
        catch (UsageException exception) when (command.Name == "exec")
        {
            throw new UsageException(exception.Message, exception.Hint, ExitCode.ExecFailure);
        }
    }
}
