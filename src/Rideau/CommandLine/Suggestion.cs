using System;

namespace Rideau.CommandLine;

/// <summary>What was meant, where a word is not known.</summary>
internal static class Suggestion
{
    /// <summary>The known word that is the fewest changes of a letter away, at most a third of them; or null.</summary>
    internal static string? Find(string word, ReadOnlySpan<string> known)
    {
        string? best = null;
        int least = Math.Max(1, word.Length / 3) + 1;
        foreach (string candidate in known)
        {
            int distance = candidate.Length == 0 ? int.MaxValue : candidate.StartsWith(word, StringComparison.Ordinal) ? 0 : Distance(word, candidate);
            if (distance < least)
            {
                (best, least) = (candidate, distance);
            }
        }

        return best;
    }

    private static int Distance(string from, string to)
    {
        if (from.Length > 32 || to.Length > 32)
        {
            return int.MaxValue;
        }

        Span<int> row = stackalloc int[33];
        for (int j = 0; j <= to.Length; j++)
        {
            row[j] = j;
        }

        for (int i = 1; i <= from.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= to.Length; j++)
            {
                int above = row[j];
                int replaced = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
                row[j] = Math.Min(replaced, Math.Min(above, row[j - 1]) + 1);
                diagonal = above;
            }
        }

        return row[to.Length];
    }
}
