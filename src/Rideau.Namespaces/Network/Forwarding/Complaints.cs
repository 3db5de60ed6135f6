using System;
using System.Globalization;

namespace Rideau.Namespaces.Network;

/// <summary>Tells of failures, at most once a second: a target that is down would otherwise fill a disk.</summary>
internal sealed class Complaints(Action<string>? report)
{
    private const int PauseMilliseconds = 1000;
    private long _next;
    private long _untold;

    internal void Say(string sentence)
    {
        long now = Environment.TickCount64;
        if (report is null || now < _next)
        {
            _untold++;
            return;
        }

        _next = now + PauseMilliseconds;
        report(_untold == 0 ? sentence : string.Create(CultureInfo.InvariantCulture, $"{sentence} ({_untold} more were not told)"));
        _untold = 0;
    }
}
