using System;

namespace Rideau.Runtime.Systemd;

/// <summary>The other side said what is no D-Bus.</summary>
/// <param name="what">What was found: "a string without its zero byte".</param>
internal sealed class BusFormatException(string what) : Exception(what);
