// RUNS IN: caller
using System;
using System.Collections.Generic;
using System.Globalization;
using Rideau.Child.Contract;

namespace Rideau.Child.Outside;

// What the steps are for, in words, and how they are shown.
public sealed unsafe partial class ChildPlanBuilder
{
    private readonly List<string> _purposes = ["prepare the child"];
    private readonly List<StepNote> _notes = new(256);
    private readonly List<(int Number, string Name)> _descriptorNames = [];
    private readonly List<(int Step, string Name)> _stages = [];

    /// <summary>How the messages between caller and child are called, for explain and errors.</summary>
    public Func<byte, string> MessageName { get; set; } = static message => message.ToString(CultureInfo.InvariantCulture);

    /// <summary>A part of the plan begins here, as docs/stages.md has them.</summary>
    public void Enter(string stage) => _stages.Add((_count, stage));

    /// <summary>What the steps from here on are for: "mount proc on \"/proc\"". Completes "cannot …".</summary>
    public void Begin(string purpose) => _purposes.Add(purpose);

    /// <summary>What an inherited descriptor is, for explain and errors: "channel".</summary>
    public void Name(int descriptor, string name) => _descriptorNames.Add((descriptor, name));

    /// <summary>What a step is for.</summary>
    public string PurposeOf(int step) => _purposes[_notes[step].Purpose];

    /// <summary>A step in words.</summary>
    /// <param name="step">From 0.</param>
    public StepDescription Describe(int step) => new(step + 1, PurposeOf(step), StepText.Render(this, step), StepText.Tolerated(Steps + step))
    {
        Stage = StageOf(step),
        Otherwise = NumberOf(Steps[step].Next),
        Then = NumberOf(Steps[step].NextAfterSuccess),
        Says = Steps[step].Kind switch
        {
            StepKind.Send => (byte)Steps[step].A1,
            StepKind.SendDescriptor => *(byte*)Steps[step].A2,
            _ => 0,
        },
    };

    internal ArgumentKind KindOf(int step, int argument) => _notes[step].KindOf(argument);

    internal string SlotName(int slot) => _slotNames[slot];

    internal string DescriptorName(int number)
    {
        foreach ((int named, string name) in _descriptorNames)
        {
            if (named == number)
            {
                return name;
            }
        }

        return number <= 2 ? $"fd {number}" : "descriptor";
    }

    internal int NumberOf(int next) => Resolve(next) + 1;

    private string StageOf(int step)
    {
        string stage = "";
        foreach ((int first, string name) in _stages)
        {
            stage = first <= step ? name : stage;
        }

        return stage;
    }

    private readonly record struct StepNote(int Purpose, ulong Kinds)
    {
        internal ArgumentKind KindOf(int argument) => (ArgumentKind)(byte)(Kinds >> (argument * 8));
    }
}
