using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading;
using Xunit;

namespace Rideau.HostTests.Harness;

/// <summary>A "rideau ns watch" that runs beside a test; what it tells is collected. It has begun when the constructor returns.</summary>
public sealed class WatchedEvents : IDisposable
{
    public const int LimitSeconds = 90;
    private readonly Process _process;
    private readonly List<JsonNode> _told = [];
    private readonly List<string> _errors = [];
    private readonly List<Thread> _readers = [];

    public WatchedEvents(NameRoot root, string options = "", uint? user = null)
    {
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add("-c");
        string before = user is { } uid ? $"setpriv --reuid={uid} --regid={uid} --clear-groups -- " : "";
        start.ArgumentList.Add($"exec {before}'{RideauProgram.Path}' --root '{root.Root}' ns watch --initial --format json {options}");
        start.Environment["RIDEAU_TEST_RUN"] = RideauProgram.RunMark;
        _process = Process.Start(start)!;
        Read(_process.StandardOutput, _told, static line => JsonNode.Parse(line)!);
        Read(_process.StandardError, _errors, static line => line);
        WaitFor(() => Told("exists").Count > 0 || _process.HasExited, "the watch has begun");
    }

    public int Pid => _process.Id;

    public string Errors
    {
        get
        {
            lock (_errors)
            {
                return string.Join('\n', _errors);
            }
        }
    }

    /// <summary>What was told so far of that event; null for all.</summary>
    public List<JsonNode> Told(string? happened = null)
    {
        lock (_told)
        {
            return [.. _told.Where(line => happened is null || (string)line["event"]! == happened)];
        }
    }

    /// <summary>The ids of the namespaces of which an event was told, and which a process of that name made.</summary>
    public List<ulong> IdsOf(string happened, string creator) =>
        [.. Told(happened).Where(line => (string?)line["creator"]?["command"] == creator).Select(line => (ulong)line["id"]!)];

    /// <summary>How often an event was told of a namespace, by its id: an inode is used again.</summary>
    public int Count(string happened, ulong id) => Told(happened).Count(line => (ulong?)line["id"] == id);

    /// <summary>Waits for an event of a namespace.</summary>
    public JsonNode WaitFor(string happened, ulong id)
    {
        JsonNode? found = null;
        WaitFor(() => (found = Told(happened).FirstOrDefault(line => (ulong?)line["id"] == id)) is not null, $"{happened} of {id}");
        return found!;
    }

    public void WaitFor(Func<bool> condition, string what)
    {
        long end = Environment.TickCount64 + LimitSeconds * 1000;
        while (!condition())
        {
            Assert.True(Environment.TickCount64 < end, $"not seen: {what}\n{Errors}\n{string.Join('\n', Told().TakeLast(20).Select(line => line.ToJsonString()))}");
            Thread.Sleep(20);
        }
    }

    /// <summary>Sends a signal.</summary>
    public void Signal(string name) => RideauProgram.Shell($"kill -{name} {Pid}");

    /// <summary>Waits for its end.</summary>
    public int ExitCode()
    {
        Assert.True(_process.WaitForExit(LimitSeconds * 1000), "it does not end");
        _readers.ForEach(static reader => reader.Join(5000));
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit(5000);
        }

        _process.Dispose();
    }

    /// <summary>The script that makes namespaces.</summary>
    public static string ScriptPath { get; } = Path.Combine(SourceTree.Root, "tests", "Rideau.HostTests", "Harness", "namespaces.py");

    /// <summary>Runs it.</summary>
    public static Outcome Script(params string[] words) => RideauProgram.Execute("/usr/bin/env", ["python3", ScriptPath, .. words], limitSeconds: 300);

    /// <summary>The id of the namespace that a path leads to.</summary>
    public static ulong Id(string path) => IdIn(Script("handle", path).Output);

    /// <summary>The id in what "namespaces.py handle" has printed.</summary>
    public static ulong IdIn(string handle)
    {
        if (handle.Trim().Length == 0)
        {
            Assert.Skip("needs ids of namespaces (kernel 6.18)");
        }

        return ulong.Parse(handle.Split(' ')[0], CultureInfo.InvariantCulture);
    }

    private void Read<T>(StreamReader from, List<T> into, Func<string, T> parse)
    {
        var reader = new Thread(() =>
        {
            while (from.ReadLine() is { } line)
            {
                try
                {
                    T parsed = parse(line);
                    lock (into)
                    {
                        into.Add(parsed);
                    }
                }
                catch (JsonException)
                {
                    // What a command of --exec says stands beside it, also behind the end of its test.
                    lock (_errors)
                    {
                        _errors.Add(line);
                    }
                }
            }
        }) { IsBackground = true };
        reader.Start();
        _readers.Add(reader);
    }
}
