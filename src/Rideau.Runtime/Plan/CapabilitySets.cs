using System.Collections.Generic;
using Rideau.Kernel.Abi;
using Rideau.Runtime.Spec;

namespace Rideau.Runtime.Plan;

/// <summary>The five sets as bits. What this program does not know, and what cannot be granted, is left out with a warning, as the specification has it.</summary>
/// <remarks>spec: config.md#linux-process · man: capabilities(7)</remarks>
internal readonly record struct CapabilitySets(ulong Bounding, ulong Effective, ulong Inheritable, ulong Permitted, ulong Ambient)
{
    /// <summary>The sets of a configuration, less what cannot be granted.</summary>
    /// <param name="capabilities">Null: none are asked for.</param>
    /// <param name="available">What the process can have at most; all in a user namespace of its own.</param>
    /// <param name="log">Gets a line for each that is left out.</param>
    internal static CapabilitySets From(Capabilities? capabilities, ulong available, Log log)
    {
        if (capabilities is null)
        {
            return default;
        }

        var asked = new CapabilitySets(
            Bits(capabilities.Bounding, log),
            Bits(capabilities.Effective, log),
            Bits(capabilities.Inheritable, log),
            Bits(capabilities.Permitted, log),
            Bits(capabilities.Ambient, log));
        ulong refused = (asked.Bounding | asked.Effective | asked.Inheritable | asked.Permitted | asked.Ambient) & ~available;
        for (int capability = 0; refused >> capability != 0 && capability <= Capability.Last; capability++)
        {
            if ((refused & (1UL << capability)) != 0)
            {
                log.Warning($"{Capability.NameOf(capability)} cannot be granted: this runtime does not have it, ignoring it");
            }
        }

        return asked.Within(available);
    }

    private CapabilitySets Within(ulong available) =>
        new(Bounding & available, Effective & available, Inheritable & available, Permitted & available, Ambient & available);

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
