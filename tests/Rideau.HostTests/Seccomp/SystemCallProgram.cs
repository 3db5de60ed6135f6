using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.Text;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests.Seccomp;

/// <summary>A static program of x86_64, written out as machine code, that makes the system calls of a test and nothing else.</summary>
/// <remarks>No C library makes calls of its own beside them, and no compiler is needed. One segment, readable, writable and executable:
/// data from <see cref="Data"/>, code from <see cref="Code"/>, behind it room for a thread's stack.</remarks>
internal sealed class SystemCallProgram
{
    private const int Base = 0x400000;
    private const int Data = Base + 0x200;
    private const int Code = Base + 0x1000;
    private const int Scratch = Base + 0x2000;
    private const int StackTop = Base + 0x8000;
    private const int End = Base + 0x9000;

    /// <summary>rax in hexadecimal and a line's end, written to standard output.</summary>
    private static readonly byte[] s_print =
    [
        0x48, 0xc7, 0xc3, 0x00, 0x20, 0x40, 0x00, // mov rbx, Scratch
        0xb9, 0x10, 0x00, 0x00, 0x00,             // mov ecx, 16
        0x48, 0xc1, 0xc0, 0x04,                   // rol rax, 4
        0x89, 0xc2, 0x83, 0xe2, 0x0f,             // mov edx, eax; and edx, 15
        0x80, 0xfa, 0x0a, 0x72, 0x03,             // cmp dl, 10; jb +3
        0x80, 0xc2, 0x27, 0x80, 0xc2, 0x30,       // add dl, 39; add dl, 48
        0x88, 0x13, 0x48, 0xff, 0xc3,             // mov [rbx], dl; inc rbx
        0xff, 0xc9, 0x75, 0xe3,                   // dec ecx; jnz
        0xc6, 0x03, 0x0a,                         // mov byte [rbx], 10
        0xb8, 0x01, 0x00, 0x00, 0x00,             // mov eax, write
        0xbf, 0x01, 0x00, 0x00, 0x00,             // mov edi, 1
        0xbe, 0x00, 0x20, 0x40, 0x00,             // mov esi, Scratch
        0xba, 0x11, 0x00, 0x00, 0x00,             // mov edx, 17
        0x0f, 0x05, 0xc3,                         // syscall; ret
    ];

    private static readonly Lazy<bool> s_thirtyTwoBit = new(RunsThirtyTwoBit);

    private readonly List<byte> _data = [];
    private readonly List<byte> _code = [.. s_print];

    /// <summary>Skips where the machine cannot run it.</summary>
    internal SystemCallProgram() => Assert.SkipUnless(System.Runtime.InteropServices.RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.X64, "the programs of this test are of x86_64");

    private int Here => Code + _code.Count;

    /// <summary>The address of bytes in the program.</summary>
    internal ulong Bytes(params ReadOnlySpan<byte> bytes)
    {
        int address = Data + _data.Count;
        _data.AddRange(bytes);
        return (ulong)address;
    }

    internal ulong Text(string text) => Bytes(Encoding.UTF8.GetBytes(text + "\0"));

    /// <summary>A call; its result goes to standard output.</summary>
    internal SystemCallProgram Print(long number, params ReadOnlySpan<ulong> arguments) => Call(number, arguments).PrintResult();

    /// <summary>As <see cref="Print"/> by int 0x80: a call of 32-bit x86.</summary>
    internal SystemCallProgram PrintX86(int number, params ReadOnlySpan<uint> arguments)
    {
        NeedThirtyTwoBit();
        ReadOnlySpan<byte> registers = [0xbb, 0xb9, 0xba, 0xbe, 0xbf]; // mov ebx, ecx, edx, esi, edi
        for (int index = 0; index < arguments.Length; index++)
        {
            Emit(registers[index]).Emit32(arguments[index]);
        }

        return Emit(0xb8).Emit32((uint)number).Emit(0xcd, 0x80, 0x48, 0x63, 0xc0).PrintResult(); // mov eax; int 0x80; movsxd rax, eax
    }

