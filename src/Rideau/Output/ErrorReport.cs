using System;
using System.Text;
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
        return Printable($"rideau: {prefix}{exception.Message}\n"
            + (detail is null ? "" : $"  {detail}\n")
            + (hint is null ? "" : $"  hint: {hint}\n"));
    }

    // A path or a word in it can be an image's, and this is written to somebody's terminal: no control sequences.
    private static string Printable(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\0', '\x1f') && !text.AsSpan().ContainsAnyInRange('\x7f', '\x9f'))
        {
            return text;
        }

        var printable = new StringBuilder(text.Length + 16);
        foreach (char letter in text)
        {
            _ = char.IsControl(letter) && letter is not ('\n' or '\t') ? printable.Append($"\\x{(int)letter:x2}") : printable.Append(letter);
        }

        return printable.ToString();
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
