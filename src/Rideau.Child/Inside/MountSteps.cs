// RUNS IN: child of clone3, no GC
using Rideau.Child.Contract;
using Rideau.Kernel.Abi;

namespace Rideau.Child.Inside;

/// <summary>Being written.</summary>
internal static unsafe class MountSteps
{
    internal static nint OpenInRoot(nint root, byte* path, int target, int mode, ChildBoard* board) => -Errno.ENOSYS;

    internal static nint CopyTree(nint from, nint to, nint limit, ChildBoard* board) => -Errno.ENOSYS;
}
