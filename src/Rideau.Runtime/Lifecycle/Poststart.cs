using System.Collections.Generic;
using Rideau.Runtime.Hooks;
using Rideau.Runtime.Spec;
using Rideau.Runtime.State;

namespace Rideau.Runtime.Lifecycle;

/// <summary>poststart hooks: run when the container's program has begun; one that fails ends the container.</summary>
/// <remarks>spec: runtime.md#lifecycle, step 10 and the errors of it (1.2 on)</remarks>
internal static class Poststart
{
    internal static void Run(ContainerRecord record, List<Hook> hooks)
    {
        try
        {
            HookRunner.Run("poststart", hooks, StateJson.WriteForHooks(record, ContainerStatus.Running), record.Annotations);
        }
        catch (ContainerException)
        {
            Kill.Everything(record);
            throw;
        }
    }
}
