using System;
using System.Globalization;
using Rideau.Child.Outside;
using Rideau.Namespaces;

namespace Rideau.Commands;

/// <summary>Commands that go on in the background when asked: they start themselves once more, and end when that one is ready.</summary>
internal static class Background
{
    /// <summary>True in the one that was started.</summary>
    internal static bool IsThis => Descriptor is not null;

    private static int? Descriptor => int.TryParse(Environment.GetEnvironmentVariable(BackgroundSelf.Variable), NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 2 ? number : null;

    /// <summary>Runs the same command line again in the background.</summary>
    /// <returns>0, or the status that it ended with before it was ready.</returns>
    internal static int Start(string attempt)
    {
        return BackgroundSelf.Start(attempt, Environment.GetCommandLineArgs()[1..], InheritedEnvironment.Variables) ?? ExitCode.Success;
    }

    /// <summary>Says in the one that was started that it is ready; elsewhere it does nothing.</summary>
    internal static void SayReady()
    {
        if (Descriptor is { } descriptor)
        {
            BackgroundSelf.SayReady(descriptor);
        }
    }
}
