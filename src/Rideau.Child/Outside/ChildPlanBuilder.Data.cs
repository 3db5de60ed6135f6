// RUNS IN: caller
using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Text;
using Rideau.Child.Contract;
using Rideau.Kernel;
using Rideau.Kernel.Abi;

namespace Rideau.Child.Outside;

// What a step may point to.
public sealed unsafe partial class ChildPlanBuilder
{
    private readonly List<string> _slotNames = new(64);
    private nint _dataUsed;
    private int _scratchUsed;

    /// <summary>A new register.</summary>
    /// <param name="name">What it holds, for explain and errors: "root", "proc".</param>
    public Slot NewSlot(string name)
    {
        if (_slotNames.Count == ChildStep.SlotLimit)
        {
            throw new LinuxException("plan", Errno.E2BIG, $"more than {ChildStep.SlotLimit} registers");
        }

        _slotNames.Add(name);
        return new Slot(_slotNames.Count - 1);
    }

    /// <summary>A text in the plan's memory, NUL-terminated.</summary>
    /// <exception cref="ArgumentException">The text has a NUL in it.</exception>
    public Argument Text(string text)
    {
        if (text.Contains('\0', StringComparison.Ordinal))
        {
            throw new ArgumentException("a NUL byte in a text of the plan", nameof(text));
        }

        int length = Encoding.UTF8.GetByteCount(text);
        byte* place = Reserve(length + 1, 1);
        Encoding.UTF8.GetBytes(text, new Span<byte>(place, length));
        place[length] = 0;
        return new Argument((nint)place, ArgumentKind.Text);
    }

    /// <summary>A blittable value in the plan's memory.</summary>
    public Argument Data<T>(in T value)
        where T : unmanaged
    {
        byte* place = Reserve(sizeof(T), 8);
        *(T*)place = value;
        return new Argument((nint)place, ArgumentKind.Data);
    }

    /// <summary>Bytes in the plan's memory.</summary>
    public Argument Bytes(ReadOnlySpan<byte> bytes)
    {
        byte* place = Reserve(bytes.Length, 8);
        bytes.CopyTo(new Span<byte>(place, bytes.Length));
        return new Argument((nint)place, ArgumentKind.Data);
    }

    /// <summary>Space of its own that the child can write to (the plan itself is read-only then), beginning with a text.</summary>
    public Argument Scratch(int bytes, string prefix = "")
    {
        if (_scratchUsed + bytes > PlanMemory.ScratchBytes)
        {
            throw new LinuxException("plan", Errno.E2BIG, $"more than {PlanMemory.ScratchBytes >> 10} KiB of scratch space");
        }

        byte* place = (byte*)(_base + PlanMemory.BoardBytes + PlanMemory.StackBytes + _scratchUsed);
        _scratchUsed += (bytes + 7) & ~7;
        Encoding.UTF8.GetBytes(prefix, new Span<byte>(place, bytes));
        return new Argument((nint)place, ArgumentKind.Data);
    }

    /// <summary>An array of pointers to texts with a null at its end, as execve(2) wants it.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="last">One more behind them, as a place in the plan's memory; nothing for none.</param>
    public Argument TextArray(IReadOnlyList<string> texts, Argument last = default)
    {
        if (texts is InheritedEnvironment inherited && InheritedEnvironment.Pointers != null && last.Value == 0)
        {
            return PassOn(InheritedEnvironment.Pointers, inherited);
        }

        byte** array = (byte**)Reserve((texts.Count + 2) * sizeof(byte*), 8);
        for (int i = 0; i < texts.Count; i++)
        {
            array[i] = (byte*)Text(texts[i]).Value;
        }

        array[texts.Count] = (byte*)last.Value;
        array[texts.Count + 1] = null;
        return new Argument((nint)array, ArgumentKind.Data);
    }

    private Argument PassOn(byte** given, InheritedEnvironment inherited)
    {
        // A child in this program's memory, or in a copy of it, finds them where they are.
        if (_file is null && inherited.Set.Count == 0)
        {
            return new Argument((nint)given, ArgumentKind.Data);
        }

        int count = inherited.Set.Count;
        for (byte** one = given; *one != null; one++)
        {
            count++;
        }

        byte** array = (byte**)Reserve((count + 1) * sizeof(byte*), 8);
        byte** next = array;
        for (; *given != null; given++)
        {
            ReadOnlySpan<byte> text = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(*given);
            if (!inherited.IsReplaced(text))
            {
                byte* place = Reserve(text.Length + 1, 1);
                text.CopyTo(new Span<byte>(place, text.Length));
                place[text.Length] = 0;
                *next++ = place;
            }
        }

        foreach (string text in inherited.Set)
        {
            *next++ = (byte*)Text(text).Value;
        }

        *next = null;
        return new Argument((nint)array, ArgumentKind.Data);
    }

    /// <summary>Texts one behind the other, each with its NUL.</summary>
    public Argument TextSequence(IReadOnlyList<string> texts)
    {
        nint first = 0;
        foreach (string text in texts)
        {
            nint place = Text(text).Value;
            first = first == 0 ? place : first;
        }

        return new Argument(first, ArgumentKind.Data);
    }

    private byte* Reserve(int bytes, int alignment)
    {
        _dataUsed = (_dataUsed + alignment - 1) & -alignment;
        if (_dataUsed + bytes > PlanMemory.DataLimitBytes)
        {
            throw new LinuxException("plan", Errno.E2BIG, $"more than {PlanMemory.DataLimitBytes >> 20} MiB of arguments");
        }

        byte* place = (byte*)(Steps + PlanMemory.StepLimit) + _dataUsed;
        _dataUsed += bytes;
        return place;
    }
}
