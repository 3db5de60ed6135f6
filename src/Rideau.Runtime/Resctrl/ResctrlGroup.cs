using System.Collections.Generic;
using System.Globalization;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Runtime.Spec;

namespace Rideau.Runtime.Resctrl;

/// <summary>linux.intelRdt: the container's class of service in the resctrl file system, and its group for counting.</summary>
/// <remarks>spec: config-linux.md#intelrdt · kernel documentation: filesystems/resctrl</remarks>
internal sealed class ResctrlGroup
{
    private const string Schemata = "schemata";
    private const int DirectoryMode = 0x1ed; // 0755

    private readonly string _attempt;
    private readonly string _root;
    private readonly IntelRdt _asked;
    private readonly string _directory;
    private readonly string? _counting;
    private readonly bool _exists;

    /// <param name="attempt">"cannot create container \"web\"".</param>
    /// <param name="root">Where resctrl is mounted.</param>
    /// <param name="id">The container's.</param>
    /// <param name="asked">Of the configuration.</param>
    internal ResctrlGroup(string attempt, string root, string id, IntelRdt asked)
    {
        _attempt = attempt;
        _root = root;
        _asked = asked;
        string name = string.IsNullOrEmpty(asked.ClosId) ? id : asked.ClosId;
        _directory = name == "/" ? root : $"{root}/{name}";
        _counting = asked.EnableMonitoring ? $"{_directory}/mon_groups/{id}" : null;
        _exists = Files.TryStatus(_directory, out _) == 0;
    }

    private bool HasOwnName => string.IsNullOrEmpty(_asked.ClosId);

    /// <summary>What is to be removed with the container, in this order: only what is made for it alone.</summary>
    internal List<string> ToRemove
    {
        get
        {
            List<string> made = [];
            if (_counting is not null)
            {
                made.Add(_counting);
            }

            if (HasOwnName && !_exists)
            {
                made.Add(_directory);
            }

            return made;
        }
    }

    /// <summary>Makes the groups that are not there, and writes what is asked.</summary>
    /// <param name="undo">Gets how they are unmade.</param>
    /// <exception cref="ContainerException">A class that must be there is not; one that is there has other values; the kernel refuses.</exception>
    internal void Make(Lifecycle.UndoStack undo)
    {
        List<string> lines = ResctrlSchemata.Asked(_asked);
        if (_exists)
        {
            if (!HasOwnName)
            {
                CheckShared();
            }
        }
        else
        {
            if (!HasOwnName && lines.Count == 0)
            {
                throw Failed($"there is no class \"{_asked.ClosId}\" in \"{_root}\"", Errno.ENOENT, "without l3CacheSchema, memBwSchema and schemata the class must have been made before; make it, or say what its values are", FailureCode.InvalidArgument);
            }

            MakeDirectory(_directory, undo);
        }

        Write(lines);
        if (_counting is not null)
        {
            MakeDirectory(_counting, undo);
        }
    }

    /// <summary>Writes lines of schemata, all at once, in their order; the kernel takes them line by line.</summary>
    internal void Write(List<string> lines)
    {
        if (lines.Count == 0)
        {
            return;
        }

        string text = string.Join('\n', lines) + "\n";
        int errno = Files.TryWriteText($"{_directory}/{Schemata}", text);
        if (errno != 0)
        {
            throw Failed($"cannot write \"{text.TrimEnd('\n').Replace("\n", "\\n", System.StringComparison.Ordinal)}\" to \"{_directory}/{Schemata}\"", errno);
        }
    }

    /// <summary>Puts a process into them. What it makes later is born there.</summary>
    internal void AddProcess(int pid)
    {
        string number = pid.ToString(CultureInfo.InvariantCulture);
        AddProcess(_directory, number);
        if (_counting is not null)
        {
            AddProcess(_counting, number);
        }
    }

    private void AddProcess(string directory, string pid)
    {
        int errno = Files.TryWriteText($"{directory}/tasks", pid);
        if (errno != 0)
        {
            throw Failed($"cannot put process {pid} into \"{directory}\"", errno);
        }
    }

    private void MakeDirectory(string path, Lifecycle.UndoStack undo)
    {
        int errno = Files.TryMakeDirectory(path, DirectoryMode);
        if (errno is Errno.EEXIST)
        {
            return; // of a container that was killed half made, or another command was faster
        }

        if (errno != 0)
        {
            throw Failed($"cannot make \"{path}\"", errno, errno == Errno.ENOSPC ? "the processor has no class of service, or no group for counting, left (info/L3/num_closids, info/L3_MON/num_rmids)" : null);
        }

        undo.Push($"remove \"{path}\"", () => ResctrlMount.Remove([path]));
    }

    // The class is somebody else's: it is joined if it is what was asked for, and not changed.
    private void CheckShared()
    {
        string there = Files.ReadText($"{_directory}/{Schemata}");
        foreach (string? schema in (string?[])[_asked.L3CacheSchema, _asked.MemBwSchema])
        {
            if (!string.IsNullOrEmpty(schema) && ResctrlSchemata.Difference(schema, there) is { } difference)
            {
                throw Failed($"the class \"{_asked.ClosId}\" is there, and has {difference}", Errno.EEXIST, "write what it has, or name another class in closID", FailureCode.InvalidArgument);
            }
        }
    }

    private ContainerException Failed(string what, int errno, string? hint = null, FailureCode code = FailureCode.General)
    {
        string status = ResctrlMount.LastStatus(_root) is { Length: > 0 } said ? $" (the kernel says: {said})" : "";
        string reason = errno is Errno.EEXIST ? "" : $": {Errno.Describe(errno)}";
        return new ContainerException($"{_attempt}: linux.intelRdt: {what}{reason}{status}", code, hint);
    }
}
