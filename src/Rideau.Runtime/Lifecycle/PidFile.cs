using System.Globalization;
using System.Text;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Runtime.Lifecycle;

/// <summary>--pid-file: decimal digits and nothing else, there in full or not at all.</summary>
public static class PidFile
{
    /// <exception cref="ContainerException">It cannot be written.</exception>
    public static void Write(string path, int pid)
    {
        int slash = path.LastIndexOf('/');
        string beside = $"{path[..(slash + 1)]}.{path[(slash + 1)..]}";
        try
        {
            // What is there is of a command that was killed, or a link that somebody else put there: neither is written to.
            _ = Files.TryRemove(beside); // ignored: most often there is none
            using (OwnedFd file = Files.Open(beside, Fcntl.O_WRONLY | Fcntl.O_CREAT | Fcntl.O_EXCL | Fcntl.O_NOFOLLOW, 0x1a4)) // 0644
            {
                Files.WriteAll(file, Encoding.ASCII.GetBytes(pid.ToString(CultureInfo.InvariantCulture)), beside);
            }

            int errno = Files.TryRename(beside, path);
            if (errno != 0)
            {
                throw new LinuxException("renameat2", errno, $"\"{beside}\", \"{path}\"");
            }
        }
        catch (LinuxException failure)
        {
            _ = Files.TryRemove(beside); // ignored: it may not be there
            throw new ContainerException($"cannot write the pid file \"{path}\"", FailureCode.General, ErrorHints.Find("write", failure.Errno), failure);
        }
    }
}
