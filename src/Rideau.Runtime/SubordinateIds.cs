using System.Collections.Generic;
using Rideau.Runtime.Lifecycle;
using Rideau.Runtime.Spec;

namespace Rideau.Runtime;

/// <summary>The ranges of ids that a user may map, besides the own, as mappings of a configuration.</summary>
public static class SubordinateIds
{
    /// <summary>Root is the user, and the ids from 1 on are the user's ranges, one behind the other. Without ranges: root alone.</summary>
    public static (List<IdMapping> Uids, List<IdMapping> Gids) MappingsOf(uint uid, uint gid) => IdMaps.OfUser(uid, gid);

    /// <summary>The ranges of a user, one behind the other from 1 on.</summary>
    internal static List<IdMapping> Ranges(string text, string name, string number) => IdMaps.Mappings(Rideau.Namespaces.SubordinateIds.Ranges(text, name, number));
}
