using System;
using System.Linq;
using Xunit;

namespace Rideau.HostTests.Harness;

/// <summary>A network namespace that stands for the machine's: the runtime runs in it, and devices are made in it.</summary>
public sealed class HostNetwork : IDisposable
{
    private readonly NamespaceHolder _holder = new("--net");

    /// <summary>Makes devices by commands of a shell.</summary>
    public HostNetwork(string script = "")
    {
        Assert.SkipUnless(RideauProgram.Shell("command -v ip").ExitCode == 0, "needs ip (iproute2)");
        Outcome outcome = Shell("ip link set lo up\n" + script);
        if (outcome.ExitCode != 0)
        {
            Dispose();
            Assert.Fail(outcome.ToString());
        }
    }

    /// <summary>The namespace's file.</summary>
    public string Path => _holder["net"];

    /// <summary>A script in this network.</summary>
    public Outcome Shell(string script) => RideauProgram.Execute("nsenter", ["--net=" + Path, "sh", "-ec", script]);

    /// <summary>run, in the foreground, in this network.</summary>
    public Outcome Run(Bundle bundle)
    {
        bundle.Write();
        return RideauProgram.Execute("nsenter", ["--net=" + Path, RideauProgram.Path, "--root", bundle.Root, "run", "--bundle", bundle.Directory, bundle.Name]);
    }

    /// <summary>The names of devices here, but for lo.</summary>
    public string[] Devices() =>
        [.. Shell("ip -o link").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(": ")[1].Split('@')[0]).Where(name => name != "lo").Order()];

    public void Dispose() => _holder.Dispose();
}
