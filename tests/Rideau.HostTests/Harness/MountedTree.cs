using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using Xunit;

namespace Rideau.HostTests.Harness;

/// <summary>"ns mount" in a mount namespace of its own. At the end every server is killed, so that nobody can wait for one, and the mounts go with the mount namespace.</summary>
public sealed class MountedTree : IDisposable
{
    private readonly NameRoot _names;
    private readonly NamespaceHolder _holder;
    private readonly uint? _user;

    /// <param name="user">Whose it is; null for root. He gets a /dev/fuse that is open to him, and /etc/passwd knows him.</param>
    /// <param name="mount">Mount at once; with these options.</param>
    public MountedTree(uint? user = null, bool mount = true, params string[] options)
    {
        Assert.SkipUnless(File.Exists("/dev/fuse"), "needs FUSE");
        _user = user;
        _names = new NameRoot(user);
        _holder = new NamespaceHolder("--mount --propagation private");
        Outcome made = Shell(user is { } uid
            ? $"mkdir '{Tree}' '{_names.Directory}/dev'; chown {uid}:{uid} '{Tree}'; mount -t tmpfs none '{_names.Directory}/dev'; mknod '{_names.Directory}/dev/fuse' c 10 229; chmod 666 '{_names.Directory}/dev/fuse'; mount --bind '{_names.Directory}/dev/fuse' /dev/fuse; (cat /etc/passwd; echo rideau-tests:x:{uid}:{uid}::/tmp:/bin/sh) > '{_names.Directory}/dev/passwd'; mount --bind '{_names.Directory}/dev/passwd' /etc/passwd"
            : $"mkdir '{Tree}'");
        Assert.True(made.ExitCode == 0, made.ToString());
        if (mount)
        {
            Outcome mounted = Rideau(["ns", "mount", .. options, Tree]);
            Assert.True(mounted.ExitCode == 0, mounted.ToString());
        }
    }

    /// <summary>The directory.</summary>
    public string Tree => Path.Combine(_names.Directory, "tree");

    /// <summary>A directory beside it.</summary>
    public string Beside => _names.Directory;

    /// <summary>--root.</summary>
    public string Root => _names.Root;

    /// <summary>Names begin with it.</summary>
    public string Prefix => _names.Prefix;

    /// <summary>The processes that serve it.</summary>
    public IReadOnlyList<int> Servers => [.. Directory.GetDirectories("/proc").Select(Path.GetFileName).Where(name => char.IsAsciiDigit(name![0])).Where(IsServer).Select(name => int.Parse(name!, CultureInfo.InvariantCulture))];

    /// <summary>A script of root's in the mount namespace.</summary>
    public Outcome Shell(string script, int limitSeconds = 60) => RideauProgram.Execute("/usr/bin/nsenter", [$"--mount={_holder["mnt"]}", "--", "sh", "-c", script], limitSeconds: limitSeconds);

    /// <summary>A script of whoever mounts.</summary>
    public Outcome Own(string script, int limitSeconds = 60) => Run(["sh", "-c", script], limitSeconds);

    /// <summary>A script that must succeed; its output without the last line's end.</summary>
    public string Says(string script, int limitSeconds = 60)
    {
        Outcome outcome = Own(script, limitSeconds);
        Assert.True(outcome.ExitCode == 0, $"{script}\n{outcome}");
        return outcome.Output.TrimEnd('\n');
    }

    /// <summary>The program, as whoever mounts.</summary>
    public Outcome Rideau(params string[] words) => Run([RideauProgram.Path, "--root", Root, .. words], 60);

    /// <summary>Waits until something is true; a generous bound.</summary>
    public static void Await(Func<bool> condition, string what)
    {
        long until = Environment.TickCount64 + 60_000;
        while (!condition())
        {
            Assert.True(Environment.TickCount64 < until, what);
            Thread.Sleep(20);
        }
    }

    public void Dispose()
    {
        // First the servers: nothing below can wait for them then.
        foreach (int server in Servers)
        {
            using Process process = Process.GetProcessById(server);
            process.Kill();
        }

        Await(() => Servers.Count == 0, "a killed server stays");
        _holder.Dispose();
        RideauProgram.Shell($"rmdir '{Tree}'; rm -rf --one-file-system '{_names.Directory}/dev'");
        _names.Dispose();
    }

    private Outcome Run(string[] words, int limitSeconds) => RideauProgram.Execute(
        "/usr/bin/nsenter",
        [$"--mount={_holder["mnt"]}", "--", .. _user is { } uid ? (string[])["setpriv", $"--reuid={uid}", $"--regid={uid}", "--clear-groups", "--"] : [], .. words],
        limitSeconds: limitSeconds);

    private bool IsServer(string? pid)
    {
        try
        {
            string words = File.ReadAllText($"/proc/{pid}/cmdline");
            return words.Contains($"\0mount\0--foreground\0", StringComparison.Ordinal) && words.Contains(Root, StringComparison.Ordinal);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
