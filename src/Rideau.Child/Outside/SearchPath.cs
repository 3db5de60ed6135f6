// RUNS IN: caller
using System;
using System.Collections.Generic;

namespace Rideau.Child.Outside;

/// <summary>Where a program is looked for, as a shell does it.</summary>
public static class SearchPath
{
    /// <summary>The paths to try, in order: the program itself where it has a slash, else one in each directory of PATH.</summary>
    /// <param name="program">As it was given.</param>
    /// <param name="environment">NAME=VALUE; the last PATH counts.</param>
    public static IReadOnlyList<string> Candidates(string program, IReadOnlyList<string> environment)
    {
        if (program.Contains('/', StringComparison.Ordinal))
        {
            return [program];
        }

        string path = "";
        foreach (string variable in environment)
        {
            path = variable.StartsWith("PATH=", StringComparison.Ordinal) ? variable[5..] : path;
        }

        var candidates = new List<string>();
        foreach (string directory in path.Split(':'))
        {
            // An empty word means the working directory (POSIX).
            candidates.Add(directory.Length == 0 ? $"./{program}" : directory.EndsWith('/') ? directory + program : $"{directory}/{program}");
        }

        return candidates;
    }
}
