using System;
using System.Collections.Generic;
using Rideau.CommandLine;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Namespaces;
using Rideau.Output;

namespace Rideau.Commands;

/// <summary>What the server of "ns mount" starts for a change of names: as "ns create" and its kin, but ends with the errno.</summary>
internal static class NsChangeCommand
{
    internal static Command Describe() => new()
    {
        Name = "ns change",
        Arguments = "create NAME TYPES [PATH] | remove NAME | rename NAME NEW-NAME",
        Summary = "change names, and end with the errno",
        Description = "For the server of \"ns mount\". The status is the errno of what failed, or 0.",
        Examples = "# make\nrideau ns change create lab net,uts\n# take away\nrideau ns change create lab net\nrideau ns change remove lab",
        ExitStatus = "0 when it is done, otherwise the errno that a file system answers with.",
        MinimumArguments = 2,
        MaximumArguments = 4,
        Hidden = true,
        Execute = Execute,
    };

    private static int Execute(Invocation invocation)
    {
        try
        {
            Perform(NsCommand.Names(invocation), invocation.Arguments);
            return ExitCode.Success;
        }
        catch (Exception failure) when (failure is NamespaceException or LinuxException)
        {
            ErrorReport.Write(failure, null, "ns change");
            return ErrnoOf(failure);
        }
    }

    private static void Perform(NamedNamespaces names, List<string> words)
    {
        switch (words[0], words.Count)
        {
            case ("create", 3 or 4):
                names.Create(words[1], new CreateOptions { Types = words[2].Length == 0 ? 0 : NamespaceType.Split(words[2]), Existing = words.Count > 3 ? words[3] : null }, out _);
                break;
            case ("remove", 2):
                names.Remove(words[1]);
                break;
            case ("rename", 3):
                names.Rename(words[1], words[2]);
                break;
            default:
                throw new NamespaceException("ns change: it is create, remove or rename", NamespaceFailure.InvalidArgument);
        }
    }

    // What the kernel said; where we said it, what comes nearest.
    private static int ErrnoOf(Exception failure)
    {
        for (Exception? at = failure; at is not null; at = at.InnerException)
        {
            if (at is LinuxException call)
            {
                return call.Errno is > 0 and < 256 ? call.Errno : Errno.EIO;
            }
        }

        return failure is NamespaceException { Kind: var kind } ? kind switch
        {
            NamespaceFailure.InvalidArgument => Errno.EINVAL,
            NamespaceFailure.NotFound => Errno.ENOENT,
            NamespaceFailure.AlreadyExists => Errno.EEXIST,
            NamespaceFailure.Stale => Errno.ESTALE,
            NamespaceFailure.NotPermitted => Errno.EPERM,
            NamespaceFailure.NotSupported => Errno.EOPNOTSUPP,
            _ => Errno.EIO,
        }
        : Errno.EIO;
    }
}
