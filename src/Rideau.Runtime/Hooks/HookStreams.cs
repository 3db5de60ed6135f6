using System;
using System.Collections.Generic;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;
using Rideau.Runtime.Spec;

namespace Rideau.Runtime.Hooks;

/// <summary>Files that hooks write to, where annotations name some; null where not.</summary>
internal sealed class HookStreams : IDisposable
{
    private HookStreams(OwnedFd? output, OwnedFd? error)
    {
        Output = output;
        Error = error;
    }

    internal OwnedFd? Output { get; }

    internal OwnedFd? Error { get; }

    /// <summary>Opens them, for appending; a file that is missing is made.</summary>
    /// <exception cref="ContainerException">One cannot be opened.</exception>
    internal static HookStreams Open(Dictionary<string, string> annotations)
    {
        OwnedFd? output = Open(RunOciAnnotations.HooksOutput(annotations), "run.oci.hooks.stdout");
        try
        {
            return new HookStreams(output, Open(RunOciAnnotations.HooksError(annotations), "run.oci.hooks.stderr"));
        }
        catch
        {
            output?.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        Output?.Dispose();
        Error?.Dispose();
    }

    private static OwnedFd? Open(string? path, string annotation)
    {
        if (path is null)
        {
            return null;
        }

        int errno = Files.TryOpen(path, Fcntl.O_WRONLY | Fcntl.O_APPEND | Fcntl.O_CREAT, out OwnedFd? file, 0x1c0);
        return file ?? throw new ContainerException($"cannot open the file of annotation {annotation}", FailureCode.InvalidArgument, null, new LinuxException("openat", errno, $"\"{path}\""));
    }
}
