using System;
using System.Diagnostics;
using System.Globalization;
using System.Threading;
using Rideau.Child.Contract;
using Rideau.Child.Outside;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.ChildProbe;

/// <summary>Makes children by clone3 while other threads allocate and collect, and counts those that hang.</summary>
/// <remarks>usage: rideau-child-probe CLONES; prints "N clones, H hung, F failed, C collections", and ends with 1 unless H and F are 0.</remarks>
internal static class Program
{
    private const int ThreadCount = 3;
    private const int PatienceMilliseconds = 2000;
    private static volatile bool s_stop;
    private static OwnedFd? s_root;

    private static int Main(string[] arguments)
    {
        int clones = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 1000;
        using OwnedFd root = Files.Open("/", Fcntl.O_PATH | Fcntl.O_DIRECTORY);
        s_root = root;
        var threads = new Thread[ThreadCount];
        for (int i = 0; i < threads.Length; i++)
        {
            threads[i] = new Thread(Allocate) { IsBackground = true };
            threads[i].Start();
        }

        int hung = 0;
        int failed = 0;
        var clock = Stopwatch.StartNew();
        for (int i = 0; i < clones && clock.Elapsed < TimeSpan.FromMinutes(4); i++)
        {
            switch (MakeOne(i))
            {
                case Outcome.Hung:
                    hung++;
                    break;
                case Outcome.Failed:
                    failed++;
                    break;
            }
        }

        s_stop = true;
        Console.WriteLine($"{clones} clones, {hung} hung, {failed} failed, {GC.CollectionCount(0)} collections, {clock.ElapsedMilliseconds} ms");
        return hung + failed == 0 ? 0 : 1;
    }

    private static void Allocate()
    {
        object?[] kept = new object?[64];
        for (int i = 0; !s_stop; i++)
        {
            kept[i % kept.Length] = new byte[(i * 37 % 20000) + 1];
            if (i % 500 == 0)
            {
                GC.Collect(i % 2);
            }
        }
    }

    // Every fourth child executes a program; the others end with the plan.
    private static Outcome MakeOne(int number)
    {
        using var plan = new ChildPlanBuilder();
        Slot file = plan.NewSlot("file");
        plan.Begin("open a file and write to it");
        for (int i = 0; i < 20; i++)
        {
            plan.Call(SyscallNumber.openat, Fcntl.AT_FDCWD, plan.Text("/dev/null"), Fcntl.O_WRONLY | Fcntl.O_CLOEXEC).Into(file);
            plan.Call(SyscallNumber.write, file, plan.Text("some words"), 10);
            plan.Call(SyscallNumber.close, file);
        }

        plan.Begin("what is more than one system call");
        Slot place = plan.NewSlot("place");
        plan.OpenInRoot(s_root!, "/usr/bin", RootTarget.MustExist).Into(place);
        plan.Call(SyscallNumber.close, place);
        plan.CheckWorkingDirectory();
        plan.ResetSignals(ulong.MaxValue);
        Slot program = plan.NewSlot("program");
        plan.FindExecutable(["/nowhere/true", "/bin/true"]).Into(program);
        if (number % 4 == 0)
        {
            plan.Call(SyscallNumber.execve, program, plan.TextArray(["true"]), plan.TextArray([]));
        }

        using ChildProcess child = ChildProcess.Start(plan, number % 8 == 1 ? Sched.CLONE_NEWUTS : 0);
        if (!child.TryWait(PatienceMilliseconds, out int code, out int status))
        {
            child.KillAndWait();
            return Outcome.Hung;
        }

        return code == 1 && status == 0 ? Outcome.Well : Outcome.Failed;
    }

    private enum Outcome
    {
        Well,
        Hung,
        Failed,
    }
}
