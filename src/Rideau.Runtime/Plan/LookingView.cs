using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;

namespace Rideau.Runtime.Plan;

/// <summary>The machine for one who only looks: what a plan has made for it beforehand is an empty file in memory instead.</summary>
internal class LookingView : MachineView
{
    internal override OwnedFd CloneMapped(MountWork work) => work.Context.Keep(Files.MemoryFile("clone"));

    internal override (OwnedFd Program, OwnedFd Plan)? ShownImage(PlanContext context) => (context.Keep(Files.MemoryFile("program")), context.Keep(Files.MemoryFile("plan")));

    internal override OwnedFd OpenMapping(MountWork work) => Files.MemoryFile("mapping");
}
