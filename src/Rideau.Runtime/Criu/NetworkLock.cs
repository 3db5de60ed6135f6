namespace Rideau.Runtime.Criu;

/// <summary>How a dump holds the connections of a network namespace: criu_network_lock_method of CRIU's rpc.proto.</summary>
public enum NetworkLock
{
    /// <summary>As CRIU does by itself: it executes iptables-restore.</summary>
    Default = 0,

    /// <summary>The program iptables-restore.</summary>
    Iptables = 1,

    /// <summary>By nftables, without another program (CRIU 3.17).</summary>
    Nftables = 2,

    /// <summary>Not at all (CRIU 3.19): packets that come meanwhile are answered by nobody, and connections may break.</summary>
    Skip = 3,
}
