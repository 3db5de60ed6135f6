using System.Collections.Generic;

namespace Rideau.Runtime.Criu;

/// <summary>What CRIU is asked: criu_req of its rpc.proto, with criu_opts.</summary>
/// <remarks>Descriptors of directories are numbers of this process, where CRIU looks them up; those that are inherited are CRIU's own.</remarks>
internal sealed record CriuRequest
{
    internal required CriuKind Kind { get; init; }

    internal int ImagesDirectory { get; set; } = -1;

    /// <summary>-1: that of the images.</summary>
    internal int WorkDirectory { get; set; } = -1;

    /// <summary>The container's init, of a dump.</summary>
    internal int Pid { get; init; }

    /// <summary>A name in the work directory.</summary>
    internal string LogFile { get; init; } = "";

    internal string Root { get; init; } = "";

    internal string? ConfigurationFile { get; init; }

    internal string? ParentImage { get; init; }

    internal string? FreezerCgroup { get; init; }

    /// <summary>Of a dump: how connections are held meanwhile.</summary>
    internal NetworkLock NetworkLock { get; init; }

    internal CheckpointSettings Settings { get; init; } = new();

    /// <summary>Mounts whose contents are not CRIU's business: where they are, and by which name (dump) or from which path (restore).</summary>
    internal List<(string Key, string Value)> ExternalMounts { get; } = [];

    /// <summary>Other things that stay outside: "net[4026531840]:extRootNetNS".</summary>
    internal List<string> External { get; } = [];

    /// <summary>What CRIU has open for the container: the name that the dump gave it, and the number.</summary>
    internal List<(string Key, int Descriptor)> Inherited { get; } = [];

    /// <summary>Namespaces that exist and are joined: the kind, and the file.</summary>
    internal List<(string Kind, string File)> Joined { get; } = [];

    /// <summary>The groups that the container's own stand below: the controller, and the path.</summary>
    internal List<(string Controller, string Path)> CgroupRoots { get; } = [];

    /// <summary>The message.</summary>
    internal byte[] Write()
    {
        var request = new ProtobufWriter();
        request.Number(1, (int)Kind);
        if (Kind == CriuKind.FeatureCheck)
        {
            var features = new ProtobufWriter();
            features.Flag(1, true);
            features.Flag(2, true);
            request.Message(5, features);
        }
        else if (Kind is CriuKind.Dump or CriuKind.PreDump or CriuKind.Restore)
        {
            request.Message(2, Options());
        }

        return request.Written.ToArray();
    }

    /// <summary>The answer to a notification.</summary>
    internal static byte[] Acknowledgement(bool success)
    {
        var request = new ProtobufWriter();
        request.Number(1, (int)CriuKind.Notify);
        request.Flag(3, success);
        return request.Written.ToArray();
    }

    private ProtobufWriter Options()
    {
        const int cloneNewNet = 0x40000000;
        var options = new ProtobufWriter();
        options.Number(1, ImagesDirectory);
        options.Flag(4, Settings.ExternalUnixSockets);
        options.Flag(5, Settings.TcpEstablished);
        options.Flag(7, Settings.ShellJob);
        options.Flag(8, Settings.FileLocks);
        options.Number(9, 4); // log_level: what is done, beside warnings and errors
        options.Text(10, LogFile);
        options.Flag(12, true); // notify_scripts
        options.TextIfAny(13, Root);
        options.Flag(16, Settings.AutoDedup);
        if (WorkDirectory >= 0)
        {
            options.Number(17, WorkDirectory);
        }

        options.Flag(24, true); // manage_cgroups, for versions before the mode
        options.Number(34, (int)Settings.CgroupsMode);
        options.Number(38, (uint)cloneNewNet); // empty_ns: network devices are whoever's who made them
        options.Flag(48, Settings.LazyPages);
        options.Flag(50, true); // orphan_pts_master
        options.TextIfAny(51, ConfigurationFile);
        AddDump(options);
        AddRestore(options);
        AddLists(options);
        return options;
    }

    private void AddDump(ProtobufWriter options)
    {
        if (Kind == CriuKind.Restore)
        {
            return;
        }

        options.Number(2, Pid);
        options.Flag(3, Settings.LeaveRunning);
        options.Flag(18, Settings.LinkRemap);
        options.Flag(46, Settings.TcpSkipInFlight);
        options.TextIfAny(44, FreezerCgroup);
        if (NetworkLock != NetworkLock.Default)
        {
            options.Number(64, (int)NetworkLock);
        }

        if (ParentImage is not null)
        {
            options.Text(14, ParentImage);
            options.Flag(15, true); // track_mem
        }

        if (Settings.PageServer is { } server)
        {
            var place = new ProtobufWriter();
            place.Text(1, server.Address);
            place.Number(2, server.Port);
            options.Message(11, place);
        }
    }

    private void AddRestore(ProtobufWriter options)
    {
        if (Kind == CriuKind.Restore)
        {
            options.Flag(6, true); // evasive_devices
            options.Flag(26, true); // rst_sibling: init becomes this process's child
            options.TextIfAny(53, Settings.LsmProfile);
            options.TextIfAny(63, Settings.LsmMountContext);
        }
    }

    private void AddLists(ProtobufWriter options)
    {
        foreach ((string key, string value) in ExternalMounts)
        {
            options.Message(23, Pair(key, value));
        }

        foreach ((string controller, string path) in CgroupRoots)
        {
            options.Message(25, Pair(controller, path));
        }

        foreach ((string key, int descriptor) in Inherited)
        {
            var inherited = new ProtobufWriter();
            inherited.Text(1, key);
            inherited.Number(2, descriptor);
            options.Message(27, inherited);
        }

        foreach (string external in External)
        {
            options.Text(37, external);
        }

        foreach ((string kind, string file) in Joined)
        {
            options.Message(39, Pair(kind, file));
        }
    }

    private static ProtobufWriter Pair(string first, string second)
    {
        var pair = new ProtobufWriter();
        pair.Text(1, first);
        pair.Text(2, second);
        return pair;
    }
}