    /// <summary>A call whose result nobody looks at.</summary>
    internal SystemCallProgram Call(long number, params ReadOnlySpan<ulong> arguments)
    {
        ReadOnlySpan<byte> registers = [0x48, 0xbf, 0x48, 0xbe, 0x48, 0xba, 0x49, 0xba, 0x49, 0xb8, 0x49, 0xb9]; // mov rdi, rsi, rdx, r10, r8, r9
        for (int index = 0; index < arguments.Length; index++)
        {
            Emit(registers.Slice(index * 2, 2)).Emit64(arguments[index]);
        }

        return Emit(0x48, 0xb8).Emit64((ulong)number).Emit(0x0f, 0x05); // mov rax; syscall
    }

    /// <summary>A thread of its own that does this and ends; the first one goes on at once.</summary>
    internal SystemCallProgram InThread(Action<SystemCallProgram> body)
    {
        Call(56, 0x50f00, StackTop).Emit(0x48, 0x85, 0xc0, 0x0f, 0x85); // clone(VM FS FILES SIGHAND THREAD SYSVSEM); test rax, rax; jnz
        return Over(() =>
        {
            body(this);
            Call(60, 0);
        });
    }

    /// <summary>A handler for a signal: it ends the process with the number of the call that the signal tells of, or returns.</summary>
    internal SystemCallProgram OnSignal(int signal, bool exitWithCall)
    {
        int handler = 0;
        int restorer = 0;
        Emit(0xe9);
        Over(() =>
        {
            handler = Here;
            if (exitWithCall)
            {
                Emit(0x8b, 0x7e, 0x18, 0xb8, 0xe7, 0x00, 0x00, 0x00, 0x0f, 0x05); // mov edi, [rsi + si_syscall]; mov eax, exit_group; syscall
            }

            Emit(0xc3);
            restorer = Here;
            Call(15);
        });
        byte[] action = new byte[32];
        BinaryPrimitives.WriteInt64LittleEndian(action, handler);
        BinaryPrimitives.WriteInt64LittleEndian(action.AsSpan(8), 0x04000004); // SA_RESTORER | SA_SIGINFO
        BinaryPrimitives.WriteInt64LittleEndian(action.AsSpan(16), restorer);
        return Call(13, (ulong)signal, Bytes(action), 0, 8);
    }

    internal SystemCallProgram Sleep(double seconds)
    {
        byte[] time = new byte[16];
        BinaryPrimitives.WriteInt64LittleEndian(time, (long)seconds);
        BinaryPrimitives.WriteInt64LittleEndian(time.AsSpan(8), (long)(seconds % 1 * 1e9));
        return Call(35, Bytes(time), 0);
    }

    internal SystemCallProgram Say(string text) => Call(1, 1, Text(text), (ulong)Encoding.UTF8.GetByteCount(text));

    /// <summary>Becomes the program "/bin/calls" of a bundle, and its container's process.</summary>
    internal void Into(Bundle bundle, int exitStatus = 0)
    {
        Call(231, (ulong)exitStatus);
        byte[] file = new byte[Code - Base + _code.Count];
        Header(file);
        _data.CopyTo(file, Data - Base);
        _code.CopyTo(file, Code - Base);
        Write(bundle, file);
    }

    /// <summary>A program of 32-bit x86: one call with two arguments; its exit status is the errno.</summary>
    internal static void ThirtyTwoBit(Bundle bundle, uint number, uint first, uint second)
    {
        NeedThirtyTwoBit();
        Write(bundle, ThirtyTwoBitFile(number, first, second));
    }

