using System;
using System.Collections.Generic;
using System.Globalization;
using Rideau.Kernel;
using Rideau.Kernel.Abi;

namespace Rideau.Runtime.Systemd;

/// <summary>systemd, of the machine or of a user: the few of its methods that a container needs.</summary>
/// <remarks>man: org.freedesktop.systemd1(5)</remarks>
internal sealed class ServiceManager : IDisposable
{
    internal const int JobMilliseconds = 30_000;

    private const string Name = "org.freedesktop.systemd1";
    private const string Path = "/org/freedesktop/systemd1";
    private const string ManagerInterface = "org.freedesktop.systemd1.Manager";

    private readonly BusConnection _connection;
    private readonly string? _destination;
    private bool _subscribed;

    private ServiceManager(BusConnection connection, bool throughBus)
    {
        _connection = connection;
        _destination = throughBus ? Name : null;
        _subscribed = !throughBus;
    }

    /// <summary>Connects to the manager's own socket, or else through the bus.</summary>
    /// <param name="user">The manager of this user, not the machine's.</param>
    /// <exception cref="ContainerException">NotSupported: there is none.</exception>
    internal static ServiceManager Connect(bool user)
    {
        var failures = new List<LinuxException>();
        foreach ((string path, bool isBus) in BusAddress.Candidates(user))
        {
            try
            {
                var manager = new ServiceManager(BusConnection.Connect(path), isBus);
                if (isBus)
                {
                    manager._connection.Call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "Hello");
                }

                return manager;
            }
            catch (LinuxException failure) when (failure.Errno is Errno.ENOENT or Errno.ECONNREFUSED or Errno.EACCES or Errno.ENOTDIR)
            {
                failures.Add(failure);
            }
        }

