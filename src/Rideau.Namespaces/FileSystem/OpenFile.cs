using System.Collections.Generic;

namespace Rideau.Namespaces;

/// <summary>A file or directory that somebody has open: what it said when it was opened.</summary>
internal sealed class OpenFile
{
    /// <summary>Of a file.</summary>
    internal byte[] Content { get; init; } = [];

    /// <summary>Of a directory; null until it is read.</summary>
    internal List<TreeEntry>? Entries { get; set; }

    /// <summary>Of "events".</summary>
    internal EventReader? Events { get; init; }
}
