using System.Collections.Generic;

namespace Rideau.Namespaces;

/// <summary>Numbers for names, so that a node can have one in it. A name that was seen keeps its number.</summary>
/// <remarks>Bounded: past the limit those of names that are gone are dropped; a node that still has one leads to nothing then.</remarks>
internal sealed class NameTable(NamedNamespaces names)
{
    private const int Limit = 1 << 16;
    private readonly Dictionary<string, ulong> _numbers = [];
    private readonly Dictionary<ulong, string> _names = [];
    private ulong _last;
    private int _limit = Limit;

    /// <summary>The number of a name.</summary>
    internal ulong NumberOf(string name)
    {
        if (_numbers.TryGetValue(name, out ulong number))
        {
            return number;
        }

        if (_numbers.Count >= _limit)
        {
            Drop();
        }

        _last++;
        _numbers.Add(name, _last);
        _names.Add(_last, name);
        return _last;
    }

    /// <summary>The name of a number, or null.</summary>
    internal string? NameOf(ulong number) => _names.GetValueOrDefault(number);

    private void Drop()
    {
        HashSet<string> there = [.. names.ListNames()];
        foreach ((string name, ulong number) in _numbers)
        {
            if (!there.Contains(name))
            {
                _numbers.Remove(name);
                _names.Remove(number);
            }
        }

        _limit = System.Math.Max(Limit, _numbers.Count * 2);
    }
}
