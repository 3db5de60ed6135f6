using Rideau.Kernel.Calls;

namespace Rideau.Namespaces;

/// <summary>A tree's files as a tar archive, out of it and into it; owners are numbered as in the tree.</summary>
public static class TarArchive
{
    /// <summary>Writes an archive of a file or a directory.</summary>
    /// <param name="tree">The tree.</param>
    /// <param name="path">The path. Names in the archive begin with its last name, or with "." where "/." stands behind it.</param>
    /// <param name="descriptor">Where the archive goes: 1 is standard output.</param>
    /// <param name="options">How; owners are always in it.</param>
    /// <exception cref="NamespaceException">What failed.</exception>
    public static void Create(FileTree tree, string path, int descriptor, FileCopyOptions options) =>
        new TarBuilder(tree, descriptor, options, $"cannot make an archive of \"{tree.Say(path)}\"").Build(path);

    /// <summary>Unpacks an archive in a directory.</summary>
    /// <param name="tree">The tree.</param>
    /// <param name="path">The directory.</param>
    /// <param name="descriptor">Where the archive is read: 0 is standard input.</param>
    /// <param name="options">How; with Archive files get the owners of the archive, else root of the tree owns them.</param>
    /// <returns>How many members were refused, because their names lead out of the directory.</returns>
    /// <exception cref="NamespaceException">What failed. Files that were unpacked before are complete; none is there in part.</exception>
    public static int Extract(FileTree tree, string path, int descriptor, FileCopyOptions options)
    {
        string attempt = $"cannot unpack an archive in \"{tree.Say(path)}\"";
        var extraction = new TarExtraction(tree, path, options, attempt);
        var reader = new TarReader(buffer =>
        {
            int got = Files.TryReadSome(descriptor, buffer);
            return got >= 0 ? got : throw FileFailures.Of($"{attempt}: cannot read the archive", "read", -got, $"{descriptor}");
        });
        try
        {
            return extraction.Unpack(reader);
        }
        catch (TarFormatException damage)
        {
            throw new NamespaceException($"{attempt}: {damage.Message}", NamespaceFailure.InvalidArgument, "what was unpacked before is complete", damage);
        }
    }
}
