using System;
using System.Collections.Generic;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Namespaces;

/// <summary>One name being made. It appears by a rename, whole or not at all; what was made until a failure is unmade.</summary>
internal sealed class NameBirth : IDisposable
{
    private readonly NameDirectory _names;
    private readonly string _attempt;
    private readonly string _name;
    private readonly CreateOptions _options;
    private readonly List<(NamespaceType Type, OwnedFd Fd)> _existing = [];
    private NamespaceMaker? _maker;
    private HeldProcess? _init;
    private HeldProcess? _keeper;
    private NamespaceIdentity? _inIpNetns;
    private bool _done;

    internal NameBirth(NameDirectory names, string attempt, string name, CreateOptions options)
    {
        _names = names;
        _attempt = attempt;
        _name = name;
        _options = options;
    }

    // A hidden name that no list shows.
    private string Beside => $".{_name}";

    /// <returns>What went otherwise than asked, as sentences.</returns>
    internal IReadOnlyList<string> Perform()
    {
        bool mounts = _names.Ensure(wantsMount: Credentials.EffectiveUid == 0);
        _names.RemoveOne(Beside); // what a killed command left
        int errno = Files.TryMakeDirectory(_names.Of(Beside), 0x1c0); // 0700
        if (errno != 0)
        {
            throw new NamespaceException($"{_attempt}: cannot make its directory", NamespaceFailure.General, null, new LinuxException("mkdirat", errno, $"\"{_names.Of(Beside)}\""));
        }

        IReadOnlyList<(NamespaceType Type, OwnedFd Fd)> found = _options.Existing is { } path ? OpenExisting(path) : Make();
        if (mounts)
        {
            Bind(found);
        }
        else
        {
            Link(found);
        }

        _init = _maker?.Release();
        AddIpNetns(found);
        _names.Save(_names.Of(Beside), new NameRecord
        {
            Name = _name,
            Created = DateTimeOffset.UtcNow,
            Creator = Credentials.EffectiveUid,
            Namespaces = Identities(found),
            Keeper = _keeper,
            Init = _init,
            IpNetns = _options.IpNetns,
        });
        errno = Files.TryRename(_names.Of(Beside), _names.Of(_name));
        _done = errno == 0 ? true : throw new LinuxException("renameat2", errno, $"\"{_names.Of(Beside)}\", \"{_names.Of(_name)}\"");
        return _maker?.Notes ?? [];
    }

    public void Dispose()
    {
        if (!_done)
        {
            if (_inIpNetns is { } network)
            {
                IpNetns.Remove(_name, network);
            }

            TryEnd(_init);
            _names.RemoveOne(Beside);
            TryEnd(_keeper);
            _names.Tidy();
        }

        _maker?.Dispose();
        foreach ((_, OwnedFd fd) in _existing)
        {
            fd.Dispose();
        }
    }

    private static void TryEnd(HeldProcess? held)
    {
        try
        {
            held?.End();
        }
        catch (LinuxException)
        {
            // What led here is the error to be told, and most likely the same.
        }
    }

    private IReadOnlyList<(NamespaceType Type, OwnedFd Fd)> Make()
    {
        _maker = new NamespaceMaker(_options, _attempt, _name);
        _maker.Make();
        return _maker.Made;
    }

    // A namespace, or a directory with files of namespaces, as /proc/PID/ns.
    private List<(NamespaceType Type, OwnedFd Fd)> OpenExisting(string path)
    {
        int errno = Files.TryOpen(path, Fcntl.O_RDONLY, out OwnedFd? fd);
        if (fd is null)
        {
            throw new NamespaceException($"{_attempt}: cannot open \"{path}\": {Errno.Describe(errno)}", errno == Errno.ENOENT ? NamespaceFailure.NotFound : NamespaceFailure.NotPermitted);
        }

        if (!Files.Status(fd).IsDirectory)
        {
            Keep(fd, path);
            return _existing;
        }

        using (fd)
        {
            foreach (NamespaceType type in NamespaceType.All)
            {
                if ((_options.Types & type.Flag) != 0)
                {
                    errno = Files.TryOpen(type.Name, Fcntl.O_RDONLY, out OwnedFd? one, 0, fd);
                    Keep(one ?? throw new NamespaceException($"{_attempt}: cannot open \"{path}/{type.Name}\": {Errno.Describe(errno)}", NamespaceFailure.NotFound), $"{path}/{type.Name}");
                }
            }
        }

        return _existing.Count > 0 ? _existing : throw new NamespaceException($"{_attempt}: \"{path}\" is a directory, and no type was asked for", NamespaceFailure.InvalidArgument, "say which types, or name one namespace's file");
    }

    private void Keep(OwnedFd fd, string path)
    {
        int errno = NamespaceFiles.TryType(fd, out long flag);
        if (errno != 0 || (_options.Types != 0 && (_options.Types & flag) == 0))
        {
            fd.Dispose();
            throw new NamespaceException($"{_attempt}: \"{path}\" is no namespace of the type asked for", NamespaceFailure.InvalidArgument);
        }

        _existing.Add((NamespaceType.Of(flag), fd));
    }

    private List<NamespaceIdentity> Identities(IReadOnlyList<(NamespaceType Type, OwnedFd Fd)> found)
    {
        List<NamespaceIdentity> identities = [];
        foreach ((NamespaceType type, OwnedFd fd) in found)
        {
            identities.Add(NamespaceIdentity.TryOf(fd) ?? throw new NamespaceException($"{_attempt}: the kernel does not say which {type.Word} namespace it is"));
        }

        return identities;
    }

    private void Bind(IReadOnlyList<(NamespaceType Type, OwnedFd Fd)> found)
    {
        foreach ((NamespaceType type, OwnedFd fd) in found)
        {
            string path = $"{_names.Of(Beside)}/{type.Name}";
            using OwnedFd file = Files.Open(path, Fcntl.O_RDONLY | Fcntl.O_CREAT | Fcntl.O_EXCL | Fcntl.O_NOFOLLOW, 0);
            int errno = Mounts.TryBind(fd, file);
            if (errno != 0)
            {
                throw new NamespaceException(
                    $"{_attempt}: cannot keep the {type.Word} namespace",
                    NamespaceFailure.General,
                    NamespaceHints.Find("mount", errno),
                    new LinuxException("mount", errno, $"\"{path}\", MS_BIND"));
            }
        }
    }

    private void Link(IReadOnlyList<(NamespaceType Type, OwnedFd Fd)> found)
    {
        List<OwnedFd> kept = [];
        foreach ((_, OwnedFd fd) in found)
        {
            kept.Add(fd);
        }

        _keeper = KeeperProcess.Start(_attempt, _name, kept);
        foreach ((NamespaceType type, OwnedFd fd) in found)
        {
            string path = $"{_names.Of(Beside)}/{type.Name}";
            string target = $"/proc/{_keeper.Pid}/fd/{fd.Number}";
            int errno = Files.TryMakeLink(target, path);
            if (errno != 0)
            {
                throw new LinuxException("symlinkat", errno, $"\"{target}\", \"{path}\"");
            }
        }
    }

    private void AddIpNetns(IReadOnlyList<(NamespaceType Type, OwnedFd Fd)> found)
    {
        foreach ((NamespaceType type, OwnedFd fd) in found)
        {
            if (_options.IpNetns && type == NamespaceType.Network)
            {
                IpNetns.Add(_attempt, _name, fd);
                _inIpNetns = NamespaceIdentity.TryOf(fd);
            }
        }
    }
}
