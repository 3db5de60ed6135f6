using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Calls;
using Rideau.Kernel.Handles;
using Rideau.Runtime.Spec;

namespace Rideau.Runtime.Lifecycle;

/// <summary>The environment that a process gets: the last of two equal names counts, and HOME is there.</summary>
/// <remarks>ENGINE-CONTRACT 25. man: passwd(5)</remarks>
internal static class ProcessEnvironment
{
    private const int PasswdLimitBytes = 1 << 20;

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
            string found = "HOME=" + (HomeOf(process.User.Uid, root) ?? "/");
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

    private static string? HomeOf(uint uid, OwnedFd root)
    {
        int errno = Files.TryOpenResolved(root, "etc/passwd", Fcntl.O_RDONLY | Fcntl.O_NONBLOCK, Fcntl.RESOLVE_IN_ROOT | Fcntl.RESOLVE_NO_MAGICLINKS, out OwnedFd? file);
        if (errno != 0 || file is null)
        {
            return null;
        }

        using (file)
        {
            FileStatus status = Files.Status(file);
            return !status.IsRegularFile || status.SizeBytes > PasswdLimitBytes
                ? null
                : HomeIn(Files.ReadAll(file, PasswdLimitBytes, "etc/passwd"), uid);
        }
    }

    // name:password:uid:gid:gecos:directory:shell
    internal static string? HomeIn(ReadOnlySpan<byte> passwd, uint uid)
    {
        Span<byte> number = stackalloc byte[12];
        uid.TryFormat(number, out int length, provider: CultureInfo.InvariantCulture);
        ReadOnlySpan<byte> wanted = number[..length];
        while (passwd.Length > 0)
        {
            int end = passwd.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? passwd : passwd[..end];
            passwd = end < 0 ? [] : passwd[(end + 1)..];
            int field = 0;
            bool matches = false;
            foreach (Range range in line.Split((byte)':'))
            {
                if (field == 2)
                {
                    matches = line[range].SequenceEqual(wanted);
                }
                else if (field == 5 && matches)
                {
                    // A NUL would end the variable; the file is the container's own and may hold anything.
                    return line[range].Contains((byte)0) ? null : Encoding.UTF8.GetString(line[range]);
                }

                field++;
            }
        }

        return null;
    }
}
