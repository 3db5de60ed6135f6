using System;
using Rideau.Kernel.Calls;

namespace Rideau.Runtime.Criu;

/// <summary>The program criu of this machine.</summary>
public static class CriuProgram
{
    /// <summary>The oldest that is used: before it pid namespaces could not be left outside.</summary>
    internal const int MinimumVersion = 31500;

    internal const string PackageHint = "install the package \"criu\" (Debian, Ubuntu, Fedora, openSUSE, Alpine and Arch have one of that name), and let \"criu check\" say whether this kernel is good enough for it";

    // For callers whose PATH has no directories of the administrator.
    private const string UsualPlaces = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <summary>Its file, on PATH or in the usual places; null where there is none.</summary>
    public static string? Find() => FindOn($"{Environment.GetEnvironmentVariable("PATH")}:{UsualPlaces}", "criu");

    /// <summary>CRIU holds a network namespace's connections by iptables-restore, also where there are none, and does not look for another way by itself.</summary>
    internal static bool LacksIptables() => FindOn(Environment.GetEnvironmentVariable("PATH") ?? "", "iptables-restore") is null;

    private static string? FindOn(string path, string name)
    {
        foreach (Range range in path.AsSpan().Split(':'))
        {
            string file = $"{path.AsSpan()[range]}/{name}";
            if (file[0] == '/' && file.Length > name.Length + 1 && Files.TryStatus(file, out FileStatus status) == 0 && status.IsRegularFile && (status.Mode & 0x49) != 0) // 0111
            {
                return file;
            }
        }

        return null;
    }

    /// <summary>Its file, of a version that is new enough.</summary>
    /// <param name="attempt">"cannot checkpoint container \"web\"".</param>
    /// <param name="version">major * 10000 + minor * 100 + sublevel.</param>
    /// <exception cref="ContainerException">NotSupported.</exception>
    internal static string Require(string attempt, out int version)
    {
        string file = Find() ?? throw new ContainerException($"{attempt}: criu is not installed", FailureCode.NotSupported, PackageHint);
        using var session = CriuSession.Start(attempt, file);
        CriuAnswer answer = session.Ask(new CriuRequest { Kind = CriuKind.Version });
        version = answer.Version;
        return version >= MinimumVersion
            ? file
            : throw new ContainerException($"{attempt}: \"{file}\" is version {Words(version)}, and must be {Words(MinimumVersion)} or newer", FailureCode.NotSupported, "install a newer package \"criu\"");
    }

    /// <summary>Fails where the program, or this kernel, cannot do what an option needs.</summary>
    internal static void RequireFeatures(string attempt, string file, bool tracksMemory, bool lazyPages)
    {
        using var session = CriuSession.Start(attempt, file);
        CriuAnswer answer = session.Ask(new CriuRequest { Kind = CriuKind.FeatureCheck });
        if (tracksMemory && !answer.TracksMemory)
        {
            throw Missing(attempt, "--pre-dump: criu is missing features: MemTrack", "the kernel needs CONFIG_MEM_SOFT_DIRTY, or criu 4.2 and Linux 6.7");
        }

        if (lazyPages && !answer.HasLazyPages)
        {
            throw Missing(attempt, "--lazy-pages: criu is missing features: LazyPages", "the kernel needs CONFIG_USERFAULTFD, and criu must be built with it");
        }
    }

    /// <summary>"3.15", "4.1.1".</summary>
    internal static string Words(int version) => $"{version / 10000}.{version / 100 % 100}{(version % 100 == 0 ? "" : $".{version % 100}")}";

    private static ContainerException Missing(string attempt, string reason, string hint) => new($"{attempt}: {reason}", FailureCode.NotSupported, hint);
}
