using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace Rideau.Namespaces;

/// <summary>What "events" tells: namespaces that have come and gone, found by counting them once a second, as long as somebody reads.</summary>
/// <remarks>Nothing is kept alive; what lives shorter than a second can be missed.</remarks>
internal sealed class EventFeed(NamespaceView view)
{
    private const int IntervalMilliseconds = 1_000;
    private Dictionary<string, Living>? _known;
    private long _next;

    /// <summary>How long until the next count; -1 where nobody reads.</summary>
    internal int MillisecondsLeft => _known is null ? -1 : (int)Math.Clamp(_next - Environment.TickCount64, 0, IntervalMilliseconds);

    /// <summary>Somebody begins to read: what is there now is not told.</summary>
    internal void Begin() => _known ??= Count();

    /// <summary>Nobody reads any more.</summary>
    internal void End() => _known = null;

    /// <summary>Counts, if it is time, and tells what has changed.</summary>
    internal void Follow(Action<string> tell)
    {
        if (_known is null || Environment.TickCount64 < _next)
        {
            return;
        }

        Dictionary<string, Living> now = Count();
        foreach ((string key, Living living) in _known)
        {
            if (!now.ContainsKey(key))
            {
                tell(Line("died  ", living));
            }
        }

        foreach ((string key, Living living) in now)
        {
            if (!_known.TryGetValue(key, out Living? before))
            {
                tell(Line("born  ", living));
            }
            else if (living.Names.Length > 0 && living.Names != before.Names)
            {
                tell(Line("named ", living));
            }
        }

        _known = now;
    }

    private Dictionary<string, Living> Count()
    {
        view.LetGo();
        Dictionary<string, Living> living = [];
        foreach (NamespaceInfo info in view.Recent().All)
        {
            string names = info.Names.Count == 0 ? "" : $" \"{string.Join(", ", info.Names)}\"";
            living.Add(string.Create(CultureInfo.InvariantCulture, $"{info} {info.Id}"), new Living(info.ToString(), info.Id, names, info.Owner?.ToString()));
        }

        _next = Environment.TickCount64 + IntervalMilliseconds;
        return living;
    }

    private static string Line(string word, Living living)
    {
        var text = new StringBuilder(NamespaceTexts.Time(DateTimeOffset.UtcNow)).Append(' ').Append(word).Append(' ').Append(living.Word);
        text.Append(living.Id == 0 ? "" : $" id {TreeBranch.Text(living.Id)}").Append(living.Names);
        return text.Append(living.Owner is null ? "" : $" owner {living.Owner}").ToString();
    }

    private sealed record Living(string Word, ulong Id, string Names, string? Owner);
}
