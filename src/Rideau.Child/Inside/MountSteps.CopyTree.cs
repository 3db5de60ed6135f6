// RUNS IN: child of clone3, no GC
using Rideau.Child.Contract;

namespace Rideau.Child.Inside;

internal static unsafe partial class MountSteps
{
    /// <summary>Being written.</summary>
    internal static nint CopyTree(nint from, nint to, nint limit, ChildBoard* board) => -Rideau.Kernel.Abi.Errno.ENOSYS;
}
