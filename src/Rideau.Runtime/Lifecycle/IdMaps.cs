using System.Collections.Generic;
using Rideau.Namespaces;
using Rideau.Runtime.Spec;

namespace Rideau.Runtime.Lifecycle;

/// <summary>The id maps of a container's user namespace.</summary>
internal static class IdMaps
{
    /// <summary>True where setgroups(2) has to be denied for the map to be written: a group of one's own, without privilege.</summary>
    internal static bool DeniesGroups(List<IdMapping> gids) => IdMapWriter.DeniesGroups(Ranges(gids));

    /// <summary>The same for another caller.</summary>
    internal static bool DeniesGroups(List<IdMapping> gids, uint uid, uint gid) => IdMapWriter.DeniesGroups(Ranges(gids), uid, gid);

    /// <summary>True where only newuidmap or newgidmap may write the map.</summary>
    internal static bool NeedsHelper(List<IdMapping> mappings, uint uid, uint own) => IdMapWriter.NeedsHelper(Ranges(mappings), uid, own);

    internal static void Write(int pid, List<IdMapping> uids, List<IdMapping> gids)
    {
        try
        {
            IdMapWriter.Write(pid, Ranges(uids), Ranges(gids));
        }
        catch (NamespaceException failure)
        {
            throw new ContainerException(failure.Message, failure.Kind == NamespaceFailure.NotSupported ? FailureCode.NotSupported : FailureCode.General, failure.Hint, failure.InnerException);
        }
    }

    /// <summary>The maps of a user with its ranges of /etc/subuid and /etc/subgid.</summary>
    internal static (List<IdMapping> Uids, List<IdMapping> Gids) OfUser(uint uid, uint gid)
    {
        (IReadOnlyList<IdRange> uids, IReadOnlyList<IdRange> gids) = Rideau.Namespaces.SubordinateIds.MappingsOf(uid, gid);
        return (Mappings(uids), Mappings(gids));
    }

    private static List<IdRange> Ranges(List<IdMapping> mappings) => mappings.ConvertAll(one => new IdRange(one.ContainerId, one.HostId, one.Size));

    internal static List<IdMapping> Mappings(IReadOnlyList<IdRange> ranges)
    {
        List<IdMapping> mappings = new(ranges.Count);
        foreach (IdRange range in ranges)
        {
            mappings.Add(new IdMapping(range.Inside, range.Outside, range.Count));
        }

        return mappings;
    }
}
