namespace Rideau.Runtime.Criu;

/// <summary>--page-server.</summary>
/// <param name="Address">An IP address.</param>
/// <param name="Port">From 1 to 65535.</param>
public sealed record PageServer(string Address, int Port);
