using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;
using Rideau.Runtime;
using Rideau.Runtime.Spec;

namespace Rideau.CommandLine;

/// <summary>A JSON file that a command was given; "-" is standard input.</summary>
internal static class GivenFile
{
    /// <summary>Reads it whole.</summary>
    /// <param name="what">What errors call it: "--resources".</param>
    /// <param name="file">As it was given.</param>
    /// <param name="name">What errors in it call it.</param>
    internal static byte[] Read(string what, string file, out string name)
    {
        name = file;
        if (file == "-")
        {
            name = "standard input";
            return StandardStreams.ReadInput(ConfigurationReader.MaximumBytes);
        }

        string path = AbsolutePath.Of(file);
        int errno = Files.TryOpen(path, Fcntl.O_RDONLY, out OwnedFd? opened);
        if (opened is null)
        {
            throw new ContainerException($"cannot read {what}: open {file}: {Errno.Text(errno)}", FailureCode.InvalidArgument, null, new LinuxException("openat", errno, $"\"{path}\""));
        }

        using (opened)
        {
            return Files.ReadAll(opened, ConfigurationReader.MaximumBytes, path);
        }
    }
}
