using Rideau.Kernel.Abi;

namespace Rideau.HostTests.Reliability;

/// <summary>A system call that a traced process is about to make.</summary>
/// <param name="Process">0 is the command itself, 1 the first process that it made, and so on.</param>
/// <param name="Index">The how manieth of that process, from 0.</param>
/// <param name="Number">Its number.</param>
internal readonly record struct TracedCall(int Process, int Index, int Number)
{
    internal string Name => SyscallNames.NameOf(Number);

    public override string ToString() => $"call {Index} of {(Process == 0 ? "the command" : $"child {Process}")}, {Name}";
}

/// <summary>What happens to the process at that call.</summary>
/// <param name="Killed">SIGKILL; the call is not made.</param>
/// <param name="Errno">The call is not made and fails with it; 0: it is made.</param>
/// <param name="Done">The call is made, and told to have failed all the same: close(2), which closes whatever it says.</param>
internal readonly record struct Fate(bool Killed, int Errno, bool Done)
{
    internal static Fate Proceed => default;

    internal static Fate Kill => new(true, 0, false);

    internal static Fate Fail(int number, int errno) => new(false, errno, number is SyscallNumber.close or SyscallNumber.munmap);
}
