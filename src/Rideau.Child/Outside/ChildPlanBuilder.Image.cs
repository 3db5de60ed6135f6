// RUNS IN: caller
using System;
using System.Collections.Generic;
using System.Globalization;
using System.Runtime.InteropServices;
using Rideau.Child.Before;
using Rideau.Child.Contract;
using Rideau.Kernel;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Handles;

namespace Rideau.Child.Outside;

// The child's own image: docs/decisions/0007-an-image-of-its-own.md.
public sealed unsafe partial class ChildPlanBuilder
{
    private readonly List<int> _inherited = [];
    private OwnedFd? _image;
    private int _imageStep = -1;

    /// <summary>True where the child goes on in an image of its own before it does anything else.</summary>
    internal bool BeginsWithImage => _imageStep == 0;

    /// <summary>
    /// From here on the child runs from a sealed copy of the program, with nothing of the caller's memory but the
    /// plan: what a container opens through /proc/PID/exe cannot be written, and a child that waits is small.
    /// </summary>
    /// <remarks>Descriptors that later steps name stay open, all others are closed. execve(2) takes the capabilities of a process whose user id is not 0 in its user namespace.</remarks>
    /// <exception cref="LinuxException">The program can be written by its user, and neither be sealed nor copied.</exception>
    /// <param name="preserved">How many descriptors from 3 on the process gets that the child will become.</param>
    /// <param name="shown">For a plan that is only shown: what stands for the sealed program and for the plan's own file; null for one that is carried out.</param>
    public void GoOnInImage(int preserved, (OwnedFd Program, OwnedFd Plan)? shown = null)
    {
        OwnedFd file = shown?.Plan ?? _file ?? throw new InvalidOperationException("the plan was not made for an image");
        OwnedFd program = shown?.Program ?? (_image = SealedProgram.Open());
        Name(program.Number, "sealed program");
        Name(file.Number, "plan");
        Inherit((Argument)file);
        _imageStep = _count;
        Argument words = TextArray([ChildImage.Word, Text(file.Number), Text(3 + preserved)]);
        Add(StepKind.BecomeImage, 0, program, 0, words, TextArray([]));
        _inherited.Remove(program.Number);
    }

    /// <summary>A descriptor that the child holds to its end without a step that names it.</summary>
    public void Inherit(OwnedFd descriptor)
    {
        Inherit((Argument)descriptor);
        _needed.Add((int.MaxValue, descriptor.Number));
    }

    /// <summary>Closes a descriptor that the child is born with and that its image does not get.</summary>
    public void LetGo(OwnedFd descriptor)
    {
        ArgumentNullException.ThrowIfNull(descriptor);
        Call(SyscallNumber.close, descriptor);
        _inherited.Remove(descriptor.Number);
    }

    private void Inherit(Argument argument)
    {
        // The standard streams are the child's in any case.
        if (argument.Kind == ArgumentKind.Descriptor && argument.Value > 2)
        {
            _needed.Add((_count, (int)argument.Value));
            if (!_inherited.Contains((int)argument.Value))
            {
                _inherited.Add((int)argument.Value);
            }
        }
    }

    // The descriptors that the image keeps, by name.
    internal string InheritedNames()
    {
        var names = new List<string>(_inherited.Count);
        foreach (int number in _inherited)
        {
            if (number >= 0)
            {
                names.Add($"<{DescriptorName(number)}>");
            }
        }

        return $"{{{string.Join(", ", names)}}}";
    }

    /// <summary>
    /// The child runs from the sealed program, or never will: the caller needs it no more, and while it is open here, what is sealed could be
    /// had back through this process. Who closes it last, and nobody else has it any more, waits for the kernel to dissolve its mount (an RCU grace period): to be called
    /// where the child is at work, and the caller would wait for it in any case.
    /// </summary>
    public void LetGoOfImage() => _image?.Dispose();

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private void WriteInherited()
    {
        if (_imageStep >= 0)
        {
            _inherited.Add(-1);
            Steps[_imageStep].A1 = Bytes(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(_inherited))).Value;
        }
    }
}
