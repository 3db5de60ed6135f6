using System;
using System.Threading;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Handles;
using Rideau.Kernel.Raw;

namespace Rideau.Kernel.Calls;

/// <summary>A buffer that BPF programs write records into and this process reads, without a system call for each; and a count of records that found no room.</summary>
/// <remarks>
/// One reader. The descriptor can be polled: readable where records wait. doc: Documentation/bpf/ringbuf.rst · kernel 5.8+ · runs in: caller
/// </remarks>
public sealed unsafe class RingBuffer : IDisposable
{
    private static readonly int s_page = Environment.SystemPageSize;

    private readonly int _sizeBytes;
    private byte* _consumer;
    private byte* _producer;
    private byte* _lost;

    // SAFETY: three mappings of the maps' memory, made here and unmapped in Dispose, after which nothing reads them.
    private RingBuffer(OwnedFd map, OwnedFd count, int sizeBytes)
    {
        Map = map;
        Count = count;
        _sizeBytes = sizeBytes;
        try
        {
            _consumer = Mmap(map, s_page, Memory.PROT_READ | Memory.PROT_WRITE, 0);
            _producer = Mmap(map, s_page + 2L * sizeBytes, Memory.PROT_READ, s_page);
            _lost = Mmap(count, s_page, Memory.PROT_READ | Memory.PROT_WRITE, 0);
        }
        catch
        {
            Unmap();
            throw;
        }
    }

    /// <summary>Takes a record.</summary>
    public delegate void Handler(ReadOnlySpan<byte> record);

    /// <summary>The map of records, for programs and for polling.</summary>
    public OwnedFd Map { get; }

    /// <summary>The map with one number of eight bytes, which a program raises where there is no room.</summary>
    public OwnedFd Count { get; }

    /// <summary>How many records found no room so far.</summary>
    public ulong Lost => Volatile.Read(ref *(ulong*)_lost);

    /// <summary>Makes one.</summary>
    /// <param name="sizeBytes">At least; made a power of two, and a page or more.</param>
    /// <param name="ring">The buffer.</param>
    /// <returns>0, or the positive errno: EPERM; ENOMEM; EINVAL before kernel 5.8.</returns>
    public static int TryMake(int sizeBytes, out RingBuffer? ring)
    {
        ring = null;
        int size = (int)Math.Min(System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(sizeBytes, s_page)), 1u << 30);
        int errno = TracingPrograms.TryMakeMap(Bpf.BPF_MAP_TYPE_RINGBUF, 0, 0, (uint)size, 0, out OwnedFd? map);
        if (map is null)
        {
            return errno;
        }

        errno = TracingPrograms.TryMakeMap(Bpf.BPF_MAP_TYPE_ARRAY, 4, 8, 1, Bpf.BPF_F_MMAPABLE, out OwnedFd? count);
        try
        {
            ring = count is null ? null : new RingBuffer(map, count, size);
            return errno;
        }
        catch (LinuxException failure)
        {
            return failure.Errno;
        }
        finally
        {
            if (ring is null)
            {
                map.Dispose();
                count?.Dispose();
            }
        }
    }

    /// <summary>Hands over the records that are there now, in the order in which they were begun.</summary>
    /// <param name="handler">Must not keep the bytes.</param>
    /// <param name="most">The most records.</param>
    /// <returns>How many there were.</returns>
    public int Read(Handler handler, int most = int.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(handler);
        ObjectDisposedException.ThrowIf(_consumer is null, this);
        int taken = 0;
        ulong position = Volatile.Read(ref *(ulong*)_consumer);
        while (taken < most && position < Volatile.Read(ref *(ulong*)_producer))
        {
            // A head of eight bytes: the length with two bits of state, and what the kernel needs. The second half of the mapping repeats the first.
            byte* head = _producer + s_page + (position & (ulong)(_sizeBytes - 1));
            uint length = Volatile.Read(ref *(uint*)head);
            if ((length & Bpf.BPF_RINGBUF_BUSY_BIT) != 0)
            {
                break; // it is being written, and its end wakes us
            }

            uint bytes = length & ~(Bpf.BPF_RINGBUF_BUSY_BIT | Bpf.BPF_RINGBUF_DISCARD_BIT);
            if ((length & Bpf.BPF_RINGBUF_DISCARD_BIT) == 0)
            {
                handler(new ReadOnlySpan<byte>(head + 8, (int)bytes));
                taken++;
            }

            position += (bytes + 8 + 7) & ~7u;
            Volatile.Write(ref *(ulong*)_consumer, position);
        }

        return taken;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Unmap();
        Map.Dispose();
        Count.Dispose();
    }

    private static byte* Mmap(OwnedFd map, long bytes, int protection, long offset) => (byte*)Syscalls.Check(
        RawSyscall.Invoke(SyscallNumber.mmap, 0, (nint)bytes, protection, Memory.MAP_SHARED, map.Number, (nint)offset), "mmap", "a BPF map");

    private void Unmap()
    {
        Unmap(ref _consumer, s_page);
        Unmap(ref _producer, s_page + 2L * _sizeBytes);
        Unmap(ref _lost, s_page);
    }

    private static void Unmap(ref byte* address, long bytes)
    {
        if (address is not null)
        {
            _ = RawSyscall.Invoke(SyscallNumber.munmap, (nint)address, (nint)bytes); // ignored: it was mapped
            address = null;
        }
    }
}
