using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Rideau.Child.Outside;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Fuse;
using Rideau.Kernel.Handles;

namespace Rideau.Namespaces;

/// <summary>All namespaces of the machine as a tree of files, served by this program (FUSE). docs/namespaces.md</summary>
/// <remarks>man: fuse(4) · kernel 3.15+ · docs/decisions/0011-the-namespace-file-system.md</remarks>
public static class NamespaceMount
{
    private const byte Ready = (byte)'r';
    private const string Missing = "an ordinary user needs fusermount3 (Debian: apt-get install fuse3), or a user and mount namespace of his own: unshare --user --map-root-user --mount rideau ns mount …";

    /// <summary>Mounts the tree and serves it until it is unmounted, or a signal ends it (INT, TERM, HUP), which unmounts it. A mount whose server has died is taken away first.</summary>
    /// <param name="names">Whose names are shown and changed.</param>
    /// <param name="options">Where, and for whom.</param>
    /// <param name="ready">Called once, when the tree can be used.</param>
    /// <exception cref="NamespaceException">NotFound, AlreadyExists (it is mounted there already), NotPermitted, NotSupported (no FUSE), InvalidArgument (--root is below the directory).</exception>
    public static void Serve(NamedNamespaces names, NamespaceMountOptions options, Action ready)
    {
        ArgumentNullException.ThrowIfNull(names);
        ArgumentNullException.ThrowIfNull(options);
        string attempt = $"cannot mount on \"{options.Directory}\"";
        OwnedFd descriptor;
        string path;
        using (MountPoint point = Prepare(attempt, options.Directory, names.Root))
        {
            path = point.Path;
            descriptor = Attach(attempt, point, options.AllowOther);
        }

        using var device = new FuseDevice(descriptor);
        using var server = new NamespaceMountServer(names, device, path);
        server.Run(ready);
    }

    /// <summary>Starts a process of this program that serves, and waits until the tree can be used.</summary>
    /// <param name="attempt">"cannot mount on \"/ns\"".</param>
    /// <param name="words">Its command line; behind it the number of a descriptor is put, to which it writes a byte when it is ready (<see cref="TellReady"/>).</param>
    /// <param name="said">What it said where it failed.</param>
    /// <returns>0, or its exit status.</returns>
    public static int Start(string attempt, IReadOnlyList<string> words, out string said)
    {
        using var plan = new ChildPlanBuilder();
        using var channel = new ChildChannel();
        (OwnedFd read, OwnedFd write) = Files.Pipe();
        using (read)
        {
            ChildProcess server;
            using (write)
            {
                server = OwnProgram.Start(attempt, plan, channel, [.. words, channel.Child.Number.ToString(CultureInfo.InvariantCulture)], write, channel.Child);
            }

            using (server)
            {
                said = "";
                if (channel.Receive(out _) == Ready)
                {
                    return 0;
                }

                _ = server.TryWait(-1, out int code, out int status); // ignored: without a limit it waits until the end
                said = Encoding.UTF8.GetString(Files.ReadAll(read, 1 << 16, "what the server said"));
                return code == 1 && status != 0 ? status : 1;
            }
        }
    }

    /// <summary>Says to who waits in <see cref="Start"/> that the tree can be used.</summary>
    /// <param name="number">The number that the command line ended with.</param>
    public static void TellReady(int number)
    {
        using var channel = new OwnedFd(number);
        _ = Files.TryWriteSome(channel.Number, [Ready]); // ignored: who waited has gone, and the tree is there all the same
    }

    /// <summary>Takes the tree away.</summary>
    /// <param name="directory">Where it is mounted, absolute.</param>
    /// <param name="lazy">Also while it is in use: who is in it stays, and nobody else gets there.</param>
    /// <exception cref="NamespaceException">NotFound: no tree is mounted there. General: it is in use. NotPermitted.</exception>
    public static void Unmount(string directory, bool lazy)
    {
        string attempt = $"cannot unmount \"{directory}\"";
        using MountPoint point = MountPoint.Open(attempt, directory);
        if (point.MountId() is null)
        {
            throw new NamespaceException($"{attempt}: no tree of namespaces is mounted there", NamespaceFailure.NotFound, "\"findmnt -t fuse.rideau-ns\" lists them");
        }

        bool dead = point.IsDead();
        point.Dispose(); // it would be in use by this
        int errno = point.TryUnmount(lazy || dead);
        if (errno != 0)
        {
            throw new NamespaceException(
                attempt,
                errno == Errno.EPERM ? NamespaceFailure.NotPermitted : NamespaceFailure.General,
                errno == Errno.EBUSY ? "somebody is in it, or has a file of it open; --lazy takes it away all the same" : null,
                new LinuxException("umount2", errno, $"\"{point.Path}\""));
        }
    }

