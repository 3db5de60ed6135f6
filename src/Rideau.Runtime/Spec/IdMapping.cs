namespace Rideau.Runtime.Spec;

/// <summary>spec: config-linux.md#user-namespace-mappings</summary>
public readonly record struct IdMapping(uint ContainerId, uint HostId, uint Size);
