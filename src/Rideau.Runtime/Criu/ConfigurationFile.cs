using System.Collections.Generic;
using Rideau.Kernel.Calls;

namespace Rideau.Runtime.Criu;

/// <summary>A file of options that CRIU takes over those of the request.</summary>
internal static class ConfigurationFile
{
    private const string Annotation = "org.criu.config";
    private const string Own = "/etc/criu/rideau.conf";
    private const string Fields = "/etc/criu/runc.conf";
    private const string CriusOwn = "/etc/criu/default.conf";

    /// <summary>What the annotation org.criu.config names, none if it is empty; without it this program's, else runc's, which engines' manuals name.</summary>
    internal static string? Of(Dictionary<string, string> annotations) =>
        annotations.TryGetValue(Annotation, out string? named) ? named : Files.TryStatus(Own, out _) == 0 ? Own : Fields;

    /// <summary>True where CRIU may find options in this file or its own, which are not read here.</summary>
    internal static bool IsThere(Dictionary<string, string> annotations) =>
        Files.TryStatus(CriusOwn, out _) == 0 || (Of(annotations) is { Length: > 0 } file && Files.TryStatus(file, out _) == 0);
}
