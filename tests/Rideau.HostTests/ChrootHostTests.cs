using System;
using System.IO;
using System.Linq;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests;

/// <summary>chroot --host: the machine's own system, of which nothing changes.</summary>
public sealed class ChrootHostTests : IDisposable
{
    // On the machine's root file system, which is what the overlay is laid over.
    private readonly string _folder = $"/var/tmp/rideau-tests-{Environment.ProcessId}-{Guid.NewGuid():N}";

    public ChrootHostTests()
    {
        Outcome made = RideauProgram.Shell($"mkdir -p '{_folder}/sub' && cd '{_folder}' && echo old >kept && echo old >removed && echo old >moved && echo old >shortened && ln -s kept link && chmod 640 kept && echo deep >sub/deep && touch -d @1000000000 kept removed moved shortened sub/deep sub .");
        Assert.True(made.ExitCode == 0, made.ToString());
    }

    [Fact]
    public void Nothing_on_the_machine_changes()
    {
        string before = Listing();
        using var bundle = new Bundle();
        Outcome outcome = bundle.Rideau("chroot", "--host", "--cwd", _folder, "--", "sh", "-ec", $"""
            echo new >>kept; chmod 777 kept; chown 1000 kept; touch kept
            rm removed; mv moved elsewhere; : >shortened; rm -r sub; mkdir made; ln -sfn made link; ln kept hard
            touch /etc/{bundle.Name} /usr/{bundle.Name} /{bundle.Name} /root/{bundle.Name} /opt/{bundle.Name}
            cat kept; ls
            """);
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        Assert.Equal("old\nnew\nelsewhere\nhard\nkept\nlink\nmade\nshortened\n", outcome.Output);
        Assert.Equal(before, Listing());
        foreach (string place in new[] { "/etc", "/usr", "/", "/root", "/opt" })
        {
            Assert.False(File.Exists(Path.Combine(place, bundle.Name)), place);
        }

        // What was written is gone with the container.
        Outcome next = bundle.Rideau("chroot", "--host", "--cwd", _folder, "--", "cat", "kept", "removed");
        Assert.Equal("old\nold\n", next.Output);
        Assert.Empty(Directory.GetFileSystemEntries(bundle.Root));
    }

    [Fact]
    public void The_machines_mounts_processes_and_names_stay()
    {
        using var bundle = new Bundle();
        string mounts = Mounts();
        Outcome outcome = bundle.Rideau("chroot", "--host", "--hostname", "elsewhere", "--", "sh", "-c", "cat /proc/sys/kernel/hostname; kill -9 -1; echo 1 >/proc/sys/kernel/sysrq; mount -t tmpfs none /mnt; echo $?");
        Assert.StartsWith("elsewhere\n", outcome.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("\n0\n", outcome.Output, StringComparison.Ordinal);
        Assert.Equal(mounts, Mounts());
        Assert.NotEqual("elsewhere", Environment.MachineName);
    }

    [Fact]
    public void An_ordinary_user_is_told_why_not_and_what_instead()
    {
        using var bundle = new Bundle().AsUser(SubordinateUser.Stranger, SubordinateUser.Stranger);
        Outcome outcome = bundle.Rideau("chroot", "--host", "--", "true");
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("without privilege", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("rideau chroot DIR", outcome.Error, StringComparison.Ordinal);
        Outcome instead = bundle.Rideau("chroot", bundle.RootFilesystem, "id", "-u");
        Assert.Equal((0, "0\n"), (instead.ExitCode, instead.Output));
    }

    public void Dispose() => RideauProgram.Shell($"rm -rf --one-file-system '{_folder}'");

    private string Listing() => RideauProgram.Shell($"cd '{_folder}' && find . -printf '%p %y %m %U:%G %n %s %T@ %l\\n' | sort && cat kept removed moved shortened sub/deep").Output;

    // Those of named namespaces come and go in other tests.
    private static string Mounts() => string.Join('\n', File.ReadLines("/proc/self/mountinfo").Where(line => !line.Contains("/state", StringComparison.Ordinal)));
}
