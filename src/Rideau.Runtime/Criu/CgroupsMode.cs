namespace Rideau.Runtime.Criu;

/// <summary>--manage-cgroups-mode: how CRIU deals with the container's cgroups; criu_cg_mode of its rpc.proto.</summary>
public enum CgroupsMode
{
    Ignore = 0,
    Soft = 3,
    Full = 4,
    Strict = 5,

    /// <summary>What CRIU takes where nothing is said.</summary>
    Default = 6,
}
