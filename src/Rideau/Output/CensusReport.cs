using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Rideau.Kernel;
using Rideau.Kernel.Calls;
using Rideau.Namespaces;

namespace Rideau.Output;

/// <summary>All namespaces as a table, a tree, JSON, and a drawing for Graphviz.</summary>
internal static class CensusReport
{
    internal static string Table(IReadOnlyList<NamespaceInfo> all)
    {
        TextTable table = new("NAMESPACE", "PROCS", "PID", "OWNER", "HELD BY", "NAMES", "COMMAND");
        foreach (NamespaceInfo info in all)
        {
            table.Add(
                info.ToString(),
                Number(info.Processes.Count),
                info.Processes.Count > 0 ? Number(info.Processes[0]) : "-",
                info.Owner is { } owner ? owner.ToString() : "-",
                Holders(info),
                info.Names.Count > 0 ? string.Join(',', info.Names) : "-",
                info.Processes.Count > 0 ? Command(info.Processes[0]) : "");
        }

        return table.ToText();
    }

    internal static string Tree(IReadOnlyList<NamespaceInfo> all)
    {
        StringBuilder text = new();
        var tree = new CensusTree(all);
        foreach (NamespaceInfo root in tree.Roots)
        {
            AddUser(text, tree, root, "");
        }

        foreach (NamespaceInfo orphan in tree.Orphans)
        {
            text.Append(Line(orphan)).Append("  (its owner is not in sight)\n");
        }

        return text.ToString();
    }

    internal static string Dot(IReadOnlyList<NamespaceInfo> all)
    {
        StringBuilder text = new("digraph namespaces {\n  rankdir=LR;\n  node [shape=box, fontname=\"monospace\"];\n");
        foreach (NamespaceInfo info in all)
        {
            string label = string.Join("\\n", ((string[])[info.ToString(), $"{info.Processes.Count} processes", .. info.Names]).Select(Escape));
            text.Append(CultureInfo.InvariantCulture, $"  n{info.Inode} [label=\"{label}\"{(info.Type == NamespaceType.User ? ", style=bold" : "")}];\n");
        }

        foreach (NamespaceInfo info in all)
        {
            if (info.Owner is { } owner && info.Type != NamespaceType.User)
            {
                text.Append(CultureInfo.InvariantCulture, $"  n{owner.Inode} -> n{info.Inode} [style=dashed];\n");
            }

            if (info.Parent is { } parent)
            {
                text.Append(CultureInfo.InvariantCulture, $"  n{parent.Inode} -> n{info.Inode};\n");
            }
        }

        return text.Append("}\n").ToString();
    }

    internal static string Show(NamespaceInfo info)
    {
        StringBuilder text = new();
        text.Append(info).Append(info.Id == 0 ? "" : $" id {Number(info.Id)}").Append('\n');
        Add(text, "names", info.Names);
        Add(text, "owner", info.Owner is { } owner ? [owner.ToString()] : []);
        Add(text, "parent", info.Parent is { } parent ? [parent.ToString()] : []);
        Add(text, "creator", info.CreatorUid is { } uid ? [UserName.Of(uid)] : []);
        Add(text, "depth", info.Type == NamespaceType.User || info.Type == NamespaceType.Pid ? [Number(info.Depth)] : info.Owner is { } above ? [$"{Number(above.Depth)}, of its owner"] : []);
        Add(text, "user map", [.. info.UserMap]);
        Add(text, "group map", [.. info.GroupMap]);
        Add(text, "devices", [.. (info.Devices ?? []).Select(Device)]);
        Add(text, "processes", [.. info.Processes.Select(pid => $"{Number(pid)} {Command(pid)}")]);
        Add(text, "for children of", [.. info.ForChildrenOf.Select(pid => $"{Number(pid)} {Command(pid)}")]);
        Add(text, "mounted at", info.Mounts);
        Add(text, "descriptors", [.. info.Descriptors.Select(one => $"{Number(one.Descriptor)} of {Number(one.Pid)} {Command(one.Pid)}")]);
        Add(text, "sockets", [.. info.Sockets.Select(one => $"{Number(one.Descriptor)} of {Number(one.Pid)} {Command(one.Pid)}")]);
        return text.ToString();
    }

    internal static byte[] Json(IReadOnlyList<NamespaceInfo> all)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartArray();
            foreach (NamespaceInfo info in all)
            {
                Write(json, info);
            }

