using System;
using System.Globalization;
using Rideau.Kernel;
using Rideau.Kernel.Calls;

namespace Rideau.Runtime.Machine;

/// <summary>Short files of /proc and /sys that may not be there.</summary>
internal static class KernelFile
{
    /// <summary>The text without its newline, or null.</summary>
    internal static string? Text(string path)
    {
        try
        {
            return Files.ReadText(path, null, 4096).Trim();
        }
        catch (LinuxException)
        {
            return null;
        }
    }

    /// <summary>The number, or null.</summary>
    internal static long? Number(string path) =>
        long.TryParse(Text(path), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) ? number : null;

    /// <summary>True for "Y", "y" and "1".</summary>
    internal static bool IsOn(string path) => Text(path) is { } text && text.StartsWith("Y", StringComparison.OrdinalIgnoreCase) | text == "1";
}
