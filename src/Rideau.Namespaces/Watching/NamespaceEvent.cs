using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace Rideau.Namespaces;

/// <summary>A birth, a name or a death, with what is known of the namespace.</summary>
public sealed record NamespaceEvent
{
    /// <summary>What happened.</summary>
    public required NamespaceEventKind Kind { get; init; }

    /// <summary>When, UTC: as the kernel saw it where it says so, otherwise when it was noticed.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The type; null of <see cref="NamespaceEventKind.Lost"/>.</summary>
    public NamespaceType? Type { get; init; }

    /// <summary>The number in "net:[4026531840]". It is used again after a death.</summary>
    public ulong Inode { get; init; }

    /// <summary>The number that no other namespace ever has; 0 before kernel 6.18.</summary>
    public ulong Id { get; init; }

    /// <summary>The inode of the user namespace that owns it (of a user namespace: its parent); 0 where that is not known.</summary>
    public ulong OwnerInode { get; init; }

    /// <summary>The 64-bit number of the owner; 0 where that is not known.</summary>
    public ulong OwnerId { get; init; }

    /// <summary>The names that it has, or had while it was watched.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>Who made it; null where that was not seen.</summary>
    public NamespaceActor? Creator { get; init; }

    /// <summary>Of a death: who let go of it last; null where that was not seen.</summary>
    public NamespaceActor? LastHolder { get; init; }

    /// <summary>Of a death: how long it lived; null where its birth was not seen.</summary>
    public TimeSpan? Lifetime { get; init; }

    /// <summary>Of <see cref="NamespaceEventKind.Lost"/>: how many records.</summary>
    public ulong LostRecords { get; init; }

    /// <summary>The word of the kind: "exists", "born", "named", "died", "lost".</summary>
    public string Word => Kind switch
    {
        NamespaceEventKind.Exists => "exists",
        NamespaceEventKind.Born => "born",
        NamespaceEventKind.Named => "named",
        NamespaceEventKind.Died => "died",
        _ => "lost",
    };

    /// <summary>All of it on one line, without control characters: what "ns watch" and the file "events" of "ns mount" have.</summary>
    public override string ToString()
    {
        StringBuilder text = new(160);
        text.Append(Time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture)).Append(' ').Append(Word.PadRight(6)).Append(' ');
        if (Kind == NamespaceEventKind.Lost)
        {
            return text.Append(CultureInfo.InvariantCulture, $"{LostRecords} records; everything was looked at anew").ToString();
        }

        text.Append(CultureInfo.InvariantCulture, $"{Type!.Name}:[{Inode}]");
        text.Append(Id == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" id {Id}"));
        text.Append(Names.Count == 0 ? "" : $" \"{string.Join(", ", Names)}\"");
        text.Append(OwnerInode == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" owner user:[{OwnerInode}]"));
        text.Append(Kind != NamespaceEventKind.Died && Creator is { } creator ? " made by " + Told(creator) : "");
        text.Append(Lifetime is { } lifetime ? $" lived {lifetime.TotalSeconds.ToString("0.000000", CultureInfo.InvariantCulture)} s" : "");
        text.Append(LastHolder is { } last ? " last held by " + Told(last) : "");
        return text.ToString();
    }

    // A process chooses its name, and this goes to somebody's terminal.
    private static string Told(NamespaceActor actor)
    {
        StringBuilder name = new(16);
        foreach (char letter in actor.Command)
        {
            name.Append(char.IsControl(letter) ? '?' : letter);
        }

        return string.Create(CultureInfo.InvariantCulture, $"{(name.Length == 0 ? "process" : name)} {actor.Pid}");
    }
}
