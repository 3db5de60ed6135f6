using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests;

/// <summary>
/// The fence, on the machine code of the published program (FenceTests look at what the compiler is given): what runs between
/// clone3 and execve, and before the runtime, calls the kernel's door and itself. What a compiler adds on its own shows only here.
/// </summary>
public sealed partial class CompiledFenceTests
{
    private static readonly string[] s_fenced =
    [
        "Rideau_Child_Rideau_Child_Inside_", "Rideau_Child_Rideau_Child_Before_", "Rideau_Child_Rideau_Child_Contract_PlanMemory__", "Rideau_Child_Rideau_Child_Outside_ChildProcess__CloneAndRun", "Rideau_Kernel_Rideau_Kernel_Raw_",
    ];

    // The C library's two functions that the door is made of; and what ends the process where a stack was overwritten.
    private static readonly string[] s_allowed = ["syscall", "__errno_location", "RhpFallbackFailFast"];

    // What LibraryStart calls of the C library that its own start calls too, in the order in which that has it (the check, for set-user-id programs alone, lies behind), and what it calls besides.
    private static readonly string[] s_librarySteps = ["_dl_aux_init", "__libc_setup_tls", "__cxa_atexit", "__libc_early_init", "__libc_init_first", "_init", "__libc_check_standard_fds"];
    private static readonly string[] s_libraryRest = ["gnu_get_libc_version", "_fini", "exit"];

    [Fact]
    public void Fenced_code_calls_the_door_and_itself()
    {
        RideauProgram.SkipForAnother("its machine code is its own");
        HashSet<string> stubs = [.. Wraps().Select(wrap => wrap.Ours), "rideau_entry"];
        bool IsFenced(string symbol) => stubs.Contains(symbol) || s_fenced.Any(prefix => symbol.StartsWith(prefix, StringComparison.Ordinal));
        MachineCall[] calls = [.. Disassembly.OfProgram.Calls.Where(call => IsFenced(call.From))];

        // The test sees what it is to look at: the interpreter, the entry, the door.
        Assert.Contains(calls, call => call.From.EndsWith("ChildProgram__Perform", StringComparison.Ordinal) && call.To == "syscall");
        Assert.Contains(calls, call => call.From == "rideau_entry");
        Assert.All(stubs, stub => Assert.Contains(stub, Disassembly.OfProgram.Functions));
        string[] breaches =
        [
            .. calls.Where(call => !IsFenced(call.To) && !s_allowed.Contains(call.To) && !IsSwitch(call) && !IsOnward(call) && !IsOfLibraryStart(call))
                .Select(call => $"{call.From}: {call.Instruction} ({(call.To.Length == 0 ? "wherever that is" : call.To)})").Distinct(),
        ];
        Assert.True(breaches.Length == 0, string.Join('\n', breaches));
    }

    /// <summary>docs/decisions/0006-lean-start.md: where a name of the runtime has changed, --wrap does nothing and says nothing.</summary>
    [Fact]
    public void Every_wrapped_function_is_replaced()
    {
        RideauProgram.SkipForAnother("its machine code is its own");
        (string Original, string Ours)[] wraps = [.. Wraps()];
        Assert.True(wraps.Length >= 9, "Rideau.csproj has no --wrap as this test reads it");
        List<MachineCall> calls = Disassembly.OfProgram.Calls;
        foreach (IGrouping<string, (string Original, string Ours)> group in wraps.GroupBy(wrap => wrap.Ours))
        {
            int used = calls.Count(call => call.To == group.Key && IsOfTheRuntime(call.From));
            Assert.True(used >= group.Count(), $"{group.Key} stands in for {string.Join(", ", group.Select(wrap => wrap.Original))} and is called from {used} places of the runtime: has one of the names changed?");
        }

        // The C library's own objects have their own names for sysconf and madvise, and use them as before.
        Assert.DoesNotContain(calls, call => wraps.Any(wrap => wrap.Original == call.To) && IsOfTheRuntime(call.From));
    }

    /// <summary>docs/decisions/0016-the-librarys-start.md: a version of the C library whose start has a step more, or one less, is not one whose start was read.</summary>
    [Fact]
    public void The_librarys_own_start_takes_the_steps_that_ours_takes()
    {
        RideauProgram.SkipForAnother("its machine code is its own");
        SkipForAnotherLibrary();
        string[] own = [.. Disassembly.OfProgram.Calls.Where(call => call.From is "__libc_start_main" or "__libc_start_main_impl" && call.To.Length > 0 && call.To != Disassembly.Nameless && !LeftOut().IsMatch(call.To)).Select(call => Plain(call.To)).Distinct()];
        string[] ours = [.. Disassembly.OfProgram.Calls.Where(call => call.From.Contains("_LibraryStart__", StringComparison.Ordinal) && call.To.Length > 0 && !call.To.StartsWith("Rideau_", StringComparison.Ordinal)).Select(call => Plain(call.To)).Where(name => !s_allowed.Contains(name) && !s_libraryRest.Contains(name)).Distinct().Order(StringComparer.Ordinal)];
        Assert.Equal(s_librarySteps, own);
        Assert.Equal(s_librarySteps.Order(StringComparer.Ordinal), ours);
    }

    /// <summary>Our start of the C library is taken where the version is one of those in it, and on x86-64.</summary>
    internal static void SkipForAnotherLibrary()
    {
        Assert.SkipUnless(RuntimeInformation.ProcessArchitecture == Architecture.X64, "needs x86-64: elsewhere the library starts itself");
        string version = RideauProgram.Shell("getconf GNU_LIBC_VERSION").Output.Trim();
        string known = File.ReadAllText(Path.Combine(SourceTree.Root, "src", "Rideau.Child", "Before", "LibraryStart.X64.cs"));
        Assert.SkipUnless(known.Contains($"\"{version.Split(' ')[^1]}\"u8", StringComparison.Ordinal), $"needs a glibc whose start was read, and this is {version}: it starts itself");
    }

