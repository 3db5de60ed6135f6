using System;

namespace Rideau.Runtime.Systemd;

/// <summary>A method was answered with an error.</summary>
/// <param name="name">"org.freedesktop.systemd1.NoSuchUnit".</param>
/// <param name="text">What it says; may be empty.</param>
internal sealed class BusErrorException(string name, string text) : Exception(text.Length == 0 ? name : $"{text} ({name})")
{
    internal string Name { get; } = name;
}
