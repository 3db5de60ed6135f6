using System;
using System.Collections.Generic;
using System.Globalization;

namespace Rideau.CommandLine;

/// <summary>The options that were given, in their order.</summary>
internal sealed class GivenOptions
{
    private readonly List<(string Name, string Value)> _given = [];

    internal bool HelpWanted { get; private set; }

    internal void Add(Option option, string value)
    {
        if (option.Name == "help")
        {
            HelpWanted = value == "true";
        }

        _given.Add((option.Name, value));
    }

    /// <summary>The last value given, or null.</summary>
    internal string? Text(string name)
    {
        for (int i = _given.Count - 1; i >= 0; i--)
        {
            if (_given[i].Name == name)
            {
                return _given[i].Value;
            }
        }

        return null;
    }

    /// <summary>The last value given; null too where it is empty, as the field takes an empty value for none.</summary>
    internal string? TextOrNone(string name) => Text(name) is { Length: > 0 } text ? text : null;

    internal bool IsGiven(string name) => Text(name) is not null;

    internal bool Flag(string name) => Text(name) == "true";

    internal int Number(string name) => Text(name) is { } text ? int.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture) : 0;

    internal List<string> Texts(string name)
    {
        List<string> values = [];
        foreach ((string given, string value) in _given)
        {
            if (string.Equals(given, name, StringComparison.Ordinal))
            {
                values.Add(value);
            }
        }

        return values;
    }
}