        throw new ContainerException(
            $"cannot reach systemd{(user ? " of this user" : "")}, which --systemd-cgroup asks for: {string.Join("; ", failures.ConvertAll(static failure => failure.Message))}",
            FailureCode.NotSupported,
            user
                ? "log in with a session of systemd (\"loginctl enable-linger\" keeps it) and set XDG_RUNTIME_DIR, or leave --systemd-cgroup out (engines: cgroup manager \"cgroupfs\")"
                : "this machine does not run systemd, or its sockets are not visible here: leave --systemd-cgroup out (engines: cgroup manager \"cgroupfs\")");
    }

    /// <summary>The group below which all its units are: "/" for the machine's, "/user.slice/…/user@1000.service" for a user's.</summary>
    internal string ControlGroup() => Property("ControlGroup") is { Length: > 0 } path ? path : "/";

    /// <summary>257 of "257.9-1~deb13u1"; 0 where it says no number.</summary>
    internal int Version()
    {
        ReadOnlySpan<char> text = Property("Version").AsSpan().TrimStart('v');
        int end = text.IndexOfAnyExceptInRange('0', '9');
        return int.TryParse(end < 0 ? text : text[..end], NumberStyles.None, CultureInfo.InvariantCulture, out int version) ? version : 0;
    }

    /// <summary>Makes a unit that lives as long as it has processes, and waits until it is there.</summary>
    /// <param name="unit">"rideau-web.scope".</param>
    /// <param name="properties">Writes them.</param>
    /// <exception cref="BusErrorException">It refuses.</exception>
    /// <exception cref="ContainerException">The unit did not start in time, or failed to.</exception>
    internal void StartTransientUnit(string unit, UnitProperties properties)
    {
        Subscribe();
        var body = new BusWriter();
        body.String(unit);
        body.String("fail");
        properties.WriteTo(body);
        body.EndArray(body.BeginArray(8)); // no other units with it
        string result = WaitForJob(JobOf(Call("StartTransientUnit", "ssa(sv)a(sa(sv))", body)), unit);
        if (result != "done")
        {
            throw new ContainerException($"systemd did not start \"{unit}\": {result}", FailureCode.General, $"\"systemctl status {unit}\" or the journal may say why");
        }
    }

    /// <summary>Stops a unit, and waits until it is gone. One that is not there is no failure.</summary>
    internal void StopUnit(string unit)
    {
        Subscribe();
        var body = new BusWriter();
        body.String(unit);
        body.String("replace");
        if (TryCall("StopUnit", "ss", body) is { } answer)
        {
            WaitForJob(JobOf(answer), unit);
        }

        ResetFailedUnit(unit);
    }

    /// <summary>A unit that failed is kept until somebody has seen it: this lets it go.</summary>
    internal void ResetFailedUnit(string unit)
    {
        var body = new BusWriter();
        body.String(unit);
        TryCall("ResetFailedUnit", "s", body);
    }

    /// <summary>Changes properties until the machine is started anew.</summary>
    internal void SetUnitProperties(string unit, UnitProperties properties)
    {
        var body = new BusWriter();
        body.String(unit);
        body.Boolean(true);
        properties.WriteTo(body);
        Call("SetUnitProperties", "sba(sv)", body);
    }

    /// <summary>Moves a process into a unit: systemd may where this user may not.</summary>
    internal void AttachProcess(string unit, string below, int pid)
    {
        var body = new BusWriter();
        body.String(unit);
        body.String(below);
        var pids = body.BeginArray(4);
        body.UInt32((uint)pid);
        body.EndArray(pids);
        Call("AttachProcessesToUnit", "ssau", body);
    }

    public void Dispose() => _connection.Dispose();

    // On its own socket it tells everything; through a bus only what was asked for.
    private void Subscribe()
    {
        if (_subscribed)
        {
            return;
        }

        var rule = new BusWriter();
        rule.String($"type='signal',sender='{Name}',path='{Path}',interface='{ManagerInterface}',member='JobRemoved'");
        _connection.Call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "AddMatch", "s", rule);
        Call("Subscribe", "", new BusWriter());
        _subscribed = true;
    }

    private BusMessage Call(string method, string signature, BusWriter body) => _connection.Call(_destination, Path, ManagerInterface, method, signature, body);

    private BusMessage? TryCall(string method, string signature, BusWriter body)
    {
        try
        {
            return Call(method, signature, body);
        }
        catch (BusErrorException error) when (error.Name == "org.freedesktop.systemd1.NoSuchUnit")
        {
            return null;
        }
    }

    private string Property(string name)
    {
        var body = new BusWriter();
        body.String(ManagerInterface);
        body.String(name);
        return Reading(
            _connection.Call(_destination, Path, "org.freedesktop.DBus.Properties", "Get", "ss", body),
            "v",
            static (ref BusReader reader) => reader.Signature() == "s" ? reader.String() : throw new BusFormatException("a property that is no text"));
    }

    private string JobOf(BusMessage answer) => Reading(answer, "o", static (ref BusReader reader) => reader.String());

    private string WaitForJob(string job, string unit)
    {
        long end = BusConnection.EndOf(JobMilliseconds);
        while (_connection.NextSignal(end) is { } signal)
        {
            if (signal is { Interface: ManagerInterface, Member: "JobRemoved" })
            {
                (string path, string result) = Reading(signal, "uoss", static (ref BusReader reader) =>
                {
                    reader.UInt32();
                    string path = reader.String();
                    reader.String();
                    return (path, reader.String());
                });
                if (path == job)
                {
                    return result;
                }
            }
        }

        throw _connection.Silent($"its job for \"{unit}\" did not end in {JobMilliseconds / 1000} seconds");
    }

    private delegate T Reader<T>(ref BusReader reader);

    private T Reading<T>(BusMessage message, string signature, Reader<T> read)
    {
        try
        {
            BusReader reader = message.Read(signature);
            return read(ref reader);
        }
        catch (BusFormatException malformed)
        {
            throw _connection.Silent($"it says {malformed.Message}", malformed);
        }
    }
}
