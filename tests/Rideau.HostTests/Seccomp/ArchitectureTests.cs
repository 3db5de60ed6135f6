using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests.Seccomp;

/// <summary>Calls by the other ABIs of the machine: 32-bit x86 by int 0x80 and by a program of 32 bits, x32 by its bit.</summary>
public sealed class ArchitectureTests
{
    private const int X86Mkdir = 39;
    private const int X86Socketcall = 102;
    private const int X86Socket = 359;
    private const long X32 = 0x40000000;

    private static Bundle Make(string architectures, string rule = """{"names":["mkdir","socket"],"action":"SCMP_ACT_ERRNO","errnoRet":77}""")
        => new Bundle().WithLinux($$$"""{"seccomp":{"defaultAction":"SCMP_ACT_ALLOW","architectures":[{{{architectures}}}],"syscalls":[{{{rule}}}]}}""");

    [Fact]
    public void A_rule_holds_for_every_architecture_of_the_profile()
    {
        using Bundle bundle = Make("\"SCMP_ARCH_X86_64\",\"SCMP_ARCH_X86\",\"SCMP_ARCH_X32\",\"SCMP_ARCH_ARM\",\"SCMP_ARCH_AARCH64\"");
        var program = new SystemCallProgram();
        ulong path = program.Text("/tmp/made");
        program.Print(83, path, 0x1ed).PrintX86(X86Mkdir, (uint)path, 0x1ed).PrintX86(X86Socket, 1, 1, 0).PrintX86(X86Socketcall, 1, 0).Print(X32 + 83, path, 0x1ed).Into(bundle);
        Assert.Equal([-77, -77, -77, -77, -77], SystemCallProgram.Results(bundle.Says()));
    }

    [Fact]
    public void A_program_of_32_bits_is_filtered()
    {
        using Bundle bundle = Make("\"SCMP_ARCH_X86_64\",\"SCMP_ARCH_X86\"");
        SystemCallProgram.ThirtyTwoBit(bundle, X86Mkdir, 0x400000, 0x1ed);
        Assert.Equal(77, bundle.Run().ExitCode);
    }

    [Fact]
    public void A_program_of_32_bits_runs_where_the_profile_lets_it()
    {
        using Bundle bundle = Make("\"SCMP_ARCH_X86\"", """{"names":["rmdir"],"action":"SCMP_ACT_ERRNO","errnoRet":77}""");
        // access(an address that has no memory): EFAULT, from the kernel and not from the filter.
        SystemCallProgram.ThirtyTwoBit(bundle, 33, 8, 0);
        Assert.Equal(14, bundle.Run().ExitCode);
    }

    [Fact]
    public void A_call_of_an_architecture_that_the_profile_lacks_ends_the_process()
    {
        using Bundle bundle = Make("\"SCMP_ARCH_X86_64\"");
        new SystemCallProgram().Say("before\n").PrintX86(20).Say("behind\n").Into(bundle);
        Outcome outcome = bundle.Run();
        Assert.Equal((128 + 31, "before\n"), (outcome.ExitCode, outcome.Output));
    }

    [Fact]
    public void A_call_of_x32_that_the_profile_lacks_ends_the_process()
    {
        using Bundle bundle = Make("\"SCMP_ARCH_X86_64\",\"SCMP_ARCH_X86\"");
        new SystemCallProgram().Say("before\n").Print(X32 + 39).Say("behind\n").Into(bundle);
        Outcome outcome = bundle.Run();
        Assert.Equal((128 + 31, "before\n"), (outcome.ExitCode, outcome.Output));
    }

    [Fact]
    public void Arguments_of_32_bit_calls_are_compared_as_words()
    {
        using Bundle bundle = Make("\"SCMP_ARCH_X86\"", """{"names":["getpriority"],"action":"SCMP_ACT_ERRNO","errnoRet":77,"args":[{"index":1,"value":4294967295,"op":"SCMP_CMP_EQ"}]}""");
        new SystemCallProgram().PrintX86(96, 0, 0xffffffff).Into(bundle);
        Assert.Equal([-77], SystemCallProgram.Results(bundle.Says()));
    }

    [Fact]
    public void A_call_newer_than_the_newest_that_the_profile_names_does_not_exist()
    {
        using Bundle bundle = MakeOld();
        // set_mempolicy_home_node and a number that no kernel has, behind faccessat2 (439); mkdir before it.
        new SystemCallProgram().Print(450).Print(900).Print(83).Into(bundle);
        Assert.Equal([-38, -38, -1], SystemCallProgram.Results(bundle.Says()));
    }

    [Fact]
    public void A_newer_call_of_32_bits_does_not_exist_either()
    {
        using Bundle bundle = MakeOld();
        new SystemCallProgram().PrintX86(450).PrintX86(900).PrintX86(X86Mkdir).Into(bundle);
        Assert.Equal([-38, -38, -1], SystemCallProgram.Results(bundle.Says()));
    }

    private static Bundle MakeOld()
        => new Bundle().WithLinux($$$"""{"seccomp":{"defaultAction":"SCMP_ACT_ERRNO","architectures":["SCMP_ARCH_X86"],"syscalls":[{"names":[{{{Names.ForStart}}},"openat2"],"action":"SCMP_ACT_ALLOW"}]}}""");
}
