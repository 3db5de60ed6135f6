using System;
using System.Collections.Generic;
using System.Text.Json;

namespace Rideau.Runtime.Spec;

/// <summary>Reads config.json, and the parts of it that engines hand over alone. Written by hand, because start-up counts.</summary>
/// <remarks>
/// Unknown names are passed over, as the specification wants it; null is a value that was not given; of
/// two equal names the last one counts. What the values mean is not looked at: that is the validator's.
/// spec: config.md, config-linux.md, version 1.3.0
/// </remarks>
public static partial class ConfigurationReader
{
    /// <summary>The largest file that is read.</summary>
    public const int MaximumBytes = JsonCursor.MaximumBytes;

    /// <summary>A whole config.json.</summary>
    /// <exception cref="ContainerException">InvalidArgument, with the JSON path and the position.</exception>
    public static Configuration Read(ReadOnlySpan<byte> json, string file = "config.json") => Read(json, ConfigurationUse.Whole, file);

    /// <summary>What a use of a container's config.json needs of it; the rest is passed over.</summary>
    /// <exception cref="ContainerException">InvalidArgument, with the JSON path and the position.</exception>
    internal static Configuration Read(ReadOnlySpan<byte> json, ConfigurationUse use, string file = "config.json")
    {
        JsonCursor cursor = new(json, file);
        try
        {
            cursor.BeginDocument();
            Configuration configuration = Configuration(ref cursor, use);
            cursor.EndDocument();
            return configuration;
        }
        catch (JsonException exception)
        {
            throw cursor.Malformed(exception);
        }
        catch (InvalidOperationException)
        {
            throw cursor.BadEscape();
        }
    }

    /// <summary>What exec --process gives: the "process" object alone.</summary>
    /// <exception cref="ContainerException">InvalidArgument, with the JSON path and the position.</exception>
    public static Process ReadProcess(ReadOnlySpan<byte> json, string file = "process.json")
    {
        JsonCursor cursor = new(json, file);
        try
        {
            cursor.BeginDocument();
            Process process = Process(ref cursor, ConfigurationUse.Whole);
            cursor.EndDocument();
            return process;
        }
        catch (JsonException exception)
        {
            throw cursor.Malformed(exception);
        }
        catch (InvalidOperationException)
        {
            throw cursor.BadEscape();
        }
    }

    /// <summary>What mounts add gives: the "mounts" list alone.</summary>
    /// <exception cref="ContainerException">InvalidArgument, with the JSON path and the position.</exception>
    public static List<Mount> ReadMounts(ReadOnlySpan<byte> json, string file = "mounts.json")
    {
        JsonCursor cursor = new(json, file);
        try
        {
            List<Mount> mounts = Mounts(ref cursor);
            cursor.EndDocument();
            return mounts;
        }
        catch (JsonException exception)
        {
            throw cursor.Malformed(exception);
        }
        catch (InvalidOperationException)
        {
            throw cursor.BadEscape();
        }
    }

    /// <summary>What update --resources gives: the "linux.resources" object alone.</summary>
    /// <exception cref="ContainerException">InvalidArgument, with the JSON path and the position.</exception>
    public static Resources ReadResources(ReadOnlySpan<byte> json, string file = "resources.json")
    {
        JsonCursor cursor = new(json, file);
        try
        {
            cursor.BeginDocument();
            Resources resources = Resources(ref cursor);
            cursor.EndDocument();
            return resources;
        }
        catch (JsonException exception)
        {
            throw cursor.Malformed(exception);
        }
        catch (InvalidOperationException)
        {
            throw cursor.BadEscape();
        }
    }

    private static Configuration Configuration(ref JsonCursor json, ConfigurationUse use)
    {
        Configuration configuration = new();
        while (json.NextName())
        {
            if (json.NameIs("process"u8)) { configuration.Process = json.Object() ? Process(ref json, use) : null; }
            else if (json.NameIs("linux"u8)) { configuration.Linux = json.Object() ? Linux(ref json, use) : null; }
            else if (json.NameIs("annotations"u8)) { configuration.Annotations = StringMap(ref json); }
            else if (use != ConfigurationUse.Whole) { json.Skip(); }
            else if (json.NameIs("ociVersion"u8)) { configuration.OciVersion = json.String() ?? ""; }
            else if (json.NameIs("root"u8)) { configuration.Root = json.Object() ? Root(ref json) : null; }
            else if (json.NameIs("hostname"u8)) { configuration.Hostname = json.String(); }
            else if (json.NameIs("domainname"u8)) { configuration.Domainname = json.String(); }
            else if (json.NameIs("mounts"u8)) { configuration.Mounts = Mounts(ref json); }
            else if (json.NameIs("hooks"u8)) { configuration.Hooks = json.Object() ? Hooks(ref json) : null; }
            else if (json.NameIs("vm"u8)) { Foreign(ref json, configuration, "vm"); }
            else if (json.NameIs("windows"u8)) { Foreign(ref json, configuration, "windows"); }
            else if (json.NameIs("solaris"u8)) { Foreign(ref json, configuration, "solaris"); }
            else if (json.NameIs("zos"u8)) { Foreign(ref json, configuration, "zos"); }
            else if (json.NameIs("freebsd"u8)) { Foreign(ref json, configuration, "freebsd"); }
            else { json.Skip(); }
        }

        return configuration;
    }