    private static MountPoint Prepare(string attempt, string directory, string root)
    {
        MountPoint point = MountPoint.Open(attempt, directory);
        try
        {
            if (IsBelow(Canonical(root), point.Path))
            {
                throw new NamespaceException($"{attempt}: the names are kept below it, in \"{root}\"", NamespaceFailure.InvalidArgument, "choose a directory that is not above --root");
            }

            if (IsBelow(Canonical(NameChanges.IpNetnsDirectory), point.Path))
            {
                throw new NamespaceException($"{attempt}: the names of ip-netns(8) are below it, in \"{NameChanges.IpNetnsDirectory}\"", NamespaceFailure.InvalidArgument, "choose another directory");
            }

            while (point.MountId() is not null)
            {
                point = Clear(attempt, directory, point);
            }

            return point;
        }
        catch
        {
            point.Dispose();
            throw;
        }
    }

    // A tree whose server has died is taken away; one that lives stays.
    private static MountPoint Clear(string attempt, string directory, MountPoint point)
    {
        if (!point.IsDead())
        {
            throw new NamespaceException($"{attempt}: a tree of namespaces is mounted there already", NamespaceFailure.AlreadyExists, $"\"rideau ns unmount {directory}\" takes it away");
        }

        int errno = point.TryUnmount(lazy: true);
        if (errno != 0)
        {
            throw new NamespaceException($"{attempt}: the server of the tree that is mounted there has died, and it cannot be taken away", NamespaceFailure.NotPermitted, null, new LinuxException("umount2", errno, $"\"{point.Path}\", MNT_DETACH"));
        }

        point.Dispose();
        return MountPoint.Open(attempt, directory);
    }

    // The server looks there, and would wait for itself.
    private static bool IsBelow(string path, string directory) => path == directory || path.StartsWith(directory.TrimEnd('/') + "/", StringComparison.Ordinal);

    private static string Canonical(string path)
    {
        if (Files.TryOpen(path, Fcntl.O_PATH, out OwnedFd? fd) != 0 || fd is null)
        {
            return path;
        }

        using (fd)
        {
            return Files.ReadLink($"/proc/self/fd/{fd.Number}") ?? path;
        }
    }

    private static OwnedFd Attach(string attempt, MountPoint point, bool allowOther)
    {
        int errno = FuseDevice.TryOpen(out OwnedFd? descriptor);
        if (descriptor is not null)
        {
            errno = FuseDevice.TryMount(descriptor, point.Directory, "rideau", MountPoint.FileSystem, $",default_permissions{(allowOther ? ",allow_other" : "")}");
            if (errno == 0)
            {
                return descriptor;
            }

            descriptor.Dispose();
        }

        bool opened = descriptor is not null;
        if (errno is Errno.EPERM or Errno.EACCES && Credentials.EffectiveUid != 0 && Fusermount.Find() is { } program)
        {
            return Fusermount.Mount(attempt, program, point.Path, allowOther);
        }

        throw new NamespaceException(
            attempt,
            errno is Errno.ENOENT or Errno.ENODEV or Errno.ENXIO ? NamespaceFailure.NotSupported : NamespaceFailure.NotPermitted,
            errno switch
            {
                Errno.ENOENT or Errno.ENODEV or Errno.ENXIO => "this kernel has no FUSE: modprobe fuse, or mknod /dev/fuse c 10 229",
                Errno.EACCES => "/dev/fuse is not open to this user: chmod 666 /dev/fuse, as udev has it",
                Errno.EPERM => Missing,
                Errno.EINVAL when opened => "/dev/fuse must be opened in the user namespace that owns the mount namespace",
                _ => null,
            },
            opened ? new LinuxException("mount", errno, $"\"rideau\", \"{point.Path}\", \"{MountPoint.FileSystem}\"") : new LinuxException("openat", errno, $"\"{FuseDevice.Path}\", O_RDWR"));
    }
}
