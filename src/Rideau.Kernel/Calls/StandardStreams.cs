using System;
using Rideau.Kernel.Abi;

namespace Rideau.Kernel.Calls;

/// <summary>The descriptors that a process is given and does not own. man: write(2) · runs in: caller</summary>
public static unsafe class StandardStreams
{
    /// <summary>Writes all bytes to standard output (1) or standard error (2).</summary>
    /// <returns>0, or the positive errno; EPIPE where the reader has gone.</returns>
    public static int TryWrite(int descriptor, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* pointer = bytes)
        {
            int done = 0;
            while (done < bytes.Length)
            {
                nint result = Syscalls.Retry(SyscallNumber.write, descriptor, (nint)(pointer + done), bytes.Length - done);
                if (result < 0)
                {
                    return (int)-result;
                }

                done += (int)result;
            }

            return 0;
        }
    }
}
