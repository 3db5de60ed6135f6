using System.Collections.Generic;
using Rideau.Child.Outside;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;
using Rideau.Runtime.Cgroups;
using Rideau.Runtime.Plan;
using Rideau.Runtime.Spec;

namespace Rideau.Runtime.Lifecycle;

/// <summary>Everything that a birth would do, in order, without doing it.</summary>
/// <param name="Outside">What the caller does before and at clone3, each a sentence.</param>
/// <param name="Steps">What the child does.</param>
public sealed record Explanation(IReadOnlyList<string> Outside, IReadOnlyList<StepDescription> Steps);

/// <summary>explain: the plan of a container's birth in words.</summary>
public static class Explain
{
    /// <summary>Reads the bundle, looks at the machine, writes the plan, and makes nothing of it.</summary>
    public static Explanation Execute(RuntimeContext context, CreateOptions options)
    {
        Configuration configuration = options.Configuration ?? ConfigurationReader.Read(BundleReader.ReadBytes(options.Bundle));
        CreateRules.Check(configuration, context, options, foreground: true);
        Linux linux = configuration.Linux ??= new Linux();
        string given = configuration.Root?.Path ?? "rootfs";
        string rootPath = given.StartsWith('/') ? given : $"{options.Bundle}/{given}";
        using OwnedFd root = Files.Open(rootPath, Fcntl.O_PATH | Fcntl.O_DIRECTORY);
        using var plan = new ChildPlanBuilder(forImage: true);
        using var channel = new ChildChannel();
        var namespaces = new NamespacesPlan(linux);
        ContainerCgroup cgroup = ContainerCgroup.Prepare(linux.CgroupsPath, options.Id, linux.Resources, context, Privilege.IsUnprivileged);
        using var planContext = new PlanContext
        {
            Plan = plan,
            Configuration = configuration,
            Log = context.Log,
            ContainerId = options.Id,
            RootPath = rootPath,
            RootDirectory = root,
            BundlePath = options.Bundle,
            StateDirectory = $"{context.Root}/{options.Id}",
            Channel = channel.Child,
            InUserNamespace = namespaces.InUserNamespace,
            Unprivileged = Privilege.IsUnprivileged,
            NewNamespaces = namespaces.New,
            NoPivot = options.NoPivot,
            CgroupPaths = cgroup.Paths,
        };
        Process process = configuration.Process ?? throw new ContainerException("cannot explain the bundle: config.json has no process", FailureCode.InvalidArgument);
        using OwnedFd state = Files.MemoryFile("state");
        (OwnedFd gate, OwnedFd report) = Files.Pipe();
        using (gate)
        using (report)
        {
            new ContainerPlan(planContext, namespaces)
            {
                Channel = channel.Child,
                TerminalSocket = process.Terminal ? channel.Child : null,
                Seccomp = SeccompSteps.From(linux.Seccomp, channel.Child, context.Log),
                Gate = (gate, report),
                HookStates = configuration.Hooks is { } hooks && hooks.CreateContainer.Count + hooks.StartContainer.Count > 0 ? (state, state) : null,
                NewKeyring = !options.NoNewKeyring,
                Environment = ProcessEnvironment.Complete(process, root),
            }.Build();
        }

        var steps = new List<StepDescription>(plan.Count);
        for (int i = 0; i < plan.Count; i++)
        {
            steps.Add(plan.Describe(i));
        }

        return new Explanation(Outside(options, linux, namespaces, cgroup), steps);
    }

    private static List<string> Outside(CreateOptions options, Linux linux, NamespacesPlan namespaces, ContainerCgroup cgroup)
    {
        var sentences = new List<string> { $"make the directory of container \"{options.Id}\"" };
        foreach ((string hierarchy, string path) in cgroup.Paths)
        {
            sentences.Add($"make the cgroup {hierarchy}{path}");
        }

        sentences.Add($"clone3({NamespaceFlags.Describe(namespaces.CloneFlags)})");
        AddMappings(sentences, "uid_map", linux.UidMappings, namespaces);
        AddMappings(sentences, "gid_map", linux.GidMappings, namespaces);
        return sentences;
    }

    private static void AddMappings(List<string> sentences, string file, List<IdMapping> mappings, NamespacesPlan namespaces)
    {
        if ((namespaces.New & Sched.CLONE_NEWUSER) == 0)
        {
            return;
        }

        foreach (IdMapping mapping in mappings)
        {
            sentences.Add($"write {file}: {mapping.ContainerId} in the container is {mapping.HostId} outside, {mapping.Size} ids");
        }
    }
}
