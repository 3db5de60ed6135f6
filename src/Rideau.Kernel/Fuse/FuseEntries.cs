using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Rideau.Kernel.Abi;

namespace Rideau.Kernel.Fuse;

/// <summary>Entries of a directory, one behind the other, as FUSE_READDIR is answered.</summary>
/// <param name="space">As much as the reader has room for.</param>
public ref struct FuseEntries(Span<byte> space)
{
    private readonly Span<byte> _space = space;

    /// <summary>How many bytes are filled.</summary>
    public int Length { get; private set; }

    /// <summary>Adds one.</summary>
    /// <param name="inode">Its number; not 0.</param>
    /// <param name="next">Where a reader goes on behind it.</param>
    /// <param name="mode">Of which the type is taken.</param>
    /// <param name="name">Without a slash.</param>
    /// <returns>False where there is no room for it.</returns>
    public bool TryAdd(ulong inode, ulong next, int mode, string name)
    {
        int head = Unsafe.SizeOf<fuse_dirent>();
        int bytes = Encoding.UTF8.GetByteCount(name);
        int whole = (head + bytes + 7) & ~7;
        if (whole > _space.Length - Length)
        {
            return false;
        }

        Span<byte> entry = _space.Slice(Length, whole);
        entry.Clear();
        MemoryMarshal.Write(entry, new fuse_dirent { ino = inode, off = next, namelen = (uint)bytes, type = (uint)(mode & Stat.S_IFMT) >> 12 });
        Encoding.UTF8.GetBytes(name, entry[head..]);
        Length += whole;
        return true;
    }
}
