using System;
using System.Collections.Generic;
using System.IO;
using Xunit;

namespace Rideau.UnitTests.Spec;

/// <summary>The files of tests/fixtures/configs.</summary>
internal static class ConfigurationFixtures
{
    private static readonly string Folder = SourceTree.Find("tests/fixtures/configs");

    public static byte[] Bytes(string name) => File.ReadAllBytes(Path.Combine(Folder, name));

    public static TheoryData<string> Names()
    {
        TheoryData<string> names = [];
        foreach (string path in All())
        {
            names.Add(Path.GetFileName(path));
        }

        return names;
    }

    public static IReadOnlyList<string> All()
    {
        string[] paths = Directory.GetFiles(Folder, "*.json");
        Array.Sort(paths, StringComparer.Ordinal);
        return paths;
    }
}
