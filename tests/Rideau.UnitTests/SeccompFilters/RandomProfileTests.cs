using System;
using System.Diagnostics;
using System.Threading;
using System.Threading.Tasks;
using Rideau.Runtime.Seccomp;
using Xunit;

namespace Rideau.UnitTests.SeccompFilters;

/// <summary>As many profiles as there is time for, on all processors; a failure names the seed of its profile.</summary>
public sealed class RandomProfileTests
{
    private const int FewestProfiles = 60;

    /// <summary>Profiles on which libseccomp does not end.</summary>
    private const int MostEndless = 3;

    private static readonly TimeSpan s_time = TimeSpan.FromSeconds(Environment.GetEnvironmentVariable("RIDEAU_SLOW") is null ? 4 : 60);

    [Fact]
    public void Profiles_made_at_random_are_those_of_libseccomp()
    {
        OracleTests.SkipWithoutLibrary();
        var clock = Stopwatch.StartNew();
        int seeds = -1;
        int held = 0;
        int endless = 0;
        long compared = 0;
        long different = 0;
        Parallel.For(0, Environment.ProcessorCount, _ =>
        {
            while (Volatile.Read(ref endless) < MostEndless && (clock.Elapsed < s_time || Volatile.Read(ref seeds) < FewestProfiles))
            {
                int seed = Interlocked.Increment(ref seeds);
                Random random = new(seed);
                SeccompMachine machine = seed % 4 == 3 ? SeccompMachine.Arm64 : SeccompMachine.X64;
                try
                {
                    if (Oracle.Hold($"seed {seed}", RandomProfile.Make(random, machine), machine, random) is { } oracle)
                    {
                        Interlocked.Increment(ref held);
                        Interlocked.Add(ref compared, oracle.Compared);
                        Interlocked.Add(ref different, oracle.OtherOrder + oracle.WrongThere);
                    }
                }
                catch (TimeoutException)
                {
                    // Each leaves a thread behind that takes a processor: a few are enough.
                    Interlocked.Increment(ref endless);
                }
            }
        });

        // The others contradict themselves, and both compilers say so. A difference is one that Oracle can explain, or it would have failed there.
        TestContext.Current.SendDiagnosticMessage($"{held} of {seeds + 1} profiles, {compared} calls, {different} differ, {endless} on which the library did not end");
        Assert.True(held > seeds / 2, $"only {held} of {seeds + 1} profiles could be compared");
        Assert.True(different * 500 < compared, $"{different} of {compared} calls differ");
    }
}
