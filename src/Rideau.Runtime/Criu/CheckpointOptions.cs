namespace Rideau.Runtime.Criu;

/// <summary>The flags of checkpoint.</summary>
public sealed record CheckpointOptions
{
    public required string Id { get; init; }

    /// <summary>Absolute; made where it is missing.</summary>
    public required string ImagePath { get; init; }

    /// <summary>Absolute, or null for the image path.</summary>
    public string? WorkPath { get; init; }

    /// <summary>Of an earlier pre-dump, relative to the image path; null for none.</summary>
    public string? ParentPath { get; init; }

    /// <summary>Only what is in memory, and the container goes on.</summary>
    public bool PreDump { get; init; }

    /// <summary>Gets a zero byte when pages are offered (lazy pages); -1 for none.</summary>
    public int StatusDescriptor { get; init; } = -1;

    public CheckpointSettings Settings { get; init; } = new();
}
