using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Rideau.Kernel;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;
using Rideau.Kernel.Netlink;

namespace Rideau.Namespaces;

/// <summary>What the files in a namespace's directory say: one value a line, nothing where there is none.</summary>
/// <remarks>Of a process only what reading cannot block on is asked: its command line lies in memory that can be a file of this very tree.</remarks>
internal static class NamespaceTexts
{
    /// <returns>0, or the positive errno.</returns>
    internal static int Read(NamespaceView view, NamedNamespaces names, NamespaceInfo info, int attribute, out string text)
    {
        text = "";
        switch (attribute)
        {
            case NamespaceAttribute.UidMap:
                text = Map(info, "uid_map");
                return 0;
            case NamespaceAttribute.GidMap:
                text = Map(info, "gid_map");
                return 0;
            case NamespaceAttribute.Created:
                text = Created(names, info);
                return 0;
            case NamespaceAttribute.Init or NamespaceAttribute.Devices:
                return ReadOpen(view, info, attribute, out text);
            default:
                text = Lines(Values(info, attribute));
                return 0;
        }
    }

    internal static string Lines(IEnumerable<string> lines)
    {
        var text = new StringBuilder();
        foreach (string line in lines)
        {
            text.Append(line.ReplaceLineEndings("?")).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>As record.json and the events have it.</summary>
    internal static string Time(DateTimeOffset time) => time.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private static List<string> Values(NamespaceInfo info, int attribute) => attribute switch
    {
        NamespaceAttribute.Type => [info.Type.Name],
        NamespaceAttribute.Id => info.Id == 0 ? [] : [TreeBranch.Text(info.Id)],
        NamespaceAttribute.Processes => Numbers(info.Processes),
        NamespaceAttribute.Names => info.Names,
        NamespaceAttribute.Mounts => info.Mounts,
        NamespaceAttribute.Descriptors => info.Descriptors.ConvertAll(static one => $"{Number(one.Pid)} {Number(one.Descriptor)}"),
        NamespaceAttribute.ForChildrenOf => Numbers(info.ForChildrenOf),
        NamespaceAttribute.Creator => info.CreatorUid is { } uid ? [Number(uid)] : [],
        _ => [Number(info.Depth)],
    };

    private static List<string> Numbers(List<int> numbers) => numbers.ConvertAll(static number => Number(number));

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    // The kernel says it of a process that is in it, and of nothing else.
    private static string Map(NamespaceInfo info, string file)
    {
        foreach (int pid in info.Processes)
        {
            try
            {
                return Lines(Array.ConvertAll(
                    Files.ReadText($"/proc/{Number(pid)}/{file}").Split('\n', StringSplitOptions.RemoveEmptyEntries),
                    static line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries))));
            }
            catch (LinuxException)
            {
                // It has ended meanwhile.
            }
        }

        return "";
    }

    private static string Created(NamedNamespaces names, NamespaceInfo info)
    {
        foreach (string name in info.Names)
        {
            if (names.TryFind(name) is { } named && named.Record.Of(info.Type) is { } identity && identity.Inode == info.Inode)
            {
                return Time(named.Record.Created) + "\n";
            }
        }

        return "";
    }

    private static int ReadOpen(NamespaceView view, NamespaceInfo info, int attribute, out string text)
    {
        text = "";
        int errno = view.TryOpen(info, out OwnedFd? fd);
        if (fd is null)
        {
            return errno;
        }

        using (fd)
        {
            if (attribute == NamespaceAttribute.Init)
            {
                text = NamespaceFiles.TryInit(fd, out int pid) == 0 ? Number(pid) + "\n" : "";
                return 0;
            }

            try
            {
                text = Lines(Devices(fd));
                return 0;
            }
            catch (LinuxException failure)
            {
                return failure.Errno;
            }
        }
    }

    // "eth0 UP 192.0.2.1/24 2001:db8::1/64"
    private static List<string> Devices(OwnedFd network)
    {
        List<string> lines = [];
        using NetlinkSocket socket = NetlinkSocket.Open(network);
        foreach (NetworkLink link in Links.All(socket))
        {
            var line = new StringBuilder(link.Name).Append(link.IsUp ? " UP" : " DOWN");
            foreach (NetworkAddress address in Addresses.Of(socket, link.Index))
            {
                line.Append(' ').Append(address);
            }

            lines.Add(line.ToString());
        }

        return lines;
    }
}
