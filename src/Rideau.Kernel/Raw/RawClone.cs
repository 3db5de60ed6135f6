// RUNS IN: caller, up to clone3. No GC.
using System.Runtime;
using System.Runtime.CompilerServices;
using Rideau.Kernel.Abi;

namespace Rideau.Kernel.Raw;

/// <summary>clone3 of a child that shares the caller's memory and begins on a stack of its own: the C library's code for each architecture.</summary>
/// <remarks>man: clone(2)</remarks>
public static unsafe class RawClone
{
    /// <summary>Makes the child, which begins with <paramref name="function"/>; that must not return.</summary>
    /// <returns>The pid, or the negative errno.</returns>
    public static nint Invoke(clone_args* arguments, delegate*<void*, int> function, void* argument)
    {
        int pid = Clone3(arguments, (nuint)sizeof(clone_args), function, argument);
        return pid == -1 ? -*RawSyscall.ErrnoLocation() : pid;
    }

    [MethodImpl(MethodImplOptions.InternalCall), RuntimeImport("__clone3")]
    private static extern int Clone3(clone_args* arguments, nuint size, delegate*<void*, int> function, void* argument);
}
