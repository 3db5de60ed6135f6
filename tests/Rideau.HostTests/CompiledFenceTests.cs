using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
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
            .. calls.Where(call => !IsFenced(call.To) && !s_allowed.Contains(call.To) && !IsSwitch(call) && !IsOnward(call))
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

    // Names of C++, of the runtime's small C library, and of its managed part.
    private static bool IsOfTheRuntime(string symbol) => symbol.StartsWith("S_P_CoreLib", StringComparison.Ordinal) || symbol.StartsWith("_Z", StringComparison.Ordinal) || symbol.StartsWith("minipal", StringComparison.Ordinal) || symbol.StartsWith("Rh", StringComparison.Ordinal) || symbol == "_start";

    // A jump by a table of the function's own, as switch compiles to; a call by a register is a breach.
    private static bool IsSwitch(MachineCall call) => call.To.Length == 0 && (call.Instruction.Contains("jmp", StringComparison.Ordinal) || call.Instruction.StartsWith("br", StringComparison.Ordinal));

    // Where ours goes on into the original: main, what it does not answer itself, and clone3 with a stack for the child.
    private static bool IsOnward(MachineCall call) => (call.From, call.To) is ("Rideau_Kernel_Rideau_Kernel_Raw_RawClone__Invoke", "clone3" or "__clone3") or ("rideau_start", "__libc_start_main" or "__libc_start_main_impl") or ("rideau_entry", "main")
        or ("rideau_static_base", "RhAllocateNewObject") or ("rideau_static_base" or "Rideau_Child_Rideau_Child_Before_StaticBases__TakePiece", "RhAllocateNewArray") or ("rideau_sysconf", "sysconf") or ("rideau_stack_bounds", "_Z24PalGetMaximumStackBoundsPPvS0_");

    [GeneratedRegex(@"--wrap=(\w+),--defsym=__wrap_\1=(\w+)")]
    private static partial Regex WrapOption();
}
