using System;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Handles;
using Rideau.Kernel.Raw;

namespace Rideau.Kernel.Calls;

/// <summary>The descriptors that a process is given and does not own. man: write(2) · runs in: caller</summary>
public static unsafe class StandardStreams
{
    /// <summary>Reads standard input to its end.</summary>
    /// <exception cref="LinuxException">EFBIG: there is more than the limit; and the errors of read(2).</exception>
    public static byte[] ReadInput(int limitBytes)
    {
        byte[] buffer = new byte[4096];
        int length = 0;
        while (true)
        {
            int got = Files.TryReadSome(0, buffer.AsSpan(length));
            if (got == 0)
            {
                Array.Resize(ref buffer, length);
                return buffer;
            }

            length += got > 0 ? got : throw new LinuxException("read", -got, "standard input");
            if (length > limitBytes)
            {
                throw new LinuxException("read", Errno.EFBIG, $"standard input, limit {limitBytes} bytes");
            }

            if (length == buffer.Length)
            {
                Array.Resize(ref buffer, buffer.Length * 2);
            }
        }
    }

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

    /// <summary>A process that goes on in the background lets go of its caller's streams and directory: it reads and writes nothing from now on.</summary>
    public static void LetGo()
    {
        using OwnedFd none = Files.Open("/dev/null", Fcntl.O_RDWR);
        for (int stream = 0; stream <= 2; stream++)
        {
            Syscalls.Check(RawSyscall.Invoke(SyscallNumber.dup3, none.Number, stream, 0), "dup3");
        }

        fixed (byte* root = "/\0"u8)
        {
            _ = RawSyscall.Invoke(SyscallNumber.chdir, (nint)root); // ignored: the root is there
        }
    }
}
