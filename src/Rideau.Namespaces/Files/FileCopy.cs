using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Namespaces;

/// <summary>Copies files and directories between trees.</summary>
public static class FileCopy
{
    /// <summary>Copies one file, link or directory with all that is in it.</summary>
    /// <param name="from">The source's tree.</param>
    /// <param name="source">The path; of a directory with "/." behind it, what is in it is copied and not the directory itself.</param>
    /// <param name="to">The destination's tree.</param>
    /// <param name="destination">The path: a directory to copy into, or the name that the copy gets.</param>
    /// <param name="options">How.</param>
    /// <exception cref="NamespaceException">What failed first. Files that were copied before are complete; none is there in part.</exception>
    public static void Copy(FileTree from, string source, FileTree to, string destination, FileCopyOptions options)
    {
        string attempt = $"cannot copy \"{from.Say(source)}\" to \"{to.Say(destination)}\"";
        bool contents = source is "." or "/" || source.EndsWith("/.", System.StringComparison.Ordinal) || FilePaths.BaseName(source).Length == 0;
        using OwnedFd place = FilePaths.Open(from, source, options.FollowLink || contents || source.EndsWith('/'), attempt);
        FileStatus status = Files.Status(place);
        var copier = new TreeCopier(from, to, options, attempt);
        int errno = FilePaths.TryOpen(to, FileName.Of(destination.Length == 0 ? "." : destination), follow: true, out OwnedFd? target);
        if (target is null && errno != Errno.ENOENT)
        {
            throw FileFailures.Of(attempt, "openat2", errno, $"\"{to.Say(destination)}\", O_PATH");
        }

        using (target)
        {
            if (target is not null && Files.Status(target).IsDirectory)
            {
                IntoDirectory(copier, place, status, target, contents ? default : FilePaths.BaseName(source));
                return;
            }
        }

        if (status.IsDirectory && target is not null)
        {
            throw new NamespaceException($"{attempt}: a directory does not go where a file is", NamespaceFailure.InvalidArgument);
        }

        if (!status.IsDirectory && destination.EndsWith('/'))
        {
            throw new NamespaceException($"{attempt}: there is no such directory", NamespaceFailure.NotFound, "make it first, or leave out the slash at the end to give the copy that name");
        }

        (OwnedFd parent, FileName name) = FilePaths.Locate(to, destination, attempt);
        using (parent)
        {
            copier.CopyEntry(place, status, parent, name);
        }
    }

    private static void IntoDirectory(TreeCopier copier, OwnedFd place, FileStatus status, OwnedFd target, FileName name)
    {
        if (name.Length == 0)
        {
            copier.CopyContents(place, status, target);
        }
        else
        {
            copier.CopyEntry(place, status, target, name);
        }
    }
}
