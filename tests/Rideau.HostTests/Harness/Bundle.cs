using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using System.Threading;
using Xunit;

namespace Rideau.HostTests.Harness;

/// <summary>A bundle with a busybox root file system, a --root of its own and a cgroup of its own; everything is removed with it.</summary>
/// <remarks>The configuration is what "spec" writes, without a terminal, with limits; a test changes <see cref="Configuration"/>.</remarks>
public sealed class Bundle : IDisposable
{
    private static int s_count;
    private readonly List<string> _ids = [];

    // What starts a command as the user that the bundle belongs to.
    private string[]? _user;

    public Bundle(string? command = null)
    {
        Name = $"t{Environment.ProcessId}-{Interlocked.Increment(ref s_count)}";
        Directory = System.IO.Path.Combine(System.IO.Path.GetTempPath(), "rideau-tests", Name);
        Root = System.IO.Path.Combine(Directory, "state");
        string binaries = System.IO.Path.Combine(RootFilesystem, "bin");
        System.IO.Directory.CreateDirectory(binaries);
        File.Copy("/bin/busybox", System.IO.Path.Combine(binaries, "busybox"));
        foreach (string applet in Applets)
        {
            File.CreateSymbolicLink(System.IO.Path.Combine(binaries, applet), "busybox");
        }

        foreach (string folder in new[] { "etc", "tmp", "root", "proc", "sys", "dev" })
        {
            System.IO.Directory.CreateDirectory(System.IO.Path.Combine(RootFilesystem, folder));
        }

        File.WriteAllText(System.IO.Path.Combine(RootFilesystem, "etc", "passwd"), "root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000:user:/home/user:/bin/sh\n");
        Configuration = JsonNode.Parse(Default)!.AsObject();
        Configuration["linux"]!["cgroupsPath"] = $"/rideau-test/{Name}";
        if (command is not null)
        {
            Command(command);
        }
    }

    /// <summary>Also the id of the container that the short forms make.</summary>
    public string Name { get; }

    public string Directory { get; }

    /// <summary>--root.</summary>
    public string Root { get; }

    public string RootFilesystem => System.IO.Path.Combine(Directory, "rootfs");

    public JsonObject Configuration { get; }

    public JsonObject Process => Configuration["process"]!.AsObject();

    public JsonObject Linux => Configuration["linux"]!.AsObject();

    /// <summary>The container runs this in a shell.</summary>
    public Bundle Command(string script)
    {
        Process["args"] = new JsonArray("/bin/sh", "-c", script);
        return this;
    }

    /// <summary>Changes the configuration.</summary>
    public Bundle With(Action<JsonObject> change)
    {
        change(Configuration);
        return this;
    }

    /// <summary>Changes the process by a JSON merge patch (RFC 7396).</summary>
    public Bundle WithProcess(string patch) => Patch(Process, patch);

    /// <summary>Changes "linux" by a JSON merge patch.</summary>
    public Bundle WithLinux(string patch) => Patch(Linux, patch);

    /// <summary>Changes the whole configuration by a JSON merge patch.</summary>
    public Bundle With(string patch) => Patch(Configuration, patch);

    /// <summary>Adds a mount.</summary>
    public Bundle Mount(string destination, string type, string source, params string[] options)
    {
        Configuration["mounts"]!.AsArray().Add(new JsonObject
        {
            ["destination"] = destination,
            ["type"] = type,
            ["source"] = source,
            ["options"] = new JsonArray([.. options.Select(option => (JsonNode)option)]),
        });
        return this;
    }

    /// <summary>A namespace of that kind: new, or the one of a path.</summary>
    public Bundle Namespace(string type, string? path = null)
    {
        JsonArray namespaces = Linux["namespaces"]!.AsArray();
        if (namespaces.FirstOrDefault(one => (string)one!["type"]! == type) is { } old)
        {
            namespaces.Remove(old);
        }

        var entry = new JsonObject { ["type"] = type };
        if (path is not null)
        {
            entry["path"] = path;
        }

        namespaces.Add(entry);
        return this;
    }

    /// <summary>Takes a kind of namespace out.</summary>
    public Bundle Without(string namespaceType)
    {
        JsonArray namespaces = Linux["namespaces"]!.AsArray();
        namespaces.Remove(namespaces.First(one => (string)one!["type"]! == namespaceType));
        return this;
    }

    /// <summary>A new user namespace in which root is host id 100000.</summary>
    public Bundle WithUserNamespace(uint first = 100000, uint size = 65536)
    {
        Linux["namespaces"]!.AsArray().Add(new JsonObject { ["type"] = "user" });
        Linux["uidMappings"] = new JsonArray(new JsonObject { ["containerID"] = 0, ["hostID"] = first, ["size"] = size });
        Linux["gidMappings"] = new JsonArray(new JsonObject { ["containerID"] = 0, ["hostID"] = first, ["size"] = size });
        return this;
    }

