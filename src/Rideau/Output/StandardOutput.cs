using System;
using System.Text;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Runtime;
using Rideau.Kernel;

namespace Rideau.Output;

/// <summary>Standard output and error by write(2): Console costs a tenth of a millisecond and more at start.</summary>
internal static class StandardOutput
{
    /// <exception cref="ContainerException">The output cannot be written.</exception>
    internal static void Write(ReadOnlySpan<byte> bytes)
    {
        int errno = StandardStreams.TryWrite(1, bytes);
        if (errno is not (0 or Errno.EPIPE))
        {
            throw new ContainerException("cannot write to standard output", FailureCode.General, null, new LinuxException("write", errno, "standard output"));
        }
    }

    internal static void Write(string text) => Write(Encoding.UTF8.GetBytes(text));

    internal static void WriteError(string text) =>
        _ = StandardStreams.TryWrite(2, Encoding.UTF8.GetBytes(text)); // ignored: there is no other place to say it
}
