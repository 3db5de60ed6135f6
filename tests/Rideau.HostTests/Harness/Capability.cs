using System;
using System.Globalization;
using System.IO;
using System.Linq;
using Xunit;

namespace Rideau.HostTests.Harness;

/// <summary>What the root that runs the tests may do: inside another container it is less than all.</summary>
public static class Capability
{
    public const int SysResource = 24;

    /// <summary>The effective set in hexadecimal, without leading zeros.</summary>
    public static string OfTheTest { get; } =
        File.ReadLines("/proc/self/status").First(line => line.StartsWith("CapEff", StringComparison.Ordinal)).Split('\t')[1].TrimStart('0');

    /// <summary>Skips the test where the capability is missing.</summary>
    public static void Require(int number)
    {
        if ((ulong.Parse(OfTheTest, NumberStyles.HexNumber, CultureInfo.InvariantCulture) & (1UL << number)) == 0)
        {
            Assert.Skip($"needs capability {number}");
        }
    }
}
