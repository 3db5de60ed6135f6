using System;
using System.IO;
using System.Runtime.InteropServices;
using System.Threading;
using System.Threading.Tasks;
using Rideau.Runtime.Spec;

namespace Rideau.UnitTests.SeccompFilters;

/// <summary>The library that other runtimes compile profiles with, called the way runc does: what our compiler is held against.</summary>
internal static unsafe class Libseccomp
{
    internal const uint ArchX86 = 0x40000003;
    internal const uint ArchX86_64 = 0xc000003e;
    internal const uint ArchX32 = 0x4000003e;
    internal const uint ArchAArch64 = 0xc00000b7;
    internal const uint ArchArm = 0x40000028;

    private const int OptimizeAttribute = 8;
    private const int ErrorNumber = -1;

    private static readonly nint s_library = NativeLibrary.TryLoad("libseccomp.so.2", out nint library) ? library : 0;

    internal static bool IsHere => s_library != 0;

    /// <summary>A number, a negative one of the library's own where the architecture has no such call, or null.</summary>
    internal static int? NumberOf(uint architecture, string name)
    {
        nint text = Marshal.StringToCoTaskMemUTF8(name);
        int number = ((delegate* unmanaged<uint, nint, int>)Function("seccomp_syscall_resolve_name_arch"))(architecture, text);
        Marshal.FreeCoTaskMem(text);
        return number == ErrorNumber ? null : number;
    }

    /// <summary>As <see cref="Compile"/>, for profiles made at random: on some of them the library walks its trees for hours.</summary>
    /// <exception cref="TimeoutException">It has not ended in time. Its thread goes on until the process ends, so the caller should not go on for long.</exception>
    internal static byte[]? CompileInTime(Runtime.Spec.Seccomp profile, bool withoutNative)
    {
        Task<byte[]?> task = Task.Factory.StartNew(() => Compile(profile, withoutNative), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        return task.Wait(TimeSpan.FromSeconds(5)) ? task.Result : throw new TimeoutException("libseccomp does not end");
    }

    /// <summary>Compiles; null where the library refuses a rule.</summary>
    /// <param name="profile">Words that are known to be right.</param>
    /// <param name="withoutNative">For a filter of another machine: its architectures are all in the profile.</param>
    internal static byte[]? Compile(Runtime.Spec.Seccomp profile, bool withoutNative)
    {
        uint defaultAction = Action(profile.DefaultAction, profile.DefaultErrnoRet);
        nint filter = ((delegate* unmanaged<uint, nint>)Function("seccomp_init"))(defaultAction);
        try
        {
            foreach (string word in profile.Architectures)
            {
                int added = ((delegate* unmanaged<nint, uint, int>)Function("seccomp_arch_add"))(filter, Architecture(word));
                if (added is not 0 and not -17)
                {
                    throw new InvalidOperationException($"seccomp_arch_add returned {added}");
                }
            }

            if (withoutNative)
            {
                _ = ((delegate* unmanaged<nint, uint, int>)Function("seccomp_arch_remove"))(filter, 0);
            }

            _ = ((delegate* unmanaged<nint, int, uint, int>)Function("seccomp_attr_set"))(filter, OptimizeAttribute, 2);
            foreach (SeccompRule rule in profile.Syscalls)
            {
                uint action = Action(rule.Action, rule.ErrnoRet);
                foreach (string name in rule.Names)
                {
                    if (action != defaultAction && NumberOf(0, name) is { } number && !Add(filter, action, number, rule))
                    {
                        return null;
                    }
                }
            }

            return Export(filter);
        }
        finally
        {
            ((delegate* unmanaged<nint, void>)Function("seccomp_release"))(filter);
        }
    }

    private static bool Add(nint filter, uint action, int number, SeccompRule rule)
    {
        Comparison[] comparisons = new Comparison[rule.Args.Count];
        bool repeated = false;
        for (int index = 0; index < comparisons.Length; index++)
        {
            SeccompArgument argument = rule.Args[index];
            comparisons[index] = new Comparison(argument.Index, Operator(argument.Operator), argument.Value, argument.ValueTwo);
            for (int before = 0; before < index; before++)
            {
                repeated |= rule.Args[before].Index == argument.Index;
            }
        }

        if (!repeated)
        {
            return Add(filter, action, number, comparisons);
        }

        foreach (Comparison comparison in comparisons)
        {
            if (!Add(filter, action, number, [comparison]))
            {
                return false;
            }
        }

        return true;
    }

    private static bool Add(nint filter, uint action, int number, ReadOnlySpan<Comparison> comparisons)
    {
        fixed (Comparison* first = comparisons)
        {
            return ((delegate* unmanaged<nint, uint, int, uint, Comparison*, int>)Function("seccomp_rule_add_array"))(
                filter, action, number, (uint)comparisons.Length, first) == 0;
        }
    }

    private static byte[] Export(nint filter)
    {
        string path = Path.GetTempFileName();
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.ReadWrite);
            int result = ((delegate* unmanaged<nint, int, int>)Function("seccomp_export_bpf"))(filter, (int)file.SafeFileHandle.DangerousGetHandle());
            if (result != 0)
            {
                throw new InvalidOperationException($"seccomp_export_bpf returned {result}");
            }
        }
        finally
        {
            // Read below by its content; the name is no longer needed then.
        }

        byte[] program = File.ReadAllBytes(path);
        File.Delete(path);
        return program;
    }

    private static nint Function(string name) => NativeLibrary.GetExport(s_library, name);

    /// <summary>The library's values, from seccomp.h: written down apart from ours.</summary>
    internal static uint Action(string word, uint? errno) => word switch
    {
        "SCMP_ACT_KILL_PROCESS" => 0x80000000,
        "SCMP_ACT_KILL" or "SCMP_ACT_KILL_THREAD" => 0,
        "SCMP_ACT_TRAP" => 0x00030000,
        "SCMP_ACT_NOTIFY" => 0x7fc00000,
        "SCMP_ACT_ERRNO" => 0x00050000 | (errno ?? 1),
        "SCMP_ACT_TRACE" => 0x7ff00000 | (errno ?? 1),
        "SCMP_ACT_LOG" => 0x7ffc0000,
        "SCMP_ACT_ALLOW" => 0x7fff0000,
        _ => throw new ArgumentException(word),
    };

    private static uint Architecture(string word) => word switch
    {
        "SCMP_ARCH_X86" => ArchX86,
        "SCMP_ARCH_X86_64" => ArchX86_64,
        "SCMP_ARCH_X32" => ArchX32,
        "SCMP_ARCH_AARCH64" => ArchAArch64,
        "SCMP_ARCH_ARM" => ArchArm,
        _ => throw new ArgumentException(word),
    };

    private static int Operator(string word) => word switch
    {
        "SCMP_CMP_NE" => 1,
        "SCMP_CMP_LT" => 2,
        "SCMP_CMP_LE" => 3,
        "SCMP_CMP_EQ" => 4,
        "SCMP_CMP_GE" => 5,
        "SCMP_CMP_GT" => 6,
        "SCMP_CMP_MASKED_EQ" => 7,
        _ => throw new ArgumentException(word),
    };

    /// <summary>struct scmp_arg_cmp.</summary>
    private readonly record struct Comparison(uint Argument, int Operator, ulong First, ulong Second);
}
