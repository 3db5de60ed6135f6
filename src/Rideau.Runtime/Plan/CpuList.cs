using System;
using System.Globalization;

namespace Rideau.Runtime.Plan;

/// <summary>The kernel's list format of CPUs and memory nodes: "0-3,7". man: cpuset(7), Formats</summary>
internal static class CpuList
{
    private const int Limit = 8192;

    /// <summary>The list as a bit mask, whole 64-bit words.</summary>
    internal static byte[] Parse(string list, string where)
    {
        byte[] mask = new byte[Limit / 8];
        int highest = 0;
        foreach (string part in list.Split(','))
        {
            int dash = part.IndexOf('-', StringComparison.Ordinal);
            ReadOnlySpan<char> first = (dash < 0 ? part : part.AsSpan(0, dash)).Trim();
            ReadOnlySpan<char> last = dash < 0 ? first : part.AsSpan(dash + 1).Trim();
            if (!int.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out int from)
                || !int.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out int to)
                || from > to || to >= Limit)
            {
                throw new ContainerException($"{where}: \"{list}\" is no list of numbers as \"0-3,7\"", FailureCode.InvalidArgument);
            }

            for (int i = from; i <= to; i++)
            {
                mask[i / 8] |= (byte)(1 << (i % 8));
            }

            highest = Math.Max(highest, to);
        }

        return mask[..(((highest / 64) + 1) * 8)];
    }
}
