using System.Collections.Generic;
using Rideau.Kernel;

namespace Rideau.Namespaces;

/// <summary>What an archive says of one file.</summary>
/// <remarks>Formats: ustar (POSIX.1-1988), pax (POSIX.1-2001), and of GNU what its tar writes. man: tar(5)</remarks>
internal sealed record TarMember
{
    internal const byte File = (byte)'0';
    internal const byte HardLink = (byte)'1';
    internal const byte SymbolicLink = (byte)'2';
    internal const byte CharacterDevice = (byte)'3';
    internal const byte BlockDevice = (byte)'4';
    internal const byte Directory = (byte)'5';
    internal const byte Fifo = (byte)'6';

    /// <summary>The path, without a slash at its end.</summary>
    internal FileName Name { get; init; }

    /// <summary>One of the letters above.</summary>
    internal byte Type { get; init; }

    /// <summary>Where a link leads.</summary>
    internal FileName Target { get; init; }

    /// <summary>Permission bits.</summary>
    internal int Mode { get; init; }

    internal uint Uid { get; init; }

    internal uint Gid { get; init; }

    /// <summary>How long the file is, holes included.</summary>
    internal long SizeBytes { get; init; }

    /// <summary>How much of the archive it takes, without the filling to the next block.</summary>
    internal long StoredBytes { get; init; }

    /// <summary>Seconds since 1970.</summary>
    internal long ModifiedSeconds { get; init; }

    internal uint Major { get; init; }

    internal uint Minor { get; init; }

    /// <summary>Where there are data, in order; null where all is data.</summary>
    internal IReadOnlyList<(long Offset, long Count)>? Segments { get; init; }

    /// <summary>Extended attributes.</summary>
    internal IReadOnlyList<(FileName Name, byte[] Value)> Attributes { get; init; } = [];
}
