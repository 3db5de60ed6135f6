using System;
using System.Collections.Generic;
using Rideau.Child.Outside;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Namespaces;

/// <summary>fusermount3(1), which mounts for users who may not: it opens /dev/fuse, mounts, and sends the descriptor back.</summary>
internal static class Fusermount
{
    private const int TimeoutMilliseconds = 10_000;

    /// <summary>Where it is, or null.</summary>
    internal static string? Find()
    {
        string path = Environment.GetEnvironmentVariable("PATH") ?? "";
        foreach (string candidate in SearchPath.Candidates("fusermount3", [$"PATH={path}:/usr/bin:/bin"]))
        {
            if (candidate.StartsWith('/') && Files.TryStatus(candidate, out FileStatus status) == 0 && status.IsRegularFile)
            {
                return candidate;
            }
        }

        return null;
    }

    /// <summary>Mounts.</summary>
    /// <returns>The descriptor of /dev/fuse.</returns>
    /// <exception cref="NamespaceException">It refused; what it said is in the message.</exception>
    internal static OwnedFd Mount(string attempt, string program, string path, bool allowOther)
    {
        using var channel = new ChildChannel();
        List<string> environment = [.. InheritedEnvironment.Variables];
        environment.RemoveAll(static variable => variable.StartsWith("_FUSE_COMMFD=", StringComparison.Ordinal));
        environment.Add("_FUSE_COMMFD=1");
        string options = $"rw,nosuid,nodev,noexec,fsname=rideau,subtype=rideau-ns,default_permissions{(allowOther ? ",allow_other" : "")}";
        ProgramOutcome outcome = OutsideProgram.Run(program, [program, "-o", options, "--", path], environment, [], TimeoutMilliseconds, outputTo: channel.Child);
        channel.Child.Dispose();
        if (outcome.Succeeded)
        {
            _ = channel.Receive(out OwnedFd? descriptor); // ignored: the byte that comes with it says nothing
            if (descriptor is not null)
            {
                return descriptor;
            }
        }

        throw new NamespaceException(
            $"{attempt}: fusermount3: {outcome.Describe()}",
            NamespaceFailure.NotPermitted,
            "an ordinary user needs /dev/fuse open for reading and writing, a directory of his own, and for --allow-other the line user_allow_other in /etc/fuse.conf");
    }

    /// <summary>Takes a mount away.</summary>
    /// <returns>0, or the positive errno: EBUSY, or EPERM for anything else.</returns>
    internal static int TryUnmount(string program, string path, bool lazy)
    {
        ProgramOutcome outcome = OutsideProgram.Run(program, lazy ? [program, "-u", "-z", "--", path] : [program, "-u", "--", path], InheritedEnvironment.Variables, [], TimeoutMilliseconds);
        return outcome.Succeeded ? 0 : outcome.Output.Contains("busy", StringComparison.Ordinal) ? Errno.EBUSY : Errno.EPERM;
    }
}
