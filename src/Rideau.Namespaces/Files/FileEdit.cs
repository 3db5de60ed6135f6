using System;
using System.Collections.Generic;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Namespaces;

/// <summary>Edits a file of a tree with the caller's own editor, on a copy that only the caller sees.</summary>
public sealed class FileEdit : IDisposable
{
    private const long Now = (1 << 30) - 1; // UTIME_NOW
    private readonly Func<FileTree> _open;
    private readonly string _path;
    private readonly string _directory;
    private readonly OwnedFd _folder;
    private readonly FileName _name;
    private FileTree? _tree;
    private OwnedFd? _original;
    private FileStatus _before;
    private FileStatus _copied;
    private bool _keep;

    /// <param name="open">Opens the tree, once the editor's process has been made: it is to have the caller's rights, and no others.</param>
    /// <param name="path">The file; one that is not there yet is made.</param>
    /// <param name="temporary">Where the copy is to be: "/tmp".</param>
    public FileEdit(Func<FileTree> open, string path, string temporary)
    {
        _open = open;
        _path = path;
        _name = FilePaths.BaseName(path) is { Length: > 0 } name ? name : throw new NamespaceException($"cannot edit \"{path}\": it is a directory", NamespaceFailure.InvalidArgument);
        _directory = $"{temporary.TrimEnd('/')}/rideau-edit-{RandomBytes.Hexadecimal()}";
        int errno = Files.TryMakeDirectory(_directory, 0x1c0);
        _folder = errno == 0 ? Files.Open(_directory, Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW) : throw FileFailures.Of("cannot make a private copy", "mkdirat", errno, $"\"{_directory}\"");
    }

    /// <summary>Runs the editor.</summary>
    /// <param name="editor">As $VISUAL has it: words for a shell.</param>
    /// <param name="environment">The caller's.</param>
    /// <returns>True where the file was changed.</returns>
    /// <exception cref="NamespaceException">The editor failed; the file was changed by somebody else meanwhile: the copy stays then, and the message says where.</exception>
    public bool Run(string editor, IReadOnlyList<string> environment)
    {
        string copy = $"{_directory}/{System.Text.Encoding.UTF8.GetString(_name.Bytes)}";
        int status = NamespaceVisit.Run("cannot run the editor", new JoinPlan(), new VisitOptions
        {
            Command = ["/bin/sh", "-c", $"exec {editor} \"$1\"", "rideau", copy],
            Environment = environment,
            Prepare = _ => Fetch(),
        });
        if (status != 0)
        {
            throw new NamespaceException($"{Attempt}: the editor ended with {status}", NamespaceFailure.General, status == 127 ? $"\"{editor}\" was not found: set VISUAL or EDITOR" : "the file is as it was");
        }

        return PutBack(copy);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Machine(() =>
        {
            if (!_keep)
            {
                foreach (FileName left in DirectoryEntries.Read(Reopened()))
                {
                    _ = NamedFiles.TryRemove(_folder, left); // ignored: an editor's leftovers
                }

                _ = Files.TryRemove(_directory, null, Fcntl.AT_REMOVEDIR); // ignored: something is left in it
            }
        });
        _original?.Dispose();
        _tree?.Dispose();
        _folder.Dispose();
    }

    private string Attempt => $"cannot edit \"{_tree?.Say(_path) ?? _path}\"";

    private OwnedFd Reopened() => Files.Open(_directory, Fcntl.O_RDONLY | Fcntl.O_DIRECTORY | Fcntl.O_NOFOLLOW);

    private static void Machine(Action action)
    {
        using var machine = FileTree.OfMachine();
        machine.Act();
        action();
    }

