using System.Collections.Generic;

namespace Rideau.Runtime.Spec;

/// <summary>spec: config.md#mounts</summary>
public sealed class Mount
{
    public string Destination { get; set; } = "";
    public string? Type { get; set; }
    public string? Source { get; set; }
    public List<string> Options { get; set; } = [];
    public List<IdMapping> UidMappings { get; set; } = [];
    public List<IdMapping> GidMappings { get; set; } = [];
}