    /// <summary>The configuration of "spec --rootless", as an ordinary user; everything is then that user's.</summary>
    /// <remarks>The command and what a test has changed before are lost, but for the arguments.</remarks>
    public Bundle AsUser(uint uid, uint gid) => AsUser(uid, gid, []);

    /// <summary>The same, as a user with subordinate ids.</summary>
    public Bundle AsUser(SubordinateUser user) => AsUser(user.Uid, user.Gid, user.Before(System.IO.Directory.CreateDirectory(System.IO.Path.Combine(Directory, "machine")).FullName));

    private Bundle AsUser(uint uid, uint gid, string[] before)
    {
        _user = [.. before, "setpriv", $"--reuid={uid}", $"--regid={gid}", "--clear-groups", "--"];
        JsonNode? arguments = Process["args"]?.DeepClone();
        Outcome outcome = RideauProgram.Shell($"mkdir '{Directory}/spec' && chown -R {uid}:{gid} '{Directory}' && {Quoted(_user)} '{RideauProgram.Path}' spec --rootless --bundle '{Directory}/spec'");
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        Configuration.Clear();
        Merge(Configuration, JsonNode.Parse(File.ReadAllText(System.IO.Path.Combine(Directory, "spec", "config.json")))!.AsObject());
        Process["terminal"] = false;
        Process["args"] = arguments;
        return this;
    }

    /// <summary>After <see cref="AsUser(uint, uint)"/>: with the variables of that user's session, or in a scope of it that may divide its group.</summary>
    public Bundle InSession(uint uid, bool scope = false)
    {
        _user = [.. _user!, "env", "-u", "DBUS_SESSION_BUS_ADDRESS", $"XDG_RUNTIME_DIR=/run/user/{uid}", .. scope ? (string[])["systemd-run", "--quiet", "--user", "--scope", "-p", "Delegate=yes", "--"] : []];
        return this;
    }

    /// <summary>As an engine without root calls: root of a user namespace that the user has made, and the container has none of its own. Serves one command.</summary>
    public Bundle AsRootOfUserNamespace(SubordinateUser user)
    {
        AsUser(user);
        _user = [.. _user!, "unshare", "--user", "--map-root-user", "--map-auto", "--mount", "--"];
        Without("user").Linux.Remove("uidMappings");
        Linux.Remove("gidMappings");
        return this;
    }

    /// <summary>Any command of the runtime, with this bundle's --root before it.</summary>
    public Outcome Rideau(params string[] arguments) => _user is null
        ? RideauProgram.Execute(RideauProgram.Path, ["--root", Root, .. arguments])
        : RideauProgram.Execute("/usr/bin/env", [.. _user, RideauProgram.Path, "--root", Root, .. arguments]);

    /// <summary>A program of the machine, as whoever the bundle belongs to.</summary>
    public Outcome OnMachine(params string[] words) => RideauProgram.Execute("/usr/bin/env", [.. _user ?? [], .. words]);

    /// <summary>Writes config.json.</summary>
    public Bundle Write()
    {
        File.WriteAllText(System.IO.Path.Combine(Directory, "config.json"), Configuration.ToJsonString());
        _ids.Add(Name);
        return this;
    }

    /// <summary>run: in the foreground, or with --detach as <see cref="Create"/> does it.</summary>
    public Outcome Run(params string[] flags)
    {
        Write();
        string[] words = ["run", "--bundle", Directory, .. flags, Name];
        return flags.Contains("--detach") ? Detached(string.Join(' ', words.Select(word => $"'{word}'"))) : Rideau(words);
    }

    /// <summary>create, with standard streams that nobody holds open.</summary>
    public Outcome Create(params string[] flags)
    {
        Write();
        return Detached(string.Join(' ', ((string[])["create", "--bundle", Directory, .. flags, Name]).Select(word => $"'{word}'")));
    }

    /// <summary>A command whose process goes on: nobody waits for the end of its streams.</summary>
    public Outcome Detached(string words) =>
        RideauProgram.Shell($"{Quoted(_user ?? [])} '{RideauProgram.Path}' --root '{Root}' {words} </dev/null >'{Directory}/out' 2>'{Directory}/err'; status=$?; cat '{Directory}/err' >&2; exit $status");

    /// <summary>What a created container has written.</summary>
    public string CreatedOutput => File.ReadAllText(System.IO.Path.Combine(Directory, "out"));

    public Outcome Start() => Rideau("start", Name);

    public Outcome Delete(bool force = true) => force ? Rideau("delete", "--force", Name) : Rideau("delete", Name);

    public Outcome Exec(params string[] words) => Rideau(["exec", Name, .. words]);

    /// <summary>A command on a terminal that a script plays the person at (terminal.py); what was seen, and its notes.</summary>
    public string OnTerminal(string words, params string[] steps)
    {
        Outcome outcome = RideauProgram.OnTerminal($"{Quoted(_user ?? [])} '{RideauProgram.Path}' --root '{Root}' {words}", steps);
        Delete();
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        return outcome.Output;
    }

