using System;
using System.Collections.Generic;
using Rideau.Runtime.Seccomp;
using Rideau.Runtime.Spec;
using Xunit;

namespace Rideau.UnitTests.SeccompFilters;

/// <summary>Our filters do what libseccomp's do under runc, call by call. Skipped where the library is missing (Debian: libseccomp2).</summary>
public sealed class OracleTests
{
    internal static readonly string[] X64Architectures = ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"];
    internal static readonly string[] Arm64Architectures = ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"];

    private static readonly List<(uint Architecture, SystemCallColumn Column)> s_columns =
    [
        (Libseccomp.ArchX86_64, SystemCallColumn.X86_64), (Libseccomp.ArchX86, SystemCallColumn.X86), (Libseccomp.ArchX32, SystemCallColumn.X32),
        (Libseccomp.ArchAArch64, SystemCallColumn.AArch64), (Libseccomp.ArchArm, SystemCallColumn.Arm),
    ];

    public static TheoryData<string> KnownProfiles => [.. FixedProfiles.Names];

    [Theory]
    [MemberData(nameof(KnownProfiles))]
    public void A_profile_as_people_write_it_is_that_of_libseccomp(string name)
    {
        SkipWithoutLibrary();
        foreach (SeccompMachine machine in new[] { SeccompMachine.X64, SeccompMachine.Arm64 })
        {
            Runtime.Spec.Seccomp profile = KnownToLibrary(FixedProfiles.Make(name, machine == SeccompMachine.X64 ? "amd64" : "arm64", machine == SeccompMachine.X64 ? X64Architectures : Arm64Architectures));
            for (int seed = 1; seed <= 3; seed++)
            {
                Oracle? oracle = Oracle.Hold($"{name}, seed {seed}", profile, machine, new Random(seed));
                Assert.NotNull(oracle);
                Assert.Equal((0, 0), (oracle.OtherOrder, oracle.WrongThere));
            }
        }
    }

    [Fact]
    public void The_table_has_the_numbers_of_libseccomp()
    {
        SkipWithoutLibrary();
        foreach (string name in EngineProfile.For("amd64").Syscalls[1].Names)
        {
            foreach ((uint architecture, SystemCallColumn column) in s_columns)
            {
                // What the library does not know at all is newer than it; the multiplexed calls of x86 have numbers of its own.
                int row = SystemCallTable.RowOf(name);
                if (Libseccomp.NumberOf(architecture, name) is { } expected && !(column == SystemCallColumn.X86 && MultiplexedCall.TryFind(name, out _, out _)))
                {
                    int actual = row < 0 ? -1 : SystemCallTable.NumberOf(row, column);
                    Assert.True(Math.Max(-1, expected) == actual, $"{name} of {column}: {expected} there, {actual} here");
                }
            }
        }
    }

    /// <summary>Whether the library has the number that we have, which it has not for what is newer than it.</summary>
    private static bool IsSame(string name, uint architecture, SystemCallColumn column)
    {
        int row = SystemCallTable.RowOf(name);
        int number = row < 0 ? -1 : SystemCallTable.NumberOf(row, column);
        return (column == SystemCallColumn.X86 && MultiplexedCall.TryFind(name, out _, out _))
            || Math.Max(-1, Libseccomp.NumberOf(architecture, name) ?? -1) == number;
    }

    /// <summary>Without the names that are newer than the library.</summary>
    private static Runtime.Spec.Seccomp KnownToLibrary(Runtime.Spec.Seccomp profile)
    {
        foreach (SeccompRule rule in profile.Syscalls)
        {
            List<string> names = rule.Names.FindAll(name => s_columns.TrueForAll(column => IsSame(name, column.Architecture, column.Column)));
            rule.Names.Clear();
            rule.Names.AddRange(names);
        }

        return profile;
    }

    internal static void SkipWithoutLibrary() => Assert.SkipUnless(Libseccomp.IsHere, "libseccomp.so.2 is not installed");
}
