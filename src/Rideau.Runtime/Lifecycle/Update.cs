using System;
using System.Collections.Generic;
using Rideau.Runtime.Cgroups;
using Rideau.Runtime.Resctrl;
using Rideau.Runtime.Spec;
using Rideau.Runtime.State;

namespace Rideau.Runtime.Lifecycle;

/// <summary>update: changes the limits of a container that there is.</summary>
public static class Update
{
    /// <summary>Applies what is given, and remembers it for later commands. What fails part way is set back.</summary>
    /// <param name="context">The options before the command.</param>
    /// <param name="id">The container.</param>
    /// <param name="given">What is to change; the rest stays as it is.</param>
    /// <param name="resctrl">Other values for the container's class of service; null leaves them.</param>
    /// <exception cref="ContainerException">NotFound; WrongState: "container not running"; otherwise the limit that cannot be applied.</exception>
    public static void Execute(RuntimeContext context, string id, Resources given, IntelRdt? resctrl = null)
    {
        ConfigurationValidator.ValidateResources(given);
        var store = new ContainerStore(context.Root);
        using IDisposable held = store.Lock(id);
        ContainerRecord record = store.Load(id);
        if (store.StatusOf(record) is ContainerStatus.Stopped or ContainerStatus.Creating)
        {
            throw new ContainerException($"cannot update container \"{id}\": container not running", FailureCode.WrongState);
        }

        Configuration configuration = ConfigurationReader.Read(store.LoadConfiguration(id));
        Linux linux = configuration.Linux ??= new Linux();
        Resources recorded = linux.Resources ?? new Resources();
        ContainerCgroup cgroup = ContainerCgroup.OfRecord(record, context.Log);
        using var undo = new UndoStack(context.Log);
        cgroup.Update(given, recorded, undo);
        if (given.Devices.Count > 0 && !Same(given.Devices, recorded.Devices))
        {
            undo.Push("set the rules for devices back", () => cgroup.ReplaceDevices(recorded.Devices));
            cgroup.ReplaceDevices(given.Devices);
        }

        if (resctrl is not null)
        {
            ChangeClass(id, linux.IntelRdt, resctrl);
        }

        linux.Resources = ResourcesMerge.Of(recorded, given);
        store.SaveConfiguration(id, ConfigurationWriter.Write(configuration));
        undo.Keep();
    }

    private static void ChangeClass(string id, IntelRdt? recorded, IntelRdt given)
    {
        string attempt = $"cannot update container \"{id}\"";
        if (recorded is null)
        {
            throw new ContainerException($"{attempt}: updating a non-existent Intel RDT configuration is not supported", FailureCode.InvalidArgument, "only a container that was made with linux.intelRdt has a class of service");
        }

        new ResctrlGroup(attempt, ResctrlMount.Require(attempt), id, recorded).Write(ResctrlSchemata.Asked(given));
        recorded.L3CacheSchema = given.L3CacheSchema ?? recorded.L3CacheSchema;
        recorded.MemBwSchema = given.MemBwSchema ?? recorded.MemBwSchema;
    }

    // Engines give all that they know, the rules for devices too: where those are the old ones, what somebody else has allowed the container stays allowed.
    private static bool Same(List<DeviceRule> one, List<DeviceRule> other)
    {
        if (one.Count != other.Count)
        {
            return false;
        }

        for (int i = 0; i < one.Count; i++)
        {
            if (one[i] != other[i])
            {
                return false;
            }
        }

        return true;
    }
}
