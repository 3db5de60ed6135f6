using System;

namespace Rideau.Namespaces;

/// <summary>What is read is no tar archive, or a damaged or a hostile one.</summary>
/// <param name="message">What is wrong with it.</param>
internal sealed class TarFormatException(string message) : Exception(message);
