using System;
using System.Collections.Generic;
using Rideau.Kernel.Handles;
using Rideau.Runtime.Spec;

namespace Rideau.Runtime.Lifecycle;

/// <summary>The environment that a process gets: the last of two equal names counts, and HOME is there.</summary>
/// <remarks>ENGINE-CONTRACT 25. man: passwd(5)</remarks>
internal static class ProcessEnvironment
{
    /// <param name="process">Its env, user and so on.</param>
    /// <param name="root">The container's root file system: its passwd is read so that no link leads out.</param>
    internal static List<string> Complete(Process process, OwnedFd root)
    {
        var environment = new List<string>(process.Env.Count + 1);
        var places = new Dictionary<string, int>(process.Env.Count);
        foreach (string variable in process.Env)
        {
            int equals = variable.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                throw new ContainerException($"process.env: \"{variable}\" is not of the form NAME=VALUE", FailureCode.InvalidArgument);
            }

            string name = variable[..equals];
            if (places.TryGetValue(name, out int place))
            {
                environment[place] = variable;
            }
            else
            {
                places[name] = environment.Count;
                environment.Add(variable);
            }
        }

        bool hasHome = places.TryGetValue("HOME", out int home);
        if (!hasHome || environment[home] == "HOME=")
        {
            string found = "HOME=" + (PasswordFile.Find(root, process.User.Uid)?.Home ?? "/");
            if (hasHome)
            {
                environment[home] = found;
            }
            else
            {
                environment.Add(found);
            }
        }

        AddListenFds(environment);
        return environment;
    }

    /// <summary>The home of a user in the bytes of a passwd file, or null.</summary>
    internal static string? HomeIn(ReadOnlySpan<byte> passwd, uint uid) => PasswordFile.FindIn(passwd, uid)?.Home;

    // The process that reads them is the first of its pid namespace, which is what the field writes; it is 1 there.
    private static void AddListenFds(List<string> environment)
    {
        int count = ListenFds.Count;
        if (count == 0)
        {
            return;
        }

        environment.RemoveAll(variable => variable.StartsWith("LISTEN_", StringComparison.Ordinal));
        environment.Add($"LISTEN_FDS={count}");
        environment.Add("LISTEN_PID=1");
        if (Environment.GetEnvironmentVariable("LISTEN_FDNAMES") is { } names)
        {
            environment.Add($"LISTEN_FDNAMES={names}");
        }
    }
}
