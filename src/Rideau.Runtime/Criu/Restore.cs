using System;
using Rideau.Kernel;
using Rideau.Kernel.Calls;
using Rideau.Runtime.Lifecycle;

namespace Rideau.Runtime.Criu;

/// <summary>restore: a container is made again from what checkpoint has written.</summary>
public static class Restore
{
    /// <summary>Makes the container; in the foreground, waits for its end and removes it.</summary>
    /// <returns>The exit status of the container's process, 128 + n where a signal ended it; 0 with Detach.</returns>
    /// <exception cref="ContainerException">As checkpoint; and InvalidArgument: there is no checkpoint, or the bundle does not fit. Nothing is left then but CRIU's log.</exception>
    public static int Execute(RuntimeContext context, RestoreOptions options)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(options);
        if (Privilege.EffectiveUid != 0)
        {
            context.Log.Warning("restore is untested with rootless containers");
        }

        using var restoration = new Restoration(context, options);
        restoration.Carry();
        using NotifySocket? notify = NotifySocket.Listen(restoration.Store.DirectoryOf(options.Id));
        if (options.Detach)
        {
            restoration.Keep();
            notify?.PassOn(restoration.Child!.PidFd, restoration.Child.Pid, context.Log);
            return 0;
        }

        using var foreground = new Foreground(options.NoSubreaper);
        restoration.Unlock();
        notify?.PassOnBeside(restoration.Child!.PidFd, Credentials.ProcessId, context.Log);
        int status = foreground.Wait(restoration.Child!, restoration.TerminalMaster);
        context.Log.Debug($"the container's process ended with status {status}");
        restoration.Keep();
        Remove(context, restoration);
        return status;
    }

    // The status of the process is what the caller waits for; what cannot be removed is told beside it.
    private static void Remove(RuntimeContext context, Restoration restoration)
    {
        try
        {
            if (restoration.TryLockAgain())
            {
                Delete.Finished(context, restoration.Store, restoration.Record);
            }
        }
        catch (Exception failure) when (failure is ContainerException or LinuxException)
        {
            string id = restoration.Record.Id;
            context.Log.Warning($"cannot remove container \"{id}\": {failure.Message}, ignoring: \"rideau delete --force {id}\" removes what is left");
        }
    }
}
