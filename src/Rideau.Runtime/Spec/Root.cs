namespace Rideau.Runtime.Spec;

/// <summary>spec: config.md#root</summary>
public sealed class Root
{
    public string Path { get; set; } = "";
    public bool Readonly { get; set; }
}
