namespace Rideau.Runtime.Lifecycle;

/// <summary>exec: one more process in a container.</summary>
public static class Exec
{
    /// <returns>The exit status of the process; 0 with Detach.</returns>
    public static int Execute(RuntimeContext context, ExecOptions options)
    {
        using var newcomer = new Newcomer(context, options);
        newcomer.Enter();
        if (options.Detach)
        {
            return 0;
        }

        int status = Foreground.Wait(newcomer.Child, newcomer.TerminalMaster, options.NoSubreaper);
        context.Log.Debug($"process {newcomer.Child.Pid} ended with status {status}");
        return status;
    }
}
