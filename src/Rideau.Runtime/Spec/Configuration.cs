using System.Collections.Generic;

namespace Rideau.Runtime.Spec;

/// <summary>config.json of a bundle, in the specification's own words. A null is a field that was not given.</summary>
/// <remarks>spec: config.md, version 1.3.0</remarks>
public sealed class Configuration
{
    public string OciVersion { get; set; } = "";
    public Root? Root { get; set; }
    public List<Mount> Mounts { get; set; } = [];
    public Process? Process { get; set; }
    public string? Hostname { get; set; }
    public string? Domainname { get; set; }
    public Hooks? Hooks { get; set; }
    public Dictionary<string, string> Annotations { get; set; } = [];
    public Linux? Linux { get; set; }
    /// <summary>True where the file has a "vm", "windows", "solaris", "zos" or "freebsd" section; its name.</summary>
    public string? ForeignPlatform { get; set; }
}
