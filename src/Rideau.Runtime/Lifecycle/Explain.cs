using System.Collections.Generic;
using Rideau.Child.Outside;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;
using Rideau.Runtime.Cgroups;
using Rideau.Runtime.Plan;
using Rideau.Runtime.Spec;

namespace Rideau.Runtime.Lifecycle;

/// <summary>explain: the plan of a container's birth in words.</summary>
public static class Explain
{
    private const string Attempt = "cannot explain the bundle";

    /// <summary>Reads the bundle, looks at the machine, writes the plan, and makes nothing of it.</summary>
    public static Explanation Execute(RuntimeContext context, CreateOptions options) => Execute(context, options, new LookingView());

    /// <summary>The same on a machine that is described rather than found.</summary>
    internal static Explanation Execute(RuntimeContext context, CreateOptions options, MachineView machine)
    {
        Configuration configuration = options.Configuration ?? ConfigurationReader.Read(BundleReader.ReadBytes(options.Bundle));
        CreateRules.Check(configuration, context, options, foreground: true, machine.EffectiveUid != 0);
        Linux linux = configuration.Linux ??= new Linux();
        using OwnedFd root = RootFilesystem.Open(Attempt, configuration, options.Bundle, machine, out string rootPath);
        using var plan = new ChildPlanBuilder();
        using var channel = new ChildChannel();
        var namespaces = new NamespacesPlan(linux, machine);
        ContainerCgroup cgroup = context.SystemdCgroup
            ? ContainerCgroup.Prepare(linux.CgroupsPath, options.Id, linux.Resources, context, machine.IsUnprivileged, configuration.Annotations)
            : ContainerCgroup.Prepare(machine.Cgroups(), linux.CgroupsPath, options.Id, linux.Resources, context.Log, context.Rootless ?? machine.IsUnprivileged);
        using var planContext = new PlanContext
        {
            Plan = plan,
            Configuration = configuration,
            Log = context.Log,
            Machine = machine,
            KeyringName = $"_ses.{options.Id}",
            RootPath = rootPath,
            RootDirectory = root,
            BundlePath = options.Bundle,
            StateDirectory = $"{context.Root}/{options.Id}",
            Channel = channel.Child,
            InUserNamespace = namespaces.InUserNamespace,
            Unprivileged = machine.IsUnprivileged,
            NewNamespaces = namespaces.New,
            NoPivot = options.NoPivot,
            CgroupPaths = cgroup.Paths,
            DeviceRulesAfterMounts = Birth.MountsDevice(configuration, machine),
        };
        Build(planContext, namespaces, options);
        return new Explanation(options.Bundle, Stages(plan, new CallersPart(configuration, machine)
        {
            Namespaces = namespaces,
            Cgroup = cgroup,
            StateDirectory = planContext.StateDirectory,
            RootPath = rootPath,
            DeviceRulesAfterMounts = planContext.DeviceRulesAfterMounts,
        }));
    }

    // What the plan points to is there in kind: descriptors of files in memory, where a birth has files of the container's.
    private static void Build(PlanContext context, NamespacesPlan namespaces, CreateOptions options)
    {
        Linux linux = context.Configuration.Linux!;
        Process process = context.Configuration.Process!;
        using OwnedFd held = Files.MemoryFile("lock");
        using OwnedFd creating = Files.MemoryFile("creating");
        using OwnedFd created = Files.MemoryFile("created");
        (OwnedFd gate, OwnedFd report) = Files.Pipe();
        using (gate)
        using (report)
        {
            new ContainerPlan(context, namespaces)
            {
                Channel = context.Channel,
                Lock = held,
                TerminalSocket = process.Terminal ? context.Channel : null,
                Seccomp = SeccompSteps.From(context.Configuration, context.Channel, context.Log),
                Gate = (gate, report),
                HookStates = context.Configuration.Hooks is { } hooks && hooks.CreateContainer.Count + hooks.StartContainer.Count > 0 ? (creating, created) : null,
                NewKeyring = !options.NoNewKeyring,
                GroupsDenied = context.Unprivileged && context.IsNew(Sched.CLONE_NEWUSER)
                    && IdMaps.DeniesGroups(linux.GidMappings, context.Machine.EffectiveUid, context.Machine.EffectiveGid),
                Environment = ProcessEnvironment.Complete(process, context.RootDirectory),
            }.Build();
        }
    }

    // Caller and child take turns: where the child says something, what the caller does about it follows.
    private static List<ExplainedStage> Stages(ChildPlanBuilder plan, CallersPart caller)
    {
        var stages = new List<ExplainedStage>();
        AddCaller(stages, "before the child", caller.BeforeTheChild());
        AddCaller(stages, "while the child waits", caller.BeforeItsFirstStep());
        for (int i = 0; i < plan.Count; i++)
        {
            StepDescription step = plan.Describe(i);
            AddStep(stages, step);
            if (step.Says != 0)
            {
                AddCaller(stages, $"asked by step {step.Number}", caller.Answer(step.Says));
            }

            if (step.Call.StartsWith("wait_at_gate", System.StringComparison.Ordinal))
            {
                AddCaller(stages, "at the start gate", caller.Start());
            }
        }

        AddCaller(stages, "after the start", caller.AfterTheStart());
        return stages;
    }

    private static void AddCaller(List<ExplainedStage> stages, string name, IEnumerable<string> sentences)
    {
        var actions = new List<ExplainedAction>();
        foreach (string sentence in sentences)
        {
            actions.Add(new ExplainedAction(sentence, []));
        }

        if (actions.Count > 0)
        {
            stages.Add(new ExplainedStage(false, name, actions));
        }
    }

    private static void AddStep(List<ExplainedStage> stages, StepDescription step)
    {
        if (stages[^1] is not { InChild: true, Actions: List<ExplainedAction> } last || last.Name != step.Stage)
        {
            last = new ExplainedStage(true, step.Stage, new List<ExplainedAction>());
            stages.Add(last);
        }

        var actions = (List<ExplainedAction>)last.Actions;
        if (actions.Count == 0 || actions[^1].Purpose != step.Purpose)
        {
            actions.Add(new ExplainedAction(step.Purpose, new List<StepDescription>()));
        }

        ((List<StepDescription>)actions[^1].Steps).Add(step);
    }
}
