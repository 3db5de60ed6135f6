using System;
using Rideau.CommandLine;
using Rideau.Kernel;
using Rideau.Namespaces;
using Rideau.Namespaces.Network;
using Rideau.Runtime;

namespace Rideau.Output;

/// <summary>Says a failure, once: to standard error for a person, to --log for an engine.</summary>
internal static class ErrorReport
{
    internal static void Write(Exception exception, MessageLog? log, string command)
    {
        string? detail = Detail(exception);
        string prefix = command == "exec" ? "exec failed: " : "";
        string line = prefix + exception.Message + (detail is null ? "" : ": " + detail);
        if (log is { HasFile: true } or { IsJson: true })
        {
            log.Write(LogLevel.Error, line);
        }

        // Without --log, JSON lines go to standard error themselves, and whoever asked for them reads nothing else there.
        if (log is not { HasFile: false, IsJson: true })
        {
            StandardOutput.WriteError(Text(exception, prefix, detail));
        }
    }

    /// <summary>The message, the failed call on a line of its own, and what to do.</summary>
    internal static string Text(Exception exception, string prefix, string? detail)
    {
        string? hint = exception switch
        {
            ContainerException failure => failure.Hint ?? (failure.InnerException is LinuxException inner ? ContainerException.HintFor(inner) : null),
            NamespaceException failure => failure.Hint,
            NetworkDeviceException failure => failure.Hint,
            UsageException failure => failure.Hint,
            LinuxException call => ContainerException.HintFor(call),
            _ => null,
        };
        return PrintableText.Lines($"rideau: {prefix}{exception.Message}\n"
            + (detail is null ? "" : $"  {detail}\n")
            + (hint is null ? "" : $"  hint: {hint}\n"));
    }

    private static string? Detail(Exception exception)
    {
        for (Exception? inner = exception.InnerException; inner is not null; inner = inner.InnerException)
        {
            if (inner is LinuxException)
            {
                return inner.Message;
            }
        }

        return null;
    }
}
