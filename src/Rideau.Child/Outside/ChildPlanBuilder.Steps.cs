// RUNS IN: caller
using System.Collections.Generic;
using System.Text;
using Rideau.Child.Contract;
using Rideau.Child.Inside;
using Rideau.Kernel.Abi;

namespace Rideau.Child.Outside;

// The steps there are; StepKind says what each does.
public sealed unsafe partial class ChildPlanBuilder
{
    /// <summary>One system call.</summary>
    public Step Call(int number, Argument a0 = default, Argument a1 = default, Argument a2 = default, Argument a3 = default, Argument a4 = default, Argument a5 = default) =>
        Add(StepKind.Call, number, a0, a1, a2, a3, a4, a5);

    /// <summary>Opens <paramref name="path"/> inside <paramref name="root"/>, so that no link in it leads out; see <see cref="RootTarget"/>.</summary>
    /// <param name="root">A directory descriptor.</param>
    /// <param name="path">The path; a leading slash means the root.</param>
    /// <param name="target">What to do where it is missing.</param>
    /// <param name="mode">Of what is made; 0755 unless given.</param>
    public Step OpenInRoot(Argument root, string path, RootTarget target, int mode = 0x1ed) =>
        Add(StepKind.OpenInRoot, 0, root, Text(path), (int)target, mode);

    /// <summary>Waits for a message of one byte.</summary>
    public Step Receive(Argument socket, byte message) => Add(StepKind.Receive, 0, socket, (int)message);

    /// <summary>Sends a message of one byte.</summary>
    public Step Send(Argument socket, byte message) => Add(StepKind.Send, 0, socket, (int)message);

    /// <summary>Sends a descriptor with a text.</summary>
    public Step SendDescriptor(Argument socket, Argument descriptor, string data) =>
        Add(StepKind.SendDescriptor, 0, socket, descriptor, Text(data), Encoding.UTF8.GetByteCount(data));

    /// <summary>Waits for a descriptor.</summary>
    public Step ReceiveDescriptor(Argument socket) => Add(StepKind.ReceiveDescriptor, 0, socket);

    /// <summary>Waits until a start opens the gate.</summary>
    /// <param name="gate">A FIFO, open for reading and writing.</param>
    /// <param name="report">A FIFO that a failure is written to.</param>
    public Step Gate(Argument gate, Argument report) => Add(StepKind.Gate, 0, gate, report);

    /// <summary>Goes on in a new sibling, which is in the pid namespace that was joined; the process before it ends.</summary>
    /// <param name="namespaces">CLONE_NEW flags of what the sibling gets new.</param>
    /// <param name="standsStill">
    /// The process before it ends only when the sibling has become its program or has failed: its end takes time, which is not the
    /// program's then. For a plan whose sibling waits for nobody, who would wait for that end first.
    /// </param>
    public Step CloneOnward(long namespaces, bool standsStill = false) => Add(StepKind.CloneOnward, 0, namespaces, standsStill ? 1 : 0);

    /// <summary>Runs a program and waits for it.</summary>
    public Step RunHook(string path, IReadOnlyList<string> arguments, IReadOnlyList<string> environment, int standardInput, int timeoutMilliseconds, int standardOutput = -1, int standardError = -1)
    {
        Inherit(Argument.Descriptor(standardInput));
        Inherit(Argument.Descriptor(standardOutput));
        Inherit(Argument.Descriptor(standardError));
        var hook = new HookProgram
        {
            Path = (byte*)Text(path).Value,
            Arguments = (byte**)TextArray(arguments.Count == 0 ? [path] : arguments).Value,
            Environment = (byte**)TextArray(environment).Value,
            StandardInput = standardInput,
            StandardOutput = standardOutput,
            StandardError = standardError,
            TimeoutMilliseconds = timeoutMilliseconds,
        };
        return Add(StepKind.RunHook, 0, Data(hook));
    }

    /// <summary>Closes every descriptor from a number on, but those of the caller's that a later step names. What the plan itself has opened is closed too.</summary>
    public Step CloseOthers(int first)
    {
        byte* kept = Reserve(KeptLimit * sizeof(int), 8);
        _closings.Add((_count, first));
        return Add(StepKind.CloseOthers, 0, first, new Argument((nint)kept, ArgumentKind.Data));
    }

    /// <summary>Copies what is in one directory into another, with owners, modes and links.</summary>
    public Step CopyTree(Argument from, Argument to, int entryLimit) => Add(StepKind.CopyTree, 0, from, to, entryLimit);

    /// <summary>Looks for the first candidate that can be executed.</summary>
    public Step FindExecutable(IReadOnlyList<string> candidates) =>
        Add(StepKind.FindExecutable, 0, TextSequence(candidates), candidates.Count);

    /// <summary>Signals get their default action again, those that a caller or the runtime ignores: execve(2) keeps what is ignored.</summary>
    /// <param name="signals">Bit n - 1 stands for signal n.</param>
    public Step ResetSignals(ulong signals) => Add(StepKind.ResetSignals, 0, unchecked((long)signals));

    /// <summary>Signals end the child with 128 + their number, also where it is the first process of a pid namespace, which the kernel spares; they are unblocked. execve(2) takes the handlers away.</summary>
    /// <param name="signals">Bit n - 1 stands for signal n.</param>
    public void EndBySignals(ulong signals)
    {
        nint handler = (nint)(delegate*<int, void>)&ProcessEnd.BySignal;
        Argument action = Data(new kernel_sigaction { sa_handler = handler, sa_flags = SignalAbi.SA_RESTORER, sa_restorer = handler, sa_mask = ulong.MaxValue });
        for (int signal = 1; signal <= 64; signal++)
        {
            if ((signals & (1UL << (signal - 1))) != 0)
            {
                Call(SyscallNumber.rt_sigaction, signal, action, 0, 8);
            }
        }

        Call(SyscallNumber.rt_sigprocmask, 1, Data(signals), 0, 8); // SIG_UNBLOCK
    }

    /// <summary>Puts decimal digits and a NUL behind the first bytes of a scratch space.</summary>
    public Step FormatNumber(Argument scratch, Argument number, int prefixBytes) =>
        Add(StepKind.FormatNumber, 0, scratch, number, prefixBytes);

    /// <summary>Fails with an errno.</summary>
    public Step Fail(int errno) => Add(StepKind.Fail, 0, errno);

    /// <summary>What is there must be a node of that type and number.</summary>
    public Step CheckNode(Argument directory, Argument name, int type, long number) => Add(StepKind.CheckNode, 0, directory, name, type, number);

    /// <summary>The working directory must be inside the root.</summary>
    public Step CheckWorkingDirectory() => Add(StepKind.CheckWorkingDirectory, 0);

    /// <summary>Goes on at the label.</summary>
    public void Jump(Label label) => Add(StepKind.Jump, 0).OtherwiseGoTo(label);
}
