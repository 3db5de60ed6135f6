using System.Collections.Generic;

namespace Rideau.Runtime.Spec;

/// <summary>The namespaces of a configuration, asked for by type.</summary>
internal readonly struct NamespaceSet(List<Namespace> namespaces)
{
    /// <summary>New or joined.</summary>
    public bool Has(string type) => IndexOf(type) >= 0;

    /// <summary>New, so the container's own.</summary>
    public bool IsNew(string type) => IndexOf(type) is >= 0 and int i && namespaces[i].Path is null;

    /// <summary>The path to join it by, or null.</summary>
    public string? PathOf(string type) => IndexOf(type) is >= 0 and int i ? namespaces[i].Path : null;

    private int IndexOf(string type)
    {
        for (int i = 0; i < namespaces.Count; i++)
        {
            if (namespaces[i].Type == type)
            {
                return i;
            }
        }

        return -1;
    }
}
