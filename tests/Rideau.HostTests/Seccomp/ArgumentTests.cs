using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests.Seccomp;

/// <summary>Conditions on arguments, compared by the kernel. The call is alarm's neighbour getpriority(which, who, ...), which takes anything.</summary>
public sealed class ArgumentTests
{
    private const long Getpriority = 140;

    [Theory]
    [InlineData("EQ", 5, 0, 5, true)]
    [InlineData("EQ", 5, 0, 0x100000005, false)]
    [InlineData("NE", 5, 0, 5, false)]
    [InlineData("NE", 5, 0, 0x100000005, true)]
    [InlineData("LT", 0x100000000, 0, 0xffffffff, true)]
    [InlineData("LT", 0x100000000, 0, 0x100000000, false)]
    [InlineData("LE", 0x100000000, 0, 0x100000000, true)]
    [InlineData("LE", 0x100000000, 0, 0x100000001, false)]
    [InlineData("GT", 0x7fffffff, 0, 0x80000000, true)]
    [InlineData("GT", 0x7fffffff, 0, 0x7fffffff, false)]
    [InlineData("GE", 0x7fffffff, 0, 0x7fffffff, true)]
    [InlineData("GE", 0x7fffffff, 0, 0x7ffffffe, false)]
    [InlineData("MASKED_EQ", 0xf0, 0x20, 0x2f, true)]
    [InlineData("MASKED_EQ", 0xf0, 0x20, 0x3f, false)]
    [InlineData("MASKED_EQ", 0xff00000000, 0x1200000000, 0x12ffffffff, true)]
    [InlineData("MASKED_EQ", 0xff00000000, 0x1200000000, 0x1300000000, false)]
    public void Each_operator_compares_all_64_bits_without_sign(string operation, ulong value, ulong valueTwo, ulong argument, bool matches)
    {
        using var bundle = new Bundle().WithLinux($$$"""
            {"seccomp":{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["getpriority"],"action":"SCMP_ACT_ERRNO","errnoRet":99,
              "args":[{"index":3,"value":{{{value}}},"valueTwo":{{{valueTwo}}},"op":"SCMP_CMP_{{{operation}}}"}]}]}}
            """);
        new SystemCallProgram().Print(Getpriority, 0, 0, 0, argument).Into(bundle);
        Assert.Equal(matches, SystemCallProgram.Results(bundle.Says())[0] == -99);
    }

    [Theory]
    [InlineData(1, 2, true)]
    [InlineData(1, 3, false)]
    [InlineData(0, 2, false)]
    public void Conditions_on_different_arguments_must_all_be_met(ulong fourth, ulong fifth, bool matches)
        => Hold("""{"index":3,"value":1,"op":"SCMP_CMP_EQ"},{"index":4,"value":2,"op":"SCMP_CMP_EQ"}""", fourth, fifth, matches);

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    public void Of_conditions_on_one_argument_any_suffices(ulong fourth, bool matches)
        => Hold("""{"index":3,"value":1,"op":"SCMP_CMP_EQ"},{"index":3,"value":2,"op":"SCMP_CMP_EQ"}""", fourth, 0, matches);

    [Fact]
    public void Namespaces_by_clone_are_refused_by_a_mask_as_engines_do_it()
    {
        using var bundle = new Bundle().WithLinux("""
            {"seccomp":{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["unshare"],"action":"SCMP_ACT_ERRNO","errnoRet":95,
              "args":[{"index":0,"value":134217728,"valueTwo":134217728,"op":"SCMP_CMP_MASKED_EQ"}]}]}}
            """);
        // CLONE_NEWIPC with another flag, another flag alone (for which the capability is missing).
        new SystemCallProgram().Print(272, 0x0c000000).Print(272, 0x04000000).Into(bundle);
        Assert.Equal([-95, -1], SystemCallProgram.Results(bundle.Says()));
    }

    private static void Hold(string conditions, ulong fourth, ulong fifth, bool matches)
    {
        using var bundle = new Bundle().WithLinux($$$"""{"seccomp":{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["getpriority"],"action":"SCMP_ACT_ERRNO","errnoRet":99,"args":[{{{conditions}}}]}]}}""");
        new SystemCallProgram().Print(Getpriority, 0, 0, 0, fourth, fifth).Into(bundle);
        Assert.Equal(matches, SystemCallProgram.Results(bundle.Says())[0] == -99);
    }
}
