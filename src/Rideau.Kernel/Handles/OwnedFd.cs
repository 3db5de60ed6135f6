using System;
using System.Runtime.InteropServices;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Raw;

namespace Rideau.Kernel.Handles;

/// <summary>A file descriptor that this process owns and closes.</summary>
public class OwnedFd : SafeHandle
{
    /// <summary>Takes ownership of an open descriptor.</summary>
    public OwnedFd(int descriptor)
        : base(-1, ownsHandle: true) => SetHandle(descriptor);

    /// <inheritdoc/>
    public override bool IsInvalid => handle < 0;

    /// <summary>The number, for a system call or a plan. The handle must stay alive as long as the number is used.</summary>
    public int Number
    {
        get
        {
            ObjectDisposedException.ThrowIf(IsClosed, this);
            return (int)handle;
        }
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => RawSyscall.Invoke(SyscallNumber.close, handle) >= 0;
}
