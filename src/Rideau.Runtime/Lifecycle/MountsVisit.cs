using System;
using Rideau.Child.Contract;
using Rideau.Child.Outside;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;
using Rideau.Runtime.Plan;
using Rideau.Runtime.Spec;
using Rideau.Runtime.State;

namespace Rideau.Runtime.Lifecycle;

/// <summary>A container that is held while children go into its mount namespace and change what is mounted there.</summary>
internal sealed class MountsVisit : IDisposable
{
    private readonly RuntimeContext _context;
    private readonly ContainerStore _store;
    private readonly ContainerLock _lock;
    private readonly ContainerRecord _record;
    private readonly Configuration _configuration;
    private readonly OwnedFd _init;
    private readonly string _attempt;

    /// <exception cref="ContainerException">NotFound; WrongState: "container not running".</exception>
    internal MountsVisit(RuntimeContext context, string id, string attempt)
    {
        _context = context;
        _attempt = attempt;
        _store = new ContainerStore(context.Root);
        _lock = _store.Lock(id);
        try
        {
            _record = _store.Load(id);
            _configuration = ConfigurationReader.Read(_store.LoadConfiguration(id));
            bool runs = _store.StatusOf(_record) is ContainerStatus.Running or ContainerStatus.Created or ContainerStatus.Paused;
            _init = (runs ? ProcessIdentity.OpenInit(_record) : null) ?? throw new ContainerException($"{attempt}: container not running", FailureCode.WrongState);
        }
        catch
        {
            _lock.Dispose();
            throw;
        }
    }

    /// <summary>Sends a child in.</summary>
    /// <param name="write">Writes its plan.</param>
    /// <param name="undo">Gets the step that failed, before the failure is told.</param>
    /// <exception cref="ContainerException">What failed.</exception>
    internal void CarryOut(Action<HotMountsPlan> write, Action<int>? undo = null)
    {
        using var channel = new ChildChannel();
        using var plan = new ChildPlanBuilder();
        using OwnedFd root = Files.Open($"/proc/{_record.InitPid}/root", Fcntl.O_PATH | Fcntl.O_DIRECTORY);
        using var planContext = new PlanContext
        {
            Plan = plan,
            Configuration = _configuration,
            Log = _context.Log,
            KeyringName = "",
            RootPath = "/",
            RootDirectory = root,
            BundlePath = _record.Bundle,
            StateDirectory = _store.DirectoryOf(_record.Id),
            InUserNamespace = HasUserNamespace(),
            Unprivileged = Privilege.IsUnprivileged,
            NewNamespaces = 0,
            CgroupPaths = _record.CgroupPaths,
            Channel = channel.Child,
        };
        plan.Name(channel.Child.Number, "channel");
        plan.Name(_init.Number, "init");
        write(new HotMountsPlan(planContext, _init));
        using ChildProcess child = ChildProcess.Start(plan, 0);
        channel.Child.Dispose();
        byte message = channel.Receive(out _);
        child.KillAndWait();
        if (message == Protocol.Ready)
        {
            return;
        }

        if (plan.Failure is not { } failure)
        {
            throw new ContainerException($"{_attempt}: the child that was to do it was killed");
        }

        Undo(undo, failure);
        throw ChildFailures.Describe(_attempt, plan, failure);
    }

    public void Dispose()
    {
        _init.Dispose();
        _lock.Dispose();
    }

    private void Undo(Action<int>? undo, ChildFailure failure)
    {
        try
        {
            undo?.Invoke(failure.Step);
        }
        catch (ContainerException second)
        {
            _context.Log.Warning($"{second.Message}, ignoring");
        }
    }

    private bool HasUserNamespace()
    {
        foreach (Namespace one in _configuration.Linux?.Namespaces ?? [])
        {
            if (one.Type == "user")
            {
                return true;
            }
        }

        return false;
    }
}
