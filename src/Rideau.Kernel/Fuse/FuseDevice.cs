using System;
using System.Globalization;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Kernel.Fuse;

/// <summary>The kernel's end of one mount: requests are read from it and answers written to it. The mount dies with it.</summary>
/// <remarks>man: fuse(4), mount(2) · runs in: caller</remarks>
public sealed class FuseDevice : IDisposable
{
    /// <summary>Where the kernel has it.</summary>
    public const string Path = "/dev/fuse";

    /// <summary>The most bytes of one request: a name and a link's target fit, and what is written to a file is refused anyway.</summary>
    public const int RequestBytes = 16 << 10;

    /// <param name="descriptor">/dev/fuse, open; taken over. Reads from it do not wait from now on.</param>
    public FuseDevice(OwnedFd descriptor)
    {
        Descriptor = descriptor;
        Files.MakeNonblocking(descriptor);
    }

    /// <summary>For poll(2).</summary>
    public OwnedFd Descriptor { get; }

    /// <summary>True once the mount is gone.</summary>
    public bool IsGone { get; private set; }

    /// <summary>Opens it.</summary>
    /// <returns>0, or the positive errno: EACCES, ENOENT and ENODEV without FUSE.</returns>
    public static int TryOpen(out OwnedFd? descriptor) => Files.TryOpen(Path, Fcntl.O_RDWR, out descriptor);

    /// <summary>Mounts the file system whose requests come from a descriptor.</summary>
    /// <param name="descriptor">/dev/fuse, opened in the user namespace that mounts.</param>
    /// <param name="target">The directory, open; what is on it is covered.</param>
    /// <param name="source">What the mount table calls the source.</param>
    /// <param name="type">"fuse.SUBTYPE".</param>
    /// <param name="options">Beside fd, rootmode, user_id and group_id; with a comma in front of each.</param>
    /// <returns>0, or the positive errno: EPERM without CAP_SYS_ADMIN in the mount namespace, EINVAL where the descriptor is of another user namespace.</returns>
    public static int TryMount(OwnedFd descriptor, OwnedFd target, string source, string type, string options) => Mounts.TryMount(
        source,
        string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{target.Number}"),
        type,
        Mount.MS_NOSUID | Mount.MS_NODEV | Mount.MS_NOEXEC,
        string.Create(CultureInfo.InvariantCulture, $"fd={descriptor.Number},rootmode=40000,user_id={Credentials.EffectiveUid},group_id={Credentials.EffectiveGid}{options}"));

    /// <summary>The next request.</summary>
    /// <param name="buffer">Of <see cref="RequestBytes"/>.</param>
    /// <returns>How long it is; 0 where none waits, or the mount is gone.</returns>
    public int Read(Span<byte> buffer)
    {
        while (true)
        {
            int got = Files.TryReadSome(Descriptor.Number, buffer);
            switch (-got)
            {
                case Errno.ENOENT: // it was taken back while it was read
                    continue;
                case Errno.EAGAIN:
                    return 0;
                case Errno.ENODEV or Errno.ECONNABORTED: // unmounted; ended through /sys/fs/fuse/connections
                    IsGone = true;
                    return 0;
                default:
                    return got >= 0 ? got : throw new LinuxException("read", -got, $"\"{Path}\"");
            }
        }
    }

    /// <summary>Writes an answer. One that nobody waits for any more is dropped by the kernel.</summary>
    public void Write(ReadOnlySpan<byte> message)
    {
        int wrote = Files.TryWriteSome(Descriptor.Number, message);
        if (wrote is -Errno.ENODEV or -Errno.ENOTCONN or -Errno.ECONNABORTED or -Errno.EPERM)
        {
            IsGone = true;
        }
        else if (wrote < 0 && wrote != -Errno.ENOENT)
        {
            throw new LinuxException("write", -wrote, $"\"{Path}\"");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Descriptor.Dispose();
}
