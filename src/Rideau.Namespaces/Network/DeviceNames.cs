using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Netlink;

namespace Rideau.Namespaces.Network;

/// <summary>Names of network devices, and templates of them: "eth%d" is the first of eth0, eth1 and so on that is free.</summary>
public static class DeviceNames
{
    private const int LimitOfNumbers = 4096;

    /// <summary>True where the name has a number to be chosen.</summary>
    public static bool IsTemplate(string name) => name.Contains("%d", StringComparison.Ordinal);

    /// <summary>Makes sure that the kernel would take the name.</summary>
    /// <exception cref="NetworkDeviceException">It would not.</exception>
    public static void Check(string name)
    {
        bool fits = name.Length > 0 && name is not ("." or "..") && Encoding.UTF8.GetByteCount(name) < Rtnetlink.IFNAMSIZ;
        foreach (char letter in name)
        {
            fits &= letter is not ('/' or ':') && !char.IsWhiteSpace(letter) && !char.IsControl(letter);
        }

        if (!fits || name.Replace("%d", "", StringComparison.Ordinal).Contains('%', StringComparison.Ordinal))
        {
            throw new NetworkDeviceException($"bad name \"{name}\" of a network device", "it has 1 to 15 bytes without a slash, a colon or a blank; \"eth%d\" takes the first number that is free");
        }
    }

    /// <summary>The names of a template that no device has, one after the other; of a name that is none, itself.</summary>
    public static IEnumerable<string> Free(NetlinkSocket socket, string template)
    {
        int place = template.IndexOf("%d", StringComparison.Ordinal);
        if (place < 0)
        {
            yield return template;
            yield break;
        }

        var taken = new HashSet<string>();
        foreach (NetworkLink other in Links.All(socket))
        {
            taken.Add(other.Name);
        }

        for (int number = 0; number < LimitOfNumbers; number++)
        {
            string candidate = string.Concat(template.AsSpan(0, place), number.ToString(CultureInfo.InvariantCulture), template.AsSpan(place + 2));
            if (candidate.Length >= Rtnetlink.IFNAMSIZ)
            {
                yield break;
            }

            if (!taken.Contains(candidate))
            {
                yield return candidate;
            }
        }
    }
}
