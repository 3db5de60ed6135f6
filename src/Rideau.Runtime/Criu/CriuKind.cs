namespace Rideau.Runtime.Criu;

/// <summary>What a request asks for, and what its answer is about: criu_req_type of CRIU's rpc.proto.</summary>
internal enum CriuKind
{
    Empty = 0,
    Dump = 1,
    Restore = 2,
    PreDump = 4,
    Notify = 6,
    FeatureCheck = 9,
    Version = 10,
}
