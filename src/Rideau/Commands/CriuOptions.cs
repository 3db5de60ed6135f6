using System;
using System.Globalization;
using Rideau.CommandLine;
using Rideau.Runtime.Criu;

namespace Rideau.Commands;

/// <summary>What checkpoint and restore have in common.</summary>
internal static class CriuOptions
{
    private const string Modes = "soft full strict ignore";
    internal const string Locks = "iptables nftables skip";

    internal static readonly Option[] Table =
    [
        new("image-path", '\0', OptionKind.Text, "DIR", "the directory of the checkpoint (default: ./checkpoint)"),
        new("work-path", '\0', OptionKind.Text, "DIR", "the directory of CRIU's log and other files (default: the image path)"),
        new("tcp-established", '\0', OptionKind.Flag, "", "with open TCP connections"),
        new("ext-unix-sk", '\0', OptionKind.Flag, "", "with unix sockets whose other end is outside"),
        new("shell-job", '\0', OptionKind.Flag, "", "with processes of the caller's session and terminal"),
        new("file-locks", '\0', OptionKind.Flag, "", "with locks of files"),
        new("manage-cgroups-mode", '\0', OptionKind.Text, "MODE", "what CRIU does about cgroups: soft, full, strict or ignore", Choices: Modes),
        new("empty-ns", '\0', OptionKind.Texts, "KIND", "leave the contents of a namespace out: network, which always is", Choices: "network"),
        new("auto-dedup", '\0', OptionKind.Flag, "", "take out of earlier images what a later one has again"),
        new("lazy-pages", '\0', OptionKind.Flag, "", "memory is brought when it is used, from \"criu lazy-pages\""),
    ];

    internal static string ImagePath(GivenOptions options) => AbsolutePath.Of(options.TextOrNone("image-path") ?? "checkpoint");

    internal static CheckpointSettings Settings(GivenOptions options)
    {
        foreach (string kind in options.Texts("empty-ns"))
        {
            if (kind != "network")
            {
                throw new UsageException($"namespace \"{kind}\" is not supported", "--empty-ns network");
            }
        }

        return new CheckpointSettings
        {
            LeaveRunning = options.Flag("leave-running"),
            TcpEstablished = options.Flag("tcp-established"),
            TcpSkipInFlight = options.Flag("tcp-skip-in-flight"),
            LinkRemap = options.Flag("link-remap"),
            ExternalUnixSockets = options.Flag("ext-unix-sk"),
            ShellJob = options.Flag("shell-job"),
            FileLocks = options.Flag("file-locks"),
            AutoDedup = options.Flag("auto-dedup"),
            LazyPages = options.Flag("lazy-pages"),
            PageServer = options.TextOrNone("page-server") is { } server ? Server(server) : null,
            CgroupsMode = Mode(options.TextOrNone("manage-cgroups-mode")),
            NetworkLock = Lock(options.TextOrNone("network-lock")),
            LsmProfile = options.TextOrNone("lsm-profile"),
            LsmMountContext = options.TextOrNone("lsm-mount-context"),
        };
    }

    /// <summary>ADDRESS:PORT; an IPv6 address in brackets.</summary>
    internal static PageServer Server(string text)
    {
        int colon = text.LastIndexOf(':');
        string address = colon < 0 ? "" : text[..colon];
        address = address is ['[', .., ']'] ? address[1..^1] : address.Contains(':') ? "" : address;
        if (address.Length == 0 || colon == text.Length - 1)
        {
            throw new UsageException($"--page-server \"{text}\": use --page-server ADDRESS:PORT to specify page server", "an IPv6 address stands in brackets: [::1]:27");
        }

        return int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port is > 0 and <= 65535
            ? new PageServer(address, port)
            : throw new UsageException($"--page-server \"{text}\": invalid port number", "a port is a number from 1 to 65535");
    }

    private static NetworkLock Lock(string? word) => word switch
    {
        null => NetworkLock.Default,
        "iptables" => NetworkLock.Iptables,
        "nftables" => NetworkLock.Nftables,
        "skip" => NetworkLock.Skip,
        _ => throw new UsageException($"invalid network-lock value \"{word}\"", $"one of {Locks.Replace(" ", ", ", StringComparison.Ordinal)}"),
    };

    private static CgroupsMode Mode(string? word) => word switch
    {
        null => CgroupsMode.Default,
        "soft" => CgroupsMode.Soft,
        "full" => CgroupsMode.Full,
        "strict" => CgroupsMode.Strict,
        "ignore" => CgroupsMode.Ignore,
        _ => throw new UsageException($"invalid manage-cgroups-mode value \"{word}\"", $"one of {Modes.Replace(" ", ", ", StringComparison.Ordinal)}"),
    };
}
