using System.Collections.Generic;
using System.Globalization;
using Rideau.Kernel.Calls;
using Rideau.Runtime;
using Rideau.Runtime.Lifecycle;
using Rideau.Runtime.Spec;

namespace Rideau.Manager;

/// <summary>chroot: a command in a fresh container of a tree, or of this machine's own system, without a bundle, an image or a daemon.</summary>
public static class Chroot
{
    private static readonly string[] s_capabilities =
    [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_NET_BIND_SERVICE",
        "CAP_NET_RAW", "CAP_SETFCAP", "CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID", "CAP_SYS_CHROOT",
    ];

    /// <returns>The command's exit status, 128 + n where a signal ended it.</returns>
    public static int Execute(RuntimeContext context, ChrootOptions options)
    {
        if (options.Directory is null && Credentials.EffectiveUid != 0)
        {
            // overlay(5) with "/" below it: "failed to clone lowerpath" where mounts below "/" are locked, as they are in every user namespace.
            throw new ContainerException(
                "cannot lay a container over this machine's system without privilege: other file systems are mounted below \"/\", and the kernel lets no user namespace look under them",
                FailureCode.NotSupported,
                "run it as root, or give a directory of your own that has a system in it (rideau chroot DIR)");
        }

        string id = $"chroot-{Credentials.ProcessId.ToString(CultureInfo.InvariantCulture)}";
        return Run.Execute(context, new CreateOptions
        {
            Id = id,
            Bundle = options.Directory ?? "/",
            Configuration = ConfigurationOf(options, id),
            OverlayLower = options.Directory is null ? "/" : options.Volatile ? options.Directory : null,
        });
    }

    /// <summary>The configuration that the command is run with.</summary>
    public static Configuration ConfigurationOf(ChrootOptions options, string id)
    {
        uint uid = Credentials.EffectiveUid;
        bool unprivileged = uid != 0;
        Configuration configuration = unprivileged
            ? DefaultConfiguration.CreateRootless(withCgroupNamespace: true, uid, Credentials.EffectiveGid)
            : DefaultConfiguration.Create(withCgroupNamespace: true);
        configuration.Root = new Root { Path = options.Directory ?? "/", Readonly = false };
        configuration.Hostname = options.Hostname ?? (options.Directory is null ? "rideau" : id);
        Process process = configuration.Process!;
        process.Terminal = options.Terminal;
        process.Args = [.. options.Command.Count > 0 ? options.Command : ["/bin/sh"]];
        process.Cwd = options.WorkingDirectory;
        process.User = new User { Uid = options.Uid, Gid = options.Gid };
        process.Env.AddRange(options.Environment);
        List<string> capabilities = [.. s_capabilities];
        process.Capabilities = new Capabilities { Bounding = capabilities, Effective = capabilities, Permitted = capabilities };
        process.Rlimits.Clear();
        ChooseNamespaces(configuration.Linux!, options, uid, unprivileged);
        return configuration;
    }

    private static void ChooseNamespaces(Linux linux, ChrootOptions options, uint uid, bool unprivileged)
    {
        if (options.HostNetwork)
        {
            linux.Namespaces.RemoveAll(one => one.Type == "network");
        }
        else if (!linux.Namespaces.Exists(one => one.Type == "network"))
        {
            linux.Namespaces.Add(new Namespace("network", null));
        }

        if (unprivileged)
        {
            (linux.UidMappings, linux.GidMappings) = SubordinateIds.MappingsOf(uid, Credentials.EffectiveGid);
        }
    }
}