    // In the caller, while the editor's process waits.
    private void Fetch()
    {
        int errno = NamedFiles.TryOpen(_folder, _name, Fcntl.O_RDWR | Fcntl.O_CREAT | Fcntl.O_EXCL | Fcntl.O_NOFOLLOW, 0, out OwnedFd? copy, 0x180);
        using (copy ?? throw FileFailures.Of("cannot make a private copy", "openat2", errno, $"\"{_name}\""))
        {
            _tree = _open();
            errno = FilePaths.TryOpen(_tree, FileName.Of(_path), follow: true, out OwnedFd? place);
            if (errno == Errno.ENOENT)
            {
                (OwnedFd parent, _) = FilePaths.Locate(_tree, _path, Attempt); // says where the directory is missing
                parent.Dispose();
            }
            else
            {
                using (place ?? throw FileFailures.Of(Attempt, "openat2", errno, $"\"{_path}\", O_PATH"))
                {
                    _before = Files.Status(place);
                    _original = FilePaths.OpenRegular(place, _before, Attempt);
                    (errno, string call) = FileData.Copy(_original, _before, copy, static _ => { });
                    if (errno != 0)
                    {
                        throw FileFailures.Of("cannot make a private copy", call, errno, $"{_before.SizeBytes} bytes");
                    }
                }
            }

            _copied = Files.Status(copy);
        }
    }

    private bool PutBack(string copy)
    {
        OwnedFd? edited = null;
        Machine(() =>
        {
            // Editors replace files, and may have left something else there.
            if (NamedFiles.TryOpen(_folder, _name, Fcntl.O_PATH | Fcntl.O_NOFOLLOW, 0, out OwnedFd? place) == 0 && place is not null)
            {
                using (place)
                {
                    edited = FilePaths.OpenRegular(place, Files.Status(place), Attempt);
                }
            }
        });
        using (edited ?? throw new NamespaceException($"{Attempt}: the editor has left no file", NamespaceFailure.General, "the file is as it was"))
        {
            FileStatus status = Files.Status(edited);
            if (status.Inode == _copied.Inode && status.SizeBytes == _copied.SizeBytes && status.ModifiedSeconds == _copied.ModifiedSeconds && status.ModifiedNanoseconds == _copied.ModifiedNanoseconds)
            {
                return false;
            }

            _keep = true;
            CheckUnchanged(copy);
            try
            {
                (OwnedFd directory, FileName name) = FilePaths.Locate(_tree!, _path, Attempt);
                using (directory)
                {
                    NewFile.Write(_tree!, directory, name, Attempt, file => Fill(edited, status, file));
                }
            }
            catch (NamespaceException failure)
            {
                string kept = $"what you have written is in {copy}";
                throw new NamespaceException(failure.Message, failure.Kind, failure.Hint is { } hint ? $"{hint}; {kept}" : kept, failure.InnerException);
            }

            _keep = false;
            return true;
        }
    }

    private void CheckUnchanged(string copy)
    {
        int errno = FilePaths.TryOpen(_tree!, FileName.Of(_path), follow: true, out OwnedFd? place);
        FileStatus now = place is null ? default : Files.Status(place);
        place?.Dispose();
        bool same = _original is null
            ? errno == Errno.ENOENT
            : errno == 0 && (now.Inode, now.DeviceMajor, now.DeviceMinor, now.SizeBytes, now.ModifiedSeconds, now.ModifiedNanoseconds, now.ChangedSeconds, now.ChangedNanoseconds)
                == (_before.Inode, _before.DeviceMajor, _before.DeviceMinor, _before.SizeBytes, _before.ModifiedSeconds, _before.ModifiedNanoseconds, _before.ChangedSeconds, _before.ChangedNanoseconds);
        if (!same)
        {
            throw new NamespaceException($"{Attempt}: somebody else has changed it meanwhile", NamespaceFailure.General, $"it was left as it is; what you have written is in {copy}");
        }
    }

    private void Fill(OwnedFd edited, FileStatus status, OwnedFd file)
    {
        (int errno, string call) = FileData.Copy(edited, status, file, static _ => { });
        if (errno != 0)
        {
            throw FileFailures.Of(Attempt, call, errno, $"{status.SizeBytes} bytes");
        }

        if (_original is not null)
        {
            FileMetadata.Apply(_tree!, _original, _before, _tree!, file, new FileCopyOptions { Archive = true }, Attempt);
        }
        else
        {
            _ = FileAttributes.TrySetMode(file, 0x1a4); // ignored: 0600 is safe
        }

        _ = FileAttributes.TrySetTimes(file, 0, Now, 0, Now); // ignored: a file system without times
    }
}
