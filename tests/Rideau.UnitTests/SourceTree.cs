using System;
using System.IO;

namespace Rideau.UnitTests;

/// <summary>Finds the checkout that the tests were built from.</summary>
internal static class SourceTree
{
    /// <summary>A path below the checkout's root.</summary>
    internal static string Find(string relative)
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Rideau.slnx")))
        {
            folder = folder.Parent;
        }

        return Path.Combine(folder?.FullName ?? throw new InvalidOperationException("the tests do not lie in a checkout"), relative);
    }
}
