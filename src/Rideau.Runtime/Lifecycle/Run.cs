using System;
using Rideau.Kernel;
using Rideau.Kernel.Calls;

namespace Rideau.Runtime.Lifecycle;

/// <summary>run: create, start, wait and delete in one process.</summary>
public static class Run
{
    /// <returns>The exit status of the container's process, 128 + n where a signal ended it; 0 with Detach.</returns>
    public static int Execute(RuntimeContext context, CreateOptions options)
    {
        using var birth = new Birth(context, options);
        birth.Conceive(gate: false);
        using NotifySocket? notify = NotifySocket.Listen(birth.Store.DirectoryOf(options.Id));
        using Foreground? foreground = options.Detach ? null : new Foreground(options.NoSubreaper);
        birth.Release(untilExecuted: true);
        options.Sockets?.Dispose(); // they are the process's alone: when it closes one, nobody listens there any more
        if (birth.Configuration.Hooks?.Poststart is { Count: > 0 } poststart)
        {
            context.Log.Debug($"hooks: {poststart.Count} poststart");
            Poststart.Run(birth.Record, poststart);
        }

        if (foreground is null)
        {
            GateFiles.AwaitRelease(birth.Store.DirectoryOf(options.Id));
            birth.Keep();
            notify?.PassOn(birth.Child.PidFd, birth.Child.Pid, context.Log);
            return 0;
        }

        birth.Unlock();
        notify?.PassOnBeside(birth.Child.PidFd, Credentials.ProcessId, context.Log);
        int status = foreground.Wait(birth.Child, birth.TerminalMaster);
        context.Log.Debug($"the container's process ended with status {status}");
        birth.Keep();
        if (!options.Keep)
        {
            Remove(context, birth);
        }

        return status;
    }

    // The status of the process is what the caller waits for; what cannot be removed is told beside it.
    private static void Remove(RuntimeContext context, Birth birth)
    {
        try
        {
            if (birth.TryLockAgain())
            {
                Delete.Finished(context, birth.Store, birth.Record);
            }
        }
        catch (Exception failure) when (failure is ContainerException or LinuxException)
        {
            context.Log.Warning($"cannot remove container \"{birth.Record.Id}\": {failure.Message}, ignoring: \"rideau delete --force {birth.Record.Id}\" removes what is left");
        }
    }
}
