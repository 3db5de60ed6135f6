using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Runtime.Lifecycle;

/// <summary>Reads config.json of a bundle.</summary>
internal static class BundleReader
{
    internal const int LimitBytes = 16 << 20;

    internal static byte[] ReadBytes(string bundle)
    {
        string path = $"{bundle}/config.json";
        int errno = Files.TryOpen(path, Fcntl.O_RDONLY, out OwnedFd? file);
        if (file is null)
        {
            throw new ContainerException(
                $"cannot open \"{path}\": {Errno.Text(errno).ToLowerInvariant()}",
                FailureCode.InvalidArgument,
                errno == Errno.ENOENT ? "--bundle names a directory with a config.json; \"rideau spec\" writes one" : ErrorHints.Find("openat", errno),
                new LinuxException("openat", errno, $"\"{path}\""));
        }

        using (file)
        {
            return Files.ReadAll(file, LimitBytes, path);
        }
    }
}