            json.WriteEndArray();
        }

        bytes.WriteByte((byte)'\n');
        return bytes.ToArray();
    }

    internal static void Write(Utf8JsonWriter json, NamespaceInfo info)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, info.Type.Name);
        json.WriteNumber("inode"u8, info.Inode);
        if (info.Id != 0)
        {
            json.WriteNumber("id"u8, info.Id);
        }

        WriteInode(json, "owner", info.Owner);
        WriteInode(json, "parent", info.Parent);
        if (info.CreatorUid is { } uid)
        {
            json.WriteNumber("creator"u8, uid);
        }

        if (info.Type == NamespaceType.User || info.Type == NamespaceType.Pid)
        {
            json.WriteNumber("depth"u8, info.Depth);
        }

        Words(json, "names", info.Names);
        Numbers(json, "processes", info.Processes);
        Numbers(json, "forChildrenOf", info.ForChildrenOf);
        Words(json, "mounts", info.Mounts);
        Words(json, "descriptors", [.. info.Descriptors.Select(one => $"{Number(one.Pid)}:{Number(one.Descriptor)}")]);
        Words(json, "sockets", [.. info.Sockets.Select(one => $"{Number(one.Pid)}:{Number(one.Descriptor)}")]);
        if (info.Type == NamespaceType.User)
        {
            Words(json, "userMap", info.UserMap.Count > 0 ? info.UserMap : Map(info, "uid_map"));
            Words(json, "groupMap", info.GroupMap.Count > 0 ? info.GroupMap : Map(info, "gid_map"));
        }

        if (info.Devices is { } devices)
        {
            WriteDevices(json, devices);
        }

        json.WriteEndObject();
    }

    private static void WriteDevices(Utf8JsonWriter json, IReadOnlyList<NetworkContents> devices)
    {
        json.WriteStartArray("devices"u8);
        foreach (NetworkContents device in devices)
        {
            json.WriteStartObject();
            json.WriteString("name"u8, device.Link.Name);
            json.WriteNumber("index"u8, device.Link.Index);
            json.WriteString("kind"u8, device.Link.Kind);
            json.WriteBoolean("up"u8, (device.Link.Flags & 1) != 0);
            json.WriteNumber("mtu"u8, device.Link.Mtu);
            Words(json, "addresses", [.. device.Addresses.Select(static address => address.ToString())]);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>An SVG drawing.</summary>
    internal static string Svg(IReadOnlyList<NamespaceInfo> all) => CensusDrawing.Svg(
        all,
        static user => string.Join(", ", ((string[])[
            .. user.Names.Select(static name => $"\"{name}\""),
            user.Parent is not null && user.CreatorUid is { } uid ? $"made by {UserName.Of(uid)}" : "",
            Inside(user),
            .. Map(user, "uid_map").Take(2).Select(static line => $"ids {Range(line)}")]).Where(static part => part.Length > 0)),
        static info => string.Join(", ", ((string[])[.. info.Names.Select(static name => $"\"{name}\""), Inside(info), .. (info.Devices ?? []).Where(static one => one.Link.Name != "lo").Select(Device)]).Where(static part => part.Length > 0)));

    private static string Inside(NamespaceInfo info) => info.Processes.Count > 0
        ? $"{Number(info.Processes.Count)} {(info.Processes.Count == 1 ? "process" : "processes")}: {Number(info.Processes[0])} {Command(info.Processes[0])}"
        : Holders(info);

    private static string Range(string line)
    {
        string[] fields = line.Split(' ');
        return $"{fields[0]} = {fields[1]} x {fields[2]}";
    }

    // "veth0@veth up 192.0.2.1/24"
    private static string Device(NetworkContents one) =>
        $"{one.Link.Name}{(one.Link.Kind.Length > 0 ? $" ({one.Link.Kind})" : "")}{((one.Link.Flags & 1) != 0 ? " up" : " down")}{string.Concat(one.Addresses.Select(static address => $" {address}"))}";

    private static void AddUser(StringBuilder text, CensusTree tree, NamespaceInfo user, string indent)
    {
        text.Append(indent).Append(Line(user)).Append('\n');
        foreach (NamespaceInfo owned in tree.OwnedBy(user))
        {
            AddOwned(text, tree, owned, indent + "  ");
        }

        foreach (NamespaceInfo child in tree.Below(user))
        {
            AddUser(text, tree, child, indent + "  ");
        }
    }

    private static void AddOwned(StringBuilder text, CensusTree tree, NamespaceInfo info, string indent)
    {
        text.Append(indent).Append(Line(info)).Append('\n');
        foreach (NetworkContents device in info.Devices ?? [])
        {
            text.Append(indent).Append("  ").Append(Device(device)).Append('\n');
        }

        foreach (NamespaceInfo below in tree.Below(info))
        {
            AddOwned(text, tree, below, indent + "  ");
        }
    }

    private static string Line(NamespaceInfo info) =>
        $"{info}{(info.Names.Count > 0 ? $" \"{string.Join(", ", info.Names)}\"" : "")}{(info.CreatorUid is { } uid && info.Parent is not null ? $" made by {UserName.Of(uid)}" : "")}: {(info.Processes.Count > 0 ? $"{Number(info.Processes.Count)} processes, first {Number(info.Processes[0])} {Command(info.Processes[0])}" : $"no process, held by {Holders(info)}")}";

    private static string Holders(NamespaceInfo info)
    {
        List<string> holders = [];
        Count(holders, info.ForChildrenOf.Count, "for children");
        Count(holders, info.Mounts.Count, "mounts");
        Count(holders, info.Descriptors.Count, "descriptors");
        Count(holders, info.Sockets.Count, "sockets");
        return holders.Count > 0 ? string.Join(' ', holders) : info.Processes.Count > 0 ? "-" : "namespaces below it";

        static void Count(List<string> holders, int count, string what)
        {
            if (count > 0)
            {
                holders.Add($"{Number(count)} {what}");
            }
        }
    }

    private static List<string> Map(NamespaceInfo info, string file)
    {
        if (info.Type != NamespaceType.User || info.Processes.Count == 0)
        {
            return [];
        }

        try
        {
            return [.. Files.ReadText($"/proc/{Number(info.Processes[0])}/{file}").Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries)))];
        }
        catch (LinuxException)
        {
            return []; // it has ended meanwhile
        }
    }

    private static void Add(StringBuilder text, string title, List<string> values)
    {
        for (int i = 0; i < values.Count; i++)
        {
            text.Append(i == 0 ? $"{title}:".PadRight(17) : new string(' ', 17)).Append(values[i]).Append('\n');
        }
    }

    private static void WriteInode(Utf8JsonWriter json, string name, NamespaceInfo? other)
    {
        if (other is not null)
        {
            json.WriteNumber(name, other.Inode);
        }
    }

    private static void Words(Utf8JsonWriter json, string name, IReadOnlyList<string> words)
    {
        json.WriteStartArray(name);
        foreach (string word in words)
        {
            json.WriteStringValue(word);
        }

        json.WriteEndArray();
    }

    private static void Numbers(Utf8JsonWriter json, string name, IReadOnlyList<int> numbers)
    {
        json.WriteStartArray(name);
        foreach (int number in numbers)
        {
            json.WriteNumberValue(number);
        }

        json.WriteEndArray();
    }

    // A process is the first in several namespaces. Its words are its own choice, and this is written to somebody's terminal.
    private static string Command(int pid)
    {
        if (!s_commands.TryGetValue(pid, out string? command))
        {
            s_commands[pid] = command = ReadCommand(pid);
        }

        return command;
    }

    private static string ReadCommand(int pid)
    {
        byte[] bytes = new byte[64];
        if (Files.TryOpen($"/proc/{Number(pid)}/cmdline", Rideau.Kernel.Abi.Fcntl.O_RDONLY, out Rideau.Kernel.Handles.OwnedFd? file) != 0 || file is null)
        {
            return "(ended)";
        }

        using (file)
        {
            int length = Math.Max(0, Files.TryReadSome(file.Number, bytes.AsSpan(0, 60)));
            if (length == 0)
            {
                try
                {
                    return $"[{Files.ReadText($"/proc/{Number(pid)}/comm").TrimEnd('\n')}]";
                }
                catch (LinuxException)
                {
                    return "(ended)";
                }
            }

            return string.Concat(Encoding.UTF8.GetString(bytes, 0, length).TrimEnd('\0').Select(static letter => char.IsControl(letter) ? ' ' : letter));
        }
    }

    private static readonly Dictionary<int, string> s_commands = [];

    private static string Escape(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Number(ulong number) => number.ToString(CultureInfo.InvariantCulture);
}
