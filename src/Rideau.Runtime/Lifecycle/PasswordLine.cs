namespace Rideau.Runtime.Lifecycle;

/// <summary>A line of /etc/passwd. man: passwd(5)</summary>
internal sealed record PasswordLine(string Name, string Home, string Shell);