    private static bool IsOfLibraryStart(MachineCall call) =>
        call.From.Contains("_LibraryStart__", StringComparison.Ordinal) && (call.To.Length == 0 || s_librarySteps.Contains(Plain(call.To)) || s_libraryRest.Contains(Plain(call.To)));

    // glibc.ld gives some a second name.
    private static string Plain(string name) => s_librarySteps.FirstOrDefault(step => name.StartsWith("rideau_libc_", StringComparison.Ordinal) && step.EndsWith(name["rideau_libc".Length..], StringComparison.Ordinal)) ?? name;

    // The questions to the processor, what is nothing in a program at fixed addresses without debugger's help, and what ends a start that cannot go on.
    [GeneratedRegex("^(__tunable|_dl_tunable_|get_(common|extended)_|handle_|update_active|init_cacheinfo|dl_init_cacheinfo|_dl_relocate_static_pie|_dl_debug_initialize|__libc_start_call_main|__libc_fatal|__assert_fail|__libc_assert_fail)")]
    private static partial Regex LeftOut();

    private static IEnumerable<(string Original, string Ours)> Wraps() =>
        WrapOption().Matches(File.ReadAllText(Path.Combine(SourceTree.Root, "src", "Rideau", "Rideau.csproj"))).Select(match => (match.Groups[1].Value, match.Groups[2].Value));

    /// <summary>StaticBases lays objects out where the collector does not look yet: nobody else may be given one there.</summary>
    [Fact]
    public void Only_the_statics_of_types_are_laid_out_by_hand()
    {
        RideauProgram.SkipForAnother("its machine code is its own");
        string caller = Assert.Single(Disassembly.OfProgram.Calls.Where(call => call.To == "rideau_static_base").Select(call => call.From).Distinct());
        Assert.EndsWith("StartupCodeHelpers__InitializeStatics", caller, StringComparison.Ordinal);
    }

    /// <summary>The compiler's table of the types with such fields is as StaticBases reads it; where it were not, the runtime would make each object itself, and nobody would notice but the clock.</summary>
    [Fact]
    public void The_table_of_the_types_with_static_fields_is_as_it_is_read()
    {
        RideauProgram.SkipForAnother("its layout is its own");
        byte[] file = File.ReadAllBytes(RideauProgram.Path);
        int header = -1;
        int next = 0;
        for (int at = file.AsSpan().IndexOf("RTR\0"u8); at >= 0; at = next < 0 ? -1 : at + 1 + next)
        {
            header = file[at + 14] == 24 && BitConverter.ToUInt16(file, at + 12) is > 0 and < 200 ? at : header;
            next = file.AsSpan(at + 1).IndexOf("RTR\0"u8);
        }

        Assert.True(header > 0, "there is no header of sections of 24 bytes each");
        int[] rows = [.. Enumerable.Range(0, BitConverter.ToUInt16(file, header + 12)).Select(index => header + 16 + (index * 24)).Where(row => BitConverter.ToInt32(file, row) == 201)];
        long bytes = BitConverter.ToInt64(file, Assert.Single(rows) + 16) - BitConverter.ToInt64(file, rows[0] + 8);
        Assert.True(bytes > 100 * sizeof(int) && bytes % sizeof(int) == 0, $"{bytes} bytes of pointers to types with static fields");
        Assert.Contains(Disassembly.OfProgram.Calls, call => call.From == "rideau_static_base" && call.To.EndsWith("StaticBases__LayOut", StringComparison.Ordinal));
    }

    // Names of C++, of the runtime's small C library, and of its managed part; and the C library's start.
    private static bool IsOfTheRuntime(string symbol) => symbol.StartsWith("S_P_CoreLib", StringComparison.Ordinal) || symbol.StartsWith("_Z", StringComparison.Ordinal) || symbol.StartsWith("minipal", StringComparison.Ordinal) || symbol.StartsWith("Rh", StringComparison.Ordinal) || symbol is "_start" or "_dl_non_dynamic_init";

    // A jump by a table of the function's own, as switch compiles to; a call by a register is a breach.
    private static bool IsSwitch(MachineCall call) => call.To.Length == 0 && (call.Instruction.Contains("jmp", StringComparison.Ordinal) || call.Instruction.StartsWith("br", StringComparison.Ordinal));

    // Where ours goes on into the original: main, what it does not answer itself, and clone3 with a stack for the child.
    private static bool IsOnward(MachineCall call) => (call.From, call.To) is ("Rideau_Kernel_Rideau_Kernel_Raw_RawClone__Invoke", "clone3" or "__clone3") or ("rideau_start", "__libc_start_main" or "__libc_start_main_impl") or ("rideau_entry", "main")
        or ("rideau_static_base", "RhAllocateNewObject") or ("Rideau_Child_Rideau_Child_Before_StaticBases__LayOut" or "Rideau_Child_Rideau_Child_Before_StaticBases__TakePiece", "RhAllocateNewArray") or ("Rideau_Child_Rideau_Child_Before_StaticBases__LayOut", "RhpHandleAlloc") or ("rideau_sysconf", "sysconf") or ("rideau_stack_bounds", "_Z24PalGetMaximumStackBoundsPPvS0_");

    [GeneratedRegex(@"--wrap=(\w+),--defsym=__wrap_\1=(\w+)")]
    private static partial Regex WrapOption();
}
