namespace Rideau.Runtime.Lifecycle;

/// <summary>exec: one more process in a container.</summary>
public static class Exec
{
    /// <returns>The exit status of the process; 0 with Detach.</returns>
    public static int Execute(RuntimeContext context, ExecOptions options)
    {
        using var newcomer = new Newcomer(context, options);
        newcomer.CheckTerminal();
        using Foreground? foreground = options.Detach ? null : new Foreground(options.NoSubreaper);
        newcomer.Enter();
        options.Sockets?.Dispose(); // they are the process's alone: when it closes one, nobody listens there any more
        if (foreground is null)
        {
            return 0;
        }

        int status = newcomer.Wait(foreground);
        context.Log.Debug($"process {newcomer.Child.Pid} ended with status {status}");
        return status;
    }
}