    private static byte[] ThirtyTwoBitFile(uint number, uint first, uint second)
    {
        byte[] file = new byte[128];
        "\x7f"u8.CopyTo(file);
        "ELF\x01\x01\x01"u8.CopyTo(file.AsSpan(1));
        ReadOnlySpan<ushort> identity = [2, 3];
        System.Runtime.InteropServices.MemoryMarshal.AsBytes(identity).CopyTo(file.AsSpan(16));
        ReadOnlySpan<uint> rest = [1, Base + 84, 52, 0, 0];
        System.Runtime.InteropServices.MemoryMarshal.AsBytes(rest).CopyTo(file.AsSpan(20));
        ReadOnlySpan<ushort> sizes = [52, 32, 1, 0, 0, 0];
        System.Runtime.InteropServices.MemoryMarshal.AsBytes(sizes).CopyTo(file.AsSpan(40));
        ReadOnlySpan<uint> segment = [1, 0, Base, Base, 128, 128, 7, 0x1000];
        System.Runtime.InteropServices.MemoryMarshal.AsBytes(segment).CopyTo(file.AsSpan(52));
        List<byte> code = [0xb8, .. BitConverter.GetBytes(number), 0xbb, .. BitConverter.GetBytes(first), 0xb9, .. BitConverter.GetBytes(second), 0xcd, 0x80,
            0xf7, 0xd8, 0x89, 0xc3, 0xb8, 1, 0, 0, 0, 0xcd, 0x80]; // int 0x80; neg eax; mov ebx, eax; mov eax, exit; int 0x80
        code.CopyTo(file, 84);
        return file;
    }

    /// <summary>The results that the program has written.</summary>
    internal static long[] Results(string output)
        => Array.ConvertAll(output.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => unchecked((long)ulong.Parse(line, System.Globalization.NumberStyles.HexNumber, System.Globalization.CultureInfo.InvariantCulture)));

    private static bool RunsThirtyTwoBit()
    {
        string path = Path.Combine(Path.GetTempPath(), $"{RideauProgram.RunMark}-x86");
        try
        {
            // A call that there is not, then exit(its errno), which is ENOSYS.
            WriteProgram(path, ThirtyTwoBitFile(100_000, 0, 0));
            return RideauProgram.Shell($"'{path}'; [ $? = 38 ]").ExitCode == 0;
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static void NeedThirtyTwoBit()
        => Assert.SkipUnless(s_thirtyTwoBit.Value, "this machine runs no calls of 32-bit x86: int 0x80 is a fault here (a kernel without them, or a hypervisor that does not pass them on)");

    private static void Write(Bundle bundle, byte[] file)
    {
        WriteProgram(Path.Combine(bundle.RootFilesystem, "bin", "calls"), file);
        bundle.WithProcess("""{"args":["/bin/calls"]}""");
    }

    private static void WriteProgram(string path, byte[] file)
    {
        File.WriteAllBytes(path, file);
        RideauProgram.Shell($"chmod 755 '{path}'");
    }

    private static void Header(byte[] file)
    {
        "\x7f"u8.CopyTo(file);
        "ELF\x02\x01\x01"u8.CopyTo(file.AsSpan(1));
        ReadOnlySpan<ushort> identity = [2, 62];
        System.Runtime.InteropServices.MemoryMarshal.AsBytes(identity).CopyTo(file.AsSpan(16));
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(20), 1);
        ReadOnlySpan<ulong> addresses = [(ulong)(Code + s_print.Length), 64, 0];
        System.Runtime.InteropServices.MemoryMarshal.AsBytes(addresses).CopyTo(file.AsSpan(24));
        ReadOnlySpan<ushort> sizes = [0, 0, 64, 56, 1, 0, 0, 0];
        System.Runtime.InteropServices.MemoryMarshal.AsBytes(sizes).CopyTo(file.AsSpan(48));
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(64), 1);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(68), 7);
        ReadOnlySpan<ulong> segment = [0, Base, Base, (ulong)file.Length, End - Base, 0x1000];
        System.Runtime.InteropServices.MemoryMarshal.AsBytes(segment).CopyTo(file.AsSpan(72));
    }

    private SystemCallProgram PrintResult()
    {
        int from = Here + 5;
        return Emit(0xe8).Emit32(unchecked((uint)(Code - from))); // call
    }

    /// <summary>Behind a jump's opcode: how far it goes, and what it leaps over.</summary>
    private SystemCallProgram Over(Action body)
    {
        int place = _code.Count;
        Emit32(0);
        body();
        BinaryPrimitives.WriteInt32LittleEndian(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_code)[place..], _code.Count - place - 4);
        return this;
    }

    private SystemCallProgram Emit(params ReadOnlySpan<byte> bytes)
    {
        _code.AddRange(bytes);
        return this;
    }

    private SystemCallProgram Emit32(uint value) => Emit(BitConverter.GetBytes(value));

    private SystemCallProgram Emit64(ulong value) => Emit(BitConverter.GetBytes(value));
}
