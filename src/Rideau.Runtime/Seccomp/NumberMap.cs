using System;

namespace Rideau.Runtime.Seccomp;

/// <summary>Verdicts for all 32-bit numbers of one AUDIT_ARCH: ranges, each from its start to the next one's, neighbours being different.</summary>
internal sealed class NumberMap
{
    private uint[] _starts = new uint[128];
    private Verdict[] _verdicts = new Verdict[128];

    internal int Count { get; private set; }

    internal uint Start(int index) => _starts[index];

    internal Verdict VerdictAt(int index) => _verdicts[index];

    /// <summary>From this number on. Numbers come in rising order; one that comes twice has the later verdict.</summary>
    internal void Append(uint start, Verdict verdict)
    {
        while (Count > 0 && _starts[Count - 1] >= start)
        {
            Count--;
        }

        if (Count > 0 && _verdicts[Count - 1].IsSameAs(verdict))
        {
            return;
        }

        if (Count == _starts.Length)
        {
            Array.Resize(ref _starts, Count * 2);
            Array.Resize(ref _verdicts, Count * 2);
        }

        _starts[Count] = start;
        _verdicts[Count] = verdict;
        Count++;
    }
}
