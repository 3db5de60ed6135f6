using System;
using System.Collections.Generic;
using Rideau.CommandLine;

namespace Rideau.Commands;

/// <summary>--env NAME=VALUE, of commands that run another in namespaces.</summary>
internal static class VariablesOption
{
    /// <summary>What was given; of a name that was given twice the last.</summary>
    /// <exception cref="UsageException">One has no name, or no value.</exception>
    internal static List<string> Of(GivenOptions options, string command)
    {
        List<string> variables = [];
        foreach (string one in options.Texts("env"))
        {
            int equals = one.IndexOf('=', StringComparison.Ordinal);
            if (equals < 1)
            {
                throw new UsageException($"{command}: \"{one}\" is no variable", "--env NAME=VALUE");
            }

            variables.RemoveAll(old => old.AsSpan().StartsWith(one.AsSpan(0, equals + 1), StringComparison.Ordinal));
            variables.Add(one);
        }

        return variables;
    }
}
