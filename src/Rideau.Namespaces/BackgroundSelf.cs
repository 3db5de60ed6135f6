using System.Collections.Generic;
using Rideau.Child.Outside;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Namespaces;

/// <summary>Starts this program once more, in a session of its own, and waits until it says that it is ready.</summary>
/// <remarks>Until then it has the caller's standard output and error, so that what it says of a failure is seen; then it lets go of them.</remarks>
public static class BackgroundSelf
{
    /// <summary>The variable by which the started one knows the descriptor that it says it is ready on.</summary>
    public const string Variable = "RIDEAU_READY_FD";

    private const byte Ready = (byte)'r';

    /// <summary>Starts it.</summary>
    /// <param name="attempt">"cannot forward in the background".</param>
    /// <param name="arguments">Its command line behind the program's name.</param>
    /// <param name="environment">NAME=VALUE.</param>
    /// <returns>Null where it is ready, else its exit status: it has said why.</returns>
    /// <exception cref="NamespaceException">It could not be started.</exception>
    public static int? Start(string attempt, IReadOnlyList<string> arguments, IReadOnlyList<string> environment)
    {
        (OwnedFd read, OwnedFd write) = Files.Pipe();
        using (read)
        using (write)
        using (var plan = new ChildPlanBuilder())
        {
            AddSteps(plan, write, arguments, environment);
            using ChildProcess child = ChildProcess.Start(plan, 0);
            write.Dispose();
            System.Span<byte> word = stackalloc byte[1];
            if (Files.Read(read, word) == 1 && word[0] == Ready)
            {
                return null;
            }

            int status = ForegroundWait.StatusOf(child);
            return plan.Failure is null ? status : throw PlanFailures.Describe(attempt, plan);
        }
    }

    /// <summary>In the one that was started: says that it is ready, and lets go of the caller's streams and directory.</summary>
    /// <param name="descriptor">What <see cref="Variable"/> says.</param>
    public static void SayReady(int descriptor)
    {
        using var pipe = new OwnedFd(descriptor);
        Files.WriteAll(pipe, [Ready]);
        StandardStreams.LetGo();
    }

    private static void AddSteps(ChildPlanBuilder plan, OwnedFd ready, IReadOnlyList<string> arguments, IReadOnlyList<string> environment)
    {
        plan.Begin("leave the caller's session");
        plan.Call(SyscallNumber.setsid);
        plan.Begin("find the program itself");
        Slot program = plan.NewSlot("program");
        plan.Call(SyscallNumber.openat, Fcntl.AT_FDCWD, plan.Text("/proc/self/exe"), Fcntl.O_PATH | Fcntl.O_CLOEXEC).Into(program);
        plan.Begin("read nothing");
        Slot none = plan.NewSlot("null device");
        plan.Call(SyscallNumber.openat, Fcntl.AT_FDCWD, plan.Text("/dev/null"), Fcntl.O_RDWR | Fcntl.O_CLOEXEC).Into(none);
        plan.Call(SyscallNumber.dup3, none, 0, 0);
        plan.Begin("keep only what is to be kept");
        plan.Call(SyscallNumber.close_range, 3, uint.MaxValue, Fcntl.CLOSE_RANGE_CLOEXEC);
        plan.Call(SyscallNumber.fcntl, ready, Fcntl.F_SETFD, 0);
        plan.Begin("execute the program");
        plan.ResetSignals(Signals.Ignored());
        plan.Call(SyscallNumber.rt_sigprocmask, 2, plan.Data(0UL), 0, 8);
        plan.Call(
            SyscallNumber.execveat, program, plan.Text(""), plan.TextArray(["rideau", .. arguments]),
            plan.TextArray([.. environment, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Variable}={ready.Number}")]), Fcntl.AT_EMPTY_PATH);
    }
}
