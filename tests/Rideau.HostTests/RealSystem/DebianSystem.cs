using System;
using System.IO;
using System.Text.Json.Nodes;
using System.Threading;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests.RealSystem;

/// <summary>A Debian system made by mmdebstrap, unpacked once for root and once for an ordinary user with subordinate ids; the tests of a class share it.</summary>
/// <remarks>The first run of all makes the archive, which takes a minute; tests/real-system/make-debian keeps it.</remarks>
public sealed class DebianSystem : IDisposable
{
    private const int MakeLimitSeconds = 400;
    private static int s_count;
    private readonly string _directory = Path.Combine(Path.GetTempPath(), "rideau-tests", $"t{Environment.ProcessId}-debian-{Interlocked.Increment(ref s_count)}");
    private readonly Lazy<string> _roots;
    private readonly Lazy<string> _users;

    public DebianSystem()
    {
        _roots = new Lazy<string>(() => Unpack("root", ""));
        _users = new Lazy<string>(() => Unpack("user", "unshare --user --map-root-user --map-auto -- "));
    }

    /// <summary>The archive.</summary>
    public static string Archive { get; } = Make();

    /// <summary>A container of the system, with the privilege that engines give; its process is to be set.</summary>
    public Bundle Container(bool asUser, params string[] words)
    {
        string rootfs = asUser ? _users.Value : _roots.Value;
        var bundle = new Bundle();
        if (asUser)
        {
            SubordinateUser user = SubordinateUser.Find();
            bundle.AsUser(user);
            bundle.Linux["uidMappings"] = Map(user.Uid, user.FirstUid);
            bundle.Linux["gidMappings"] = Map(user.Gid, user.FirstGid);
        }

        bundle.Namespace("network").With(new JsonObject { ["root"] = new JsonObject { ["path"] = rootfs, ["readonly"] = false } }.ToJsonString());
        bundle.Linux["resources"] = asUser ? null : JsonNode.Parse("""{"devices":[{"allow":false,"access":"rwm"}],"pids":{"limit":256},"memory":{"limit":805306368}}""");
        bundle.WithProcess("""{"noNewPrivileges":false,"cwd":"/root","env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin","TERM=xterm","LANG=C.UTF-8"],"rlimits":[{"type":"RLIMIT_NPROC","hard":512,"soft":512},{"type":"RLIMIT_NOFILE","hard":1024,"soft":1024}]}""");
        bundle.Process["args"] = new JsonArray([.. Array.ConvertAll(words, word => (JsonNode)word)]);
        bundle.Process["capabilities"] = new JsonObject { ["bounding"] = Capabilities(), ["effective"] = Capabilities(), ["permitted"] = Capabilities() };
        return bundle;
    }

    /// <summary>A shell script in the system; it must succeed.</summary>
    public string Says(bool asUser, string script)
    {
        using Bundle bundle = Container(asUser, "bash", "-ec", script);
        return bundle.Says();
    }

    /// <summary>Where the system lies on the machine.</summary>
    public string RootFilesystem(bool asUser) => asUser ? _users.Value : _roots.Value;

    public void Dispose() => RideauProgram.Shell($"rm -rf --one-file-system '{_directory}'", 120);

    private static string Make()
    {
        Outcome outcome = RideauProgram.Execute(Path.Combine(SourceTree.Root, "tests", "real-system", "make-debian"), [], limitSeconds: MakeLimitSeconds);
        return outcome.ExitCode == 0 ? outcome.Output.Trim() : throw new InvalidOperationException($"no Debian system could be made: {outcome}");
    }

    private string Unpack(string name, string inside)
    {
        string folder = Path.Combine(_directory, name);
        Directory.CreateDirectory(Path.Combine(folder, "rootfs"));
        string before = "";
        if (inside.Length > 0)
        {
            SubordinateUser user = SubordinateUser.Find();
            before = string.Join(' ', Array.ConvertAll(user.Before(folder), word => $"'{word}'")) + $" setpriv --reuid={user.Uid} --regid={user.Gid} --clear-groups -- ";
            RideauProgram.Shell($"chown {user.Uid}:{user.Gid} '{folder}' '{folder}/rootfs'");
        }

        // The user cannot make devices, and the container gets its own.
        Outcome outcome = RideauProgram.Shell($"{before}{inside}tar --numeric-owner --exclude='./dev/*' -xpf - -C '{folder}/rootfs' <'{Archive}'", 120);
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        return Path.Combine(folder, "rootfs");
    }

    private static JsonArray Map(uint own, uint first) => new(
        new JsonObject { ["containerID"] = 0, ["hostID"] = own, ["size"] = 1 },
        new JsonObject { ["containerID"] = 1, ["hostID"] = first, ["size"] = SubordinateUser.Count });

    private static JsonArray Capabilities() => new(
        "CAP_AUDIT_WRITE", "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_NET_BIND_SERVICE", "CAP_SETFCAP", "CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID", "CAP_SYS_CHROOT");
}
