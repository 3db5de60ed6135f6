using System.Collections.Generic;
using Rideau.Kernel.Calls;

namespace Rideau.Runtime.Criu;

/// <summary>A file of options that CRIU takes over those of the request.</summary>
internal static class ConfigurationFile
{
    private const string Annotation = "org.criu.config";
    private const string Own = "/etc/criu/rideau.conf";
    private const string Fields = "/etc/criu/runc.conf";

    /// <summary>What the annotation org.criu.config names, none if it is empty; without it this program's, else runc's, which engines' manuals name.</summary>
    internal static string? Of(Dictionary<string, string> annotations) =>
        annotations.TryGetValue(Annotation, out string? named) ? named : Files.TryStatus(Own, out _) == 0 ? Own : Fields;
}
