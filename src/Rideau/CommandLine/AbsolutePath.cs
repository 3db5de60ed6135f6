using System.IO;
using Rideau.Kernel.Calls;

namespace Rideau.CommandLine;

/// <summary>Paths of a command line are relative to the caller's directory.</summary>
internal static class AbsolutePath
{
    internal static string Of(string path)
    {
        string directory = path.StartsWith('/') ? "/" : Files.ReadLink("/proc/self/cwd") ?? "/";
        string full = Path.GetFullPath(path, directory);
        return full.Length > 1 ? full.TrimEnd('/') : full;
    }

    internal static string? OfOptional(string? path) => path is null ? null : Of(path);
}
