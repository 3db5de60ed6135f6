using System;
using System.Collections.Generic;

namespace Rideau.Runtime.Spec;

/// <summary>Says what a configuration asks for that cannot be, before anything is done. Looks at nothing but the configuration and the caller's own namespaces.</summary>
/// <remarks>Every error names the JSON path, the value and what to do. Seccomp is checked where it is compiled, mount options where they are planned.</remarks>
public static partial class ConfigurationValidator
{
    /// <summary>A whole configuration, for a caller with the privileges of this process.</summary>
    /// <exception cref="ContainerException">InvalidArgument.</exception>
    public static void Validate(Configuration configuration, bool systemdCgroup, Log log) =>
        Validate(configuration, new ValidationOptions { SystemdCgroup = systemdCgroup, Rootless = Privilege.EffectiveUid != 0 }, log);

    /// <summary>A whole configuration. Capabilities that are not known are warned of and taken out of it.</summary>
    /// <exception cref="ContainerException">InvalidArgument.</exception>
    public static void Validate(Configuration configuration, ValidationOptions options, Log log)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(log);
        OciVersion(configuration.OciVersion);
        if (configuration.ForeignPlatform is { } foreign)
        {
            throw Wrong(foreign, "a section for another platform than Linux", "remove the section; this runtime makes Linux containers only");
        }

        if (configuration.Root is not { } root)
        {
            throw Wrong("root", "missing", "add \"root\": {\"path\": \"rootfs\"}");
        }

        if (root.Path.Length == 0)
        {
            throw Wrong("root.path", "missing or empty", "name the root file system's directory, absolute or relative to the bundle");
        }

        if (configuration.Process is not { } process)
        {
            throw Wrong("process", "missing", "add a \"process\" with \"args\" and \"cwd\"");
        }

        CheckProcess(process, log, "process.");
        Linux linux = configuration.Linux ?? new Linux();
        NamespaceSet namespaces = Namespaces(linux);
        HostNames(configuration, namespaces);
        UserNamespace(linux, namespaces, process, options, log);
        TimeNamespace(linux, namespaces);
        Mounts(configuration.Mounts, linux, namespaces, options, log);
        Paths(linux, namespaces, options);
        Devices(linux.Devices);
        NetDevices(linux.NetDevices, namespaces, options);
        Sysctl(linux.Sysctl, namespaces);
        CgroupsPath(linux.CgroupsPath, options);
        CheckResources(linux.Resources, "linux.resources.");
        Kernel(linux, log);
        Hooks(configuration.Hooks);
        if (configuration.Annotations.ContainsKey(""))
        {
            throw Wrong("annotations[\"\"]", "the key is empty", "name it as com.example.key");
        }
    }

    /// <summary>The process of an exec. Capabilities that are not known are warned of and taken out of it.</summary>
    /// <exception cref="ContainerException">InvalidArgument.</exception>
    public static void ValidateProcess(Process process, Log log)
    {
        ArgumentNullException.ThrowIfNull(process);
        ArgumentNullException.ThrowIfNull(log);
        CheckProcess(process, log, "");
    }

    /// <summary>The resources of an update.</summary>
    /// <exception cref="ContainerException">InvalidArgument.</exception>
    public static void ValidateResources(Resources resources) => CheckResources(resources, "");

    private static ContainerException Wrong(string path, string reason, string? hint = null) =>
        new($"cannot use the configuration: {path}: {reason}", FailureCode.InvalidArgument, hint);

    // Semantic versions: MAJOR.MINOR.PATCH[-PRERELEASE][+BUILD]. Within major version 1 the specification promises that older
    // and newer files can be used; engines write "1.0.2-dev" and "1.2.0+dev".
    private static void OciVersion(string version)
    {
        if (version.Length == 0)
        {
            throw Wrong("ociVersion", "missing or empty", $"add \"ociVersion\": \"{DefaultConfiguration.OciVersion}\"");
        }

        int end = version.AsSpan().IndexOfAny('-', '+');
        ReadOnlySpan<char> core = end < 0 ? version : version.AsSpan(0, end);
        int parts = 0;
        bool valid = end < 0 || end < version.Length - 1;
        foreach (Range range in core.Split('.'))
        {
            parts++;
            ReadOnlySpan<char> part = core[range];
            valid &= part.Length is > 0 and < 10 && !part.ContainsAnyExceptInRange('0', '9') && (part.Length == 1 || part[0] != '0');
        }

        if (!valid || parts != 3)
        {
            throw Wrong("ociVersion", $"\"{version}\" is not a version as 1.3.0", $"write \"{DefaultConfiguration.OciVersion}\"");
        }

        if (!core.StartsWith("1."))
        {
            throw Wrong("ociVersion", $"version {version} of the specification is not supported", $"this runtime knows 1.0.0 to {DefaultConfiguration.OciVersion}");
        }
    }

    private static void HostNames(Configuration configuration, NamespaceSet namespaces)
    {
        if (!string.IsNullOrEmpty(configuration.Hostname) && !namespaces.Has("uts"))
        {
            throw Wrong("hostname", "a host name needs a uts namespace", "add {\"type\": \"uts\"} to linux.namespaces, or remove the host name");
        }

        if (!string.IsNullOrEmpty(configuration.Domainname) && !namespaces.Has("uts"))
        {
            throw Wrong("domainname", "a domain name needs a uts namespace", "add {\"type\": \"uts\"} to linux.namespaces, or remove the domain name");
        }

        // __NEW_UTS_LEN of the kernel.
        if (configuration.Hostname is { } host && System.Text.Encoding.UTF8.GetByteCount(host) > 64)
        {
            throw Wrong("hostname", "longer than the kernel's 64 bytes", "shorten it");
        }

        if (configuration.Domainname is { } domain && System.Text.Encoding.UTF8.GetByteCount(domain) > 64)
        {
            throw Wrong("domainname", "longer than the kernel's 64 bytes", "shorten it");
        }
    }

    private static void Hooks(Hooks? hooks)
    {
        if (hooks is null)
        {
            return;
        }

        HookList(hooks.Prestart, "prestart");
        HookList(hooks.CreateRuntime, "createRuntime");
        HookList(hooks.CreateContainer, "createContainer");
        HookList(hooks.StartContainer, "startContainer");
        HookList(hooks.Poststart, "poststart");
        HookList(hooks.Poststop, "poststop");
    }

    private static void HookList(List<Hook> hooks, string kind)
    {
        for (int i = 0; i < hooks.Count; i++)
        {
            string at = $"hooks.{kind}[{i}]";
            if (!hooks[i].Path.StartsWith('/'))
            {
                throw Wrong($"{at}.path", $"\"{hooks[i].Path}\" is not an absolute path", "name the hook's program by its absolute path");
            }

            if (hooks[i].TimeoutSeconds <= 0)
            {
                throw Wrong($"{at}.timeout", $"{hooks[i].TimeoutSeconds} is not greater than zero", "give the seconds to wait, or leave it out");
            }

            Environment(hooks[i].Env, $"{at}.env");
        }
    }
}
