using System;
using System.Globalization;
using Xunit;

namespace Rideau.HostTests.Harness;

/// <summary>The time that a run has: ./test --minutes.</summary>
public static class TestTime
{
    /// <summary>Skips a long test that would not end in time.</summary>
    /// <param name="seconds">What it takes at most, on a slow machine too.</param>
    public static void Needs(long seconds)
    {
        bool limited = long.TryParse(Environment.GetEnvironmentVariable("RIDEAU_TEST_END"), NumberStyles.None, CultureInfo.InvariantCulture, out long end);
        long left = end - DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        Assert.SkipWhen(limited && left < seconds, $"not begun: it may take {seconds} s, and {Math.Max(0, left)} s are left of ./test --minutes");
    }
}
