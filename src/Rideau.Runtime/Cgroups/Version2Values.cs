using System;
using System.Globalization;

namespace Rideau.Runtime.Cgroups;

/// <summary>The specification speaks in the numbers of cgroup v1; these are those of v2.</summary>
internal static class Version2Values
{
    /// <summary>cpu.shares (2 to 262144) as cpu.weight (1 to 10000): a curve through both ends and the two defaults, 1024 and 100.</summary>
    internal static ulong CpuWeight(ulong shares)
    {
        if (shares <= 2)
        {
            return 1;
        }

        if (shares >= 262144)
        {
            return 10000;
        }

        double l = Math.Log2(shares);
        return (ulong)Math.Ceiling(Math.Pow(10, (l * l + 125 * l) / 612.0 - 7.0 / 34.0));
    }

    /// <summary>blkio.weight (10 to 1000) as io.weight (1 to 10000).</summary>
    internal static int IoWeight(int weight) => weight < 10 ? 1 : Math.Min(10000, 1 + (weight - 10) * 9999 / 990);

    /// <summary>memory+swap as swap alone, or null where nothing is to be written.</summary>
    /// <exception cref="ContainerException">Swap without memory, or less than memory.</exception>
    internal static string? Swap(long swap, long memory)
    {
        if (swap == 0)
        {
            // Memory without a limit, and nothing said of swap: v1 has no limit of swap then.
            return memory == -1 ? "max" : null;
        }

        if (swap == -1)
        {
            return "max";
        }

        if (memory == -1)
        {
            return Text(swap);
        }

        if (memory == 0)
        {
            throw ResourceFailure.Invalid("memory", "unable to set swap limit without memory limit");
        }

        if (swap < memory)
        {
            throw ResourceFailure.Invalid("memory", $"memory+swap limit ({swap}) should be >= memory limit ({memory})");
        }

        return (swap - memory).ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>A limit in bytes; -1 is "max".</summary>
    internal static string Text(long limit) => limit == -1 ? "max" : limit.ToString(CultureInfo.InvariantCulture);

    /// <summary>cpu.max. A quota that is not given, or negative, is none.</summary>
    internal static string CpuMax(long quota, ulong period) =>
        string.Create(CultureInfo.InvariantCulture, $"{(quota > 0 ? quota.ToString(CultureInfo.InvariantCulture) : "max")} {(period == 0 ? 100000 : period)}");

    /// <summary>pids.max. 0 becomes 1, as systemd cannot say 0 and the effect is the same.</summary>
    internal static string PidsMax(long limit) => limit < 0 ? "max" : Math.Max(1, limit).ToString(CultureInfo.InvariantCulture);
}
