using System;
using System.Collections;
using System.Collections.Generic;
using System.Linq;
using Rideau.Kernel.Abi;
using Rideau.Kernel.Handles;
using Rideau.Namespaces;
using Rideau.Namespaces.Network;

namespace NamespaceTour;

/// <summary>A walk through Rideau.Namespaces: what is there, one more with a name, a command and a file in it, and away with it.</summary>
/// <remarks>usage: namespace-tour DIRECTORY. Names are kept below the directory. Root, or an ordinary user.</remarks>
internal static class Program
{
    private static int Main(string[] words)
    {
        if (words.Length != 1)
        {
            Console.Error.WriteLine("usage: namespace-tour DIRECTORY");
            return 2;
        }

        try
        {
            Look();
            using var watch = NamespaceWatch.Open(new WatchOptions { Root = words[0], Types = Sched.CLONE_NEWUTS });
            Tour(new NamedNamespaces(words[0]), watch);
            return 0;
        }
        catch (NamespaceException failure)
        {
            // A message says what was tried and why it failed, a hint what to do about it.
            Console.Error.WriteLine($"namespace-tour: {failure.Message}{(failure.Hint is { } hint ? $" ({hint})" : "")}");
            return 1;
        }
    }

    // All namespaces of the machine that the caller can see.
    private static void Look()
    {
        NamespaceCensus census = NamespaceCensus.Take(names: null, thorough: false);
        foreach (IGrouping<string, NamespaceInfo> type in census.All.GroupBy(info => info.Type.Name))
        {
            Console.WriteLine($"{type.Key}: {type.Count()}, of which {type.Count(info => info.Processes.Count == 0)} without a process");
        }
    }

    private static void Tour(NamedNamespaces names, NamespaceWatch watch)
    {
        // A set that belongs together, with no process in it.
        NamedNamespace tour = names.Create(
            "tour",
            new CreateOptions { Types = Sched.CLONE_NEWUSER | Sched.CLONE_NEWNET | Sched.CLONE_NEWUTS | Sched.CLONE_NEWNS, Hostname = "tour" },
            out IReadOnlyList<string> notes);
        try
        {
            foreach (string note in notes)
            {
                Console.WriteLine($"note: {note}");
            }

            foreach (NamedEntry entry in tour.Entries)
            {
                Console.WriteLine($"{entry.Identity} at {entry.Path}");
            }

            int status = Run(tour, "hostname; mount -t tmpfs none /mnt; echo seen > /mnt/file; exit 7");
            Console.WriteLine($"the command ended with {status}");
            Tell(watch, tour, NamespaceEventKind.Named);
            Talk(tour);
            ReadFile(tour);
            names.Rename("tour", "seen");
            Console.WriteLine($"names: {string.Join(", ", names.List().Select(one => one.Name))}");
        }
        finally
        {
            names.Remove(names.TryFind("seen") is null ? "tour" : "seen");
        }

        Console.WriteLine($"names: {names.List().Count}");
        Tell(watch, tour, NamespaceEventKind.Died);
    }

    // What has happened to its uts namespace, up to that. Each birth and each death is told once; nothing lives longer because somebody watches.
    private static void Tell(NamespaceWatch watch, NamedNamespace named, NamespaceEventKind last)
    {
        ulong inode = named.Entries.First(entry => entry.Identity.Type == NamespaceType.Uts).Identity.Inode;
        while (watch.Wait(TimeSpan.FromSeconds(20)) is { } happened)
        {
            if (happened.Inode == inode)
            {
                Console.WriteLine($"{happened.Word} {happened.Type} {string.Join(", ", happened.Names)}");
                if (happened.Kind == last)
                {
                    return;
                }
            }
        }
    }

    // A command in all of them, as root of the user namespace.
    private static int Run(NamedNamespace named, string script)
    {
        JoinPlan join = new();
        List<OwnedFd> open = [];
        try
        {
            foreach (NamedEntry entry in named.Entries)
            {
                open.Add(named.Open(entry.Identity.Type)); // checks that it is still what it was
                join.Add(open[^1], named.Name);
            }

            return NamespaceVisit.Run("cannot run the command", join, new VisitOptions
            {
                Command = ["/bin/sh", "-c", script],
                Environment = [.. Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Select(one => $"{one.Key}={one.Value}")],
            });
        }
        finally
        {
            open.ForEach(fd => fd.Dispose());
        }
    }

    // A server's socket in its network, which has no device but lo, while this program stays where it is.
    private static void Talk(NamedNamespace named)
    {
        using var network = NetworkNamespace.OfPath(named.PathOf(NamespaceType.Network));
        var endpoint = SocketEndpoint.Parse("tcp:127.0.0.1:7000");
        using OwnedFd server = network.Listen(endpoint);
        using OwnedFd client = network.Connect(endpoint);
        Console.WriteLine($"connected to {endpoint} in {network.Identity.Type}");
    }

    // A file in it, reached from outside: whatever the path says, it leads to nothing outside of the tree.
    private static void ReadFile(NamedNamespace named)
    {
        using FileTree tree = FileTree.OfNamespaces([named.PathOf(NamespaceType.Mount), named.PathOf(NamespaceType.User)], named.Name, alone: false);
        FileLooking.Send(tree, "/mnt/file", descriptor: 1);
    }
}
