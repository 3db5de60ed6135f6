using System.Collections.Generic;
using Rideau.Kernel.Abi;
using Rideau.Runtime.Spec;

namespace Rideau.Runtime.Plan;

/// <summary>The five sets as bits. Names that this program does not know are left out with a warning, as the field does.</summary>
internal readonly record struct CapabilitySets(ulong Bounding, ulong Effective, ulong Inheritable, ulong Permitted, ulong Ambient)
{
    internal static CapabilitySets From(Capabilities? capabilities, Log log) => capabilities is null
        ? default
        : new(
            Bits(capabilities.Bounding, log),
            Bits(capabilities.Effective, log),
            Bits(capabilities.Inheritable, log),
            Bits(capabilities.Permitted, log),
            Bits(capabilities.Ambient, log));

    private static ulong Bits(List<string> names, Log log)
    {
        ulong bits = 0;
        foreach (string name in names)
        {
            int number = Capability.NumberOf(name);
            if (number < 0)
            {
                log.Warning($"unknown capability \"{name}\", ignoring it");
                continue;
            }

            bits |= 1UL << number;
        }

        return bits;
    }
}