    /// <summary>The "state" command's answer.</summary>
    public JsonObject State() => JsonNode.Parse(Rideau("state", Name).Output)!.AsObject();

    /// <summary>Init's pid, once it has become the program that its shell executes; busybox gives itself the name a moment later.</summary>
    public int InitAs(string program)
    {
        int pid = (int)State()["pid"]!;
        bool became = SpinWait.SpinUntil(() => File.ReadAllText($"/proc/{pid}/comm") == program + "\n", TimeSpan.FromSeconds(30));
        return became ? pid : throw new TimeoutException($"init is \"{File.ReadAllText($"/proc/{pid}/comm").Trim()}\" and not \"{program}\"");
    }

    /// <summary>Waits until the container has a status, at most ten seconds.</summary>
    public bool WaitForStatus(string status)
    {
        for (int i = 0; i < 200; i++)
        {
            Outcome state = Rideau("state", Name);
            if (state.ExitCode == 0 && (string)JsonNode.Parse(state.Output)!["status"]! == status)
            {
                return true;
            }

            Thread.Sleep(50);
        }

        return false;
    }

    /// <summary>What the container's process writes in a foreground run that must succeed, without the last line's end.</summary>
    public string Says(params string[] flags)
    {
        Outcome outcome = Run(flags);
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        return outcome.Output.TrimEnd('\n');
    }

    /// <summary>Runs in the background; on the way out it is deleted.</summary>
    public Bundle Started()
    {
        Write();
        Outcome outcome = Detached($"run --detach --bundle '{Directory}' {Name}");
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        return this;
    }

    public void Dispose()
    {
        foreach (string id in _ids.Distinct())
        {
            Rideau("delete", "--force", id);
        }

        foreach (string hierarchy in System.IO.Directory.GetDirectories("/sys/fs/cgroup"))
        {
            string group = System.IO.Path.Combine(hierarchy, "rideau-test", Name);
            if (System.IO.Directory.Exists(group))
            {
                RideauProgram.Shell($"rmdir '{group}'");
            }
        }

        RideauProgram.Shell($"rm -rf --one-file-system '{Directory}'");
    }

    private static string Quoted(string[] words) => string.Join(' ', words.Select(word => $"'{word}'"));

    private Bundle Patch(JsonObject target, string patch)
    {
        Merge(target, JsonNode.Parse(patch)!.AsObject());
        return this;
    }

    private static void Merge(JsonObject target, JsonObject patch)
    {
        foreach ((string name, JsonNode? value) in patch)
        {
            if (value is null)
            {
                target.Remove(name);
            }
            else if (value is JsonObject inner && target[name] is JsonObject old)
            {
                Merge(old, inner);
            }
            else
            {
                target[name] = value.DeepClone();
            }
        }
    }

    private static readonly string[] Applets =
    [
        "sh", "true", "false", "sleep", "cat", "ls", "id", "echo", "hostname", "mount", "ps", "env", "pwd", "stat", "touch", "mkdir", "rm", "ln", "ip", "grep",
        "kill", "head", "tail", "wc", "readlink", "test", "dd", "nproc", "tty", "stty", "umask", "mknod", "chmod", "sort", "tr", "cut", "sed", "awk", "find", "df", "taskset", "nice",
        "ionice", "uname", "mkfifo", "sysctl", "umount", "printf", "dirname", "xargs", "dnsdomainname", "setsid", "usleep", "chown", "nc", "ifconfig", "uptime",
    ];

    private const string Default = """
        {
          "ociVersion": "1.3.0",
          "process": {
            "terminal": false, "user": {"uid": 0, "gid": 0}, "args": ["true"], "cwd": "/", "noNewPrivileges": true,
            "env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"],
            "capabilities": {"bounding": ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"], "effective": ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"], "permitted": ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"]},
            "rlimits": [{"type": "RLIMIT_NOFILE", "hard": 1024, "soft": 1024}]
          },
          "root": {"path": "rootfs", "readonly": false},
          "hostname": "rideau",
          "mounts": [
            {"destination": "/proc", "type": "proc", "source": "proc"},
            {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "strictatime", "mode=755", "size=65536k"]},
            {"destination": "/dev/pts", "type": "devpts", "source": "devpts", "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]},
            {"destination": "/dev/shm", "type": "tmpfs", "source": "shm", "options": ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"]},
            {"destination": "/dev/mqueue", "type": "mqueue", "source": "mqueue", "options": ["nosuid", "noexec", "nodev"]},
            {"destination": "/sys", "type": "sysfs", "source": "sysfs", "options": ["nosuid", "noexec", "nodev", "ro"]}
          ],
          "linux": {
            "resources": {"devices": [{"allow": false, "access": "rwm"}], "pids": {"limit": 64}, "memory": {"limit": 134217728}},
            "namespaces": [{"type": "pid"}, {"type": "network"}, {"type": "ipc"}, {"type": "uts"}, {"type": "mount"}],
            "maskedPaths": ["/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/timer_list", "/sys/firmware"],
            "readonlyPaths": ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]
          }
        }
        """;
}
