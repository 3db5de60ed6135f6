using System.Collections.Generic;

namespace Rideau.Runtime.Spec;

/// <summary>spec: config.md#posix-platform-hooks</summary>
public sealed class Hooks
{
    public List<Hook> Prestart { get; set; } = [];
    public List<Hook> CreateRuntime { get; set; } = [];
    public List<Hook> CreateContainer { get; set; } = [];
    public List<Hook> StartContainer { get; set; } = [];
    public List<Hook> Poststart { get; set; } = [];
    public List<Hook> Poststop { get; set; } = [];
}

/// <summary>spec: config.md#posix-platform-hooks</summary>
public sealed class Hook
{
    public string Path { get; set; } = "";
    public List<string> Args { get; set; } = [];
    public List<string> Env { get; set; } = [];
    public int? TimeoutSeconds { get; set; }
}