    private static void Foreign(ref JsonCursor json, Configuration configuration, string name)
    {
        if (json.SkipPresent())
        {
            configuration.ForeignPlatform = name;
        }
    }

    private static Root Root(ref JsonCursor json)
    {
        Root root = new();
        while (json.NextName())
        {
            if (json.NameIs("path"u8)) { root.Path = json.String() ?? ""; }
            else if (json.NameIs("readonly"u8)) { root.Readonly = json.Boolean() ?? false; }
            else { json.Skip(); }
        }

        return root;
    }

    private static List<Mount> Mounts(ref JsonCursor json)
    {
        List<Mount> mounts = [];
        if (!json.List())
        {
            return mounts;
        }

        while (json.NextElement(mounts.Count) && json.ObjectElement())
        {
            Mount mount = new();
            while (json.NextName())
            {
                if (json.NameIs("destination"u8)) { mount.Destination = json.String() ?? ""; }
                else if (json.NameIs("type"u8)) { mount.Type = json.String(); }
                else if (json.NameIs("source"u8)) { mount.Source = json.String(); }
                else if (json.NameIs("options"u8)) { mount.Options = Strings(ref json); }
                else if (json.NameIs("uidMappings"u8)) { mount.UidMappings = IdMappings(ref json); }
                else if (json.NameIs("gidMappings"u8)) { mount.GidMappings = IdMappings(ref json); }
                else { json.Skip(); }
            }

            mounts.Add(mount);
        }

        return mounts;
    }

    private static Hooks Hooks(ref JsonCursor json)
    {
        Hooks hooks = new();
        while (json.NextName())
        {
            if (json.NameIs("prestart"u8)) { hooks.Prestart = HookList(ref json); }
            else if (json.NameIs("createRuntime"u8)) { hooks.CreateRuntime = HookList(ref json); }
            else if (json.NameIs("createContainer"u8)) { hooks.CreateContainer = HookList(ref json); }
            else if (json.NameIs("startContainer"u8)) { hooks.StartContainer = HookList(ref json); }
            else if (json.NameIs("poststart"u8)) { hooks.Poststart = HookList(ref json); }
            else if (json.NameIs("poststop"u8)) { hooks.Poststop = HookList(ref json); }
            else { json.Skip(); }
        }

        return hooks;
    }

    internal static List<Hook> HookList(ref JsonCursor json)
    {
        List<Hook> hooks = [];
        if (!json.List())
        {
            return hooks;
        }

        while (json.NextElement(hooks.Count) && json.ObjectElement())
        {
            Hook hook = new();
            while (json.NextName())
            {
                if (json.NameIs("path"u8)) { hook.Path = json.String() ?? ""; }
                else if (json.NameIs("args"u8)) { hook.Args = Strings(ref json); }
                else if (json.NameIs("env"u8)) { hook.Env = Strings(ref json); }
                else if (json.NameIs("timeout"u8)) { hook.TimeoutSeconds = json.Int32(); }
                else { json.Skip(); }
            }

            hooks.Add(hook);
        }

        return hooks;
    }

    internal static List<string> Strings(ref JsonCursor json)
    {
        List<string> strings = [];
        if (!json.List())
        {
            return strings;
        }

        while (json.NextElement(strings.Count))
        {
            strings.Add(json.StringElement());
        }

        return strings;
    }

    internal static Dictionary<string, string> StringMap(ref JsonCursor json)
    {
        Dictionary<string, string> map = [];
        if (!json.Object())
        {
            return map;
        }

        while (json.NextKey(map.Count, out string key))
        {
            if (json.String() is { } value)
            {
                map[key] = value;
            }
        }

        return map;
    }

    private static List<IdMapping> IdMappings(ref JsonCursor json)
    {
        List<IdMapping> mappings = [];
        if (!json.List())
        {
            return mappings;
        }

        while (json.NextElement(mappings.Count) && json.ObjectElement())
        {
            uint container = 0;
            uint host = 0;
            uint size = 0;
            while (json.NextName())
            {
                if (json.NameIs("containerID"u8)) { container = json.UInt32() ?? 0; }
                else if (json.NameIs("hostID"u8)) { host = json.UInt32() ?? 0; }
                else if (json.NameIs("size"u8)) { size = json.UInt32() ?? 0; }
                else { json.Skip(); }
            }

            mappings.Add(new IdMapping(container, host, size));
        }

        return mappings;
    }
}
