// RUNS IN: caller
using System;
using System.Collections;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Text;
using Rideau.Child.Before;

namespace Rideau.Child.Outside;

/// <summary>The environment that this program was given. A plan passes it on as the kernel laid it out: bytes that are no UTF-8 stay as they are, and nothing is decoded unless somebody looks. man: environ(7)</summary>
/// <remarks>What the program sets in its own environment later is not in it.</remarks>
public sealed unsafe class InheritedEnvironment : IReadOnlyList<string>
{
    private readonly IReadOnlyList<string> _set;
    private List<string>? _read;

    private InheritedEnvironment(IReadOnlyList<string> set) => _set = set;

    /// <summary>NAME=VALUE of each variable; of a name that stands there twice the first, which getenv(3) finds.</summary>
    public static InheritedEnvironment Variables { get; } = new([]);

    /// <inheritdoc/>
    public int Count => Read.Count;

    /// <summary>The pointers, ended by a null one; null where the program's entry is not ours.</summary>
    internal static byte** Pointers => Inherited.s_environment;

    /// <summary>What is set beside.</summary>
    internal IReadOnlyList<string> Set => _set;

    private List<string> Read => _read ??= ReadAll();

    /// <inheritdoc/>
    public string this[int index] => Read[index];

    /// <summary>The same, with these in the place of what has their names.</summary>
    /// <param name="set">NAME=VALUE of each.</param>
    public static InheritedEnvironment With(IReadOnlyList<string> set) => set.Count == 0 ? Variables : new InheritedEnvironment(set);

    /// <inheritdoc/>
    public IEnumerator<string> GetEnumerator() => Read.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => Read.GetEnumerator();

    /// <summary>True where one of the same name is set beside.</summary>
    internal bool IsReplaced(ReadOnlySpan<byte> variable)
    {
        if (_set.Count == 0)
        {
            return false;
        }

        int equals = variable.IndexOf((byte)'=');
        return equals > 0 && IsReplaced(Encoding.UTF8.GetString(variable[..(equals + 1)]));
    }

    private bool IsReplaced(string nameAndEquals)
    {
        foreach (string one in _set)
        {
            if (one.StartsWith(nameAndEquals, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    private List<string> ReadAll()
    {
        List<string> variables = [];
        HashSet<string> names = [];
        foreach (string variable in Given())
        {
            int equals = variable.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0 && names.Add(variable[..equals]) && !IsReplaced(variable[..(equals + 1)]))
            {
                variables.Add(variable);
            }
        }

        variables.AddRange(_set);
        return variables;
    }

    private static List<string> Given()
    {
        List<string> given = [];
        if (Pointers == null)
        {
            foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
            {
                given.Add($"{variable.Key}={variable.Value}");
            }

            return given;
        }

        for (byte** variable = Pointers; *variable != null; variable++)
        {
            given.Add(Marshal.PtrToStringUTF8((nint)(*variable))!);
        }

        return given;
    }
}
