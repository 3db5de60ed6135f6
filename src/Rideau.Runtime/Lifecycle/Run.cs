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
        birth.Release(untilExecuted: true);
        if (birth.Configuration.Hooks?.Poststart is { Count: > 0 } poststart)
        {
            context.Log.Debug($"hooks: {poststart.Count} poststart");
            Poststart.Run(birth.Record, poststart);
        }

        birth.Keep();
        if (options.Detach)
        {
            GateFiles.AwaitRelease(birth.Store.DirectoryOf(options.Id));
            notify?.PassOn(birth.Child.PidFd, birth.Child.Pid, context.Log);
            return 0;
        }

        notify?.PassOnBeside(birth.Child.PidFd, Credentials.ProcessId, context.Log);
        int status = Foreground.Wait(birth.Child, birth.TerminalMaster, options.NoSubreaper);
        context.Log.Debug($"the container's process ended with status {status}");
        if (!options.Keep)
        {
            Delete.Finished(context, birth.Store, birth.Record);
        }

        return status;
    }
}
