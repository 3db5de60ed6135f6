namespace Rideau.Runtime.Criu;

/// <summary>The flags of restore.</summary>
public sealed record RestoreOptions
{
    public required string Id { get; init; }

    /// <summary>Absolute.</summary>
    public required string Bundle { get; init; }

    /// <summary>Absolute.</summary>
    public required string ImagePath { get; init; }

    /// <summary>Absolute, or null for the image path.</summary>
    public string? WorkPath { get; init; }

    /// <summary>Absolute, or null.</summary>
    public string? PidFile { get; init; }

    public string? ConsoleSocket { get; init; }

    /// <summary>Return when the container runs.</summary>
    public bool Detach { get; init; }

    public bool NoSubreaper { get; init; }

    public CheckpointSettings Settings { get; init; } = new();
}
