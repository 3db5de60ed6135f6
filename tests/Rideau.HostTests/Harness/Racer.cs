using System;
using System.IO;

namespace Rideau.HostTests.Harness;

/// <summary>A container that holds a directory of the machine as a volume, and lets two names in it change places all the time.</summary>
/// <remarks>renameat2(2) with RENAME_EXCHANGE, as fast as it goes, for half a minute at most; the names are ready before, and the race is on when the constructor returns.</remarks>
public sealed class Racer : IDisposable
{
    private readonly Bundle _bundle;

    public Racer(string directory, string one, string other)
    {
        _bundle = new Bundle($"touch /racing; exec attack exchange '/shared/{one}' '/shared/{other}' 30000").WithAttacker()
            .Mount("/shared", "bind", directory, "bind").Started();
        for (int i = 0; i < 1000 && !File.Exists(Path.Combine(_bundle.RootFilesystem, "racing")); i++)
        {
            System.Threading.Thread.Sleep(5);
        }
    }

    public void Dispose() => _bundle.Dispose();
}
