using System;
using System.Collections.Generic;
using System.Globalization;
using Rideau.Kernel.Abi;

namespace Rideau.Namespaces;

/// <summary>One of the directories below the root, with all that is in it. Each answer is an errno; 0 is success.</summary>
internal abstract class TreeBranch
{
    /// <summary>The entry of that name.</summary>
    internal abstract int Lookup(Node directory, string name, out Node found);

    /// <summary>Adds all entries.</summary>
    internal abstract int List(Node directory, List<TreeEntry> entries);

    /// <summary>Where a symbolic link leads.</summary>
    internal abstract int ReadLink(Node link, out string target);

    /// <summary>What is in a file.</summary>
    internal abstract int ReadText(Node file, out string text);

    /// <summary>True where what a directory says of a name stays true as long as the directory is there, so that the kernel may remember it.</summary>
    internal virtual bool IsLasting(Node directory, Node entry) => false;

    /// <summary>When it was made; null where that is not known.</summary>
    internal virtual DateTimeOffset? TimeOf(Node node) => null;

    protected static int Find(List<TreeEntry> entries, string name, out Node found)
    {
        foreach (TreeEntry entry in entries)
        {
            if (entry.Name == name)
            {
                found = entry.Node;
                return 0;
            }
        }

        found = default;
        return Errno.ENOENT;
    }

    /// <summary>A number as the tree writes it: no sign, no zero in front.</summary>
    protected static bool TryNumber(string name, out ulong number) =>
        ulong.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out number) && name[0] != '0' && number < 1UL << 40;

    internal static string Text(ulong number) => number.ToString(CultureInfo.InvariantCulture);
}
