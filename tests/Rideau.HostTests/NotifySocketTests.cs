using System;
using System.IO;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests;

/// <summary>The test is the service manager, and it also says READY=1 in the container's stead, at the socket that the container has.</summary>
public sealed class NotifySocketTests
{
    private const string Waits = "while ! test -S $NOTIFY_SOCKET; do sleep 0.05; done; echo $NOTIFY_SOCKET >/tmp/seen; sleep 100";

    [Fact]
    public async Task Run_in_the_background_returns_when_the_container_is_ready_and_names_its_init()
    {
        using var bundle = new Bundle(Waits);
        using var manager = new Manager(bundle);
        Task<Outcome> run = Task.Run(() => manager.Run($"run --detach --bundle {bundle.Directory}"));
        manager.SayReady();
        Assert.Equal("READY=1\n", manager.Receive());
        Assert.Equal($"MAINPID={(int)bundle.State()["pid"]!}\n", manager.Receive());
        Assert.Equal("BARRIER=1", manager.Receive());
        Outcome runResult = await run;
        Assert.True(runResult.ExitCode == 0, runResult.ToString());
        Assert.Equal("/run/notify/notify.sock\n", manager.ReadWhenThere(Path.Combine(bundle.RootFilesystem, "tmp", "seen")));
    }

    [Fact]
    public async Task Run_in_the_foreground_names_itself()
    {
        using var bundle = new Bundle(Waits);
        using var manager = new Manager(bundle);
        Task<Outcome> run = Task.Run(() => manager.Run($"run --bundle {bundle.Directory}"));
        manager.SayReady();
        Assert.Equal("READY=1\n", manager.Receive());
        string main = manager.Receive();
        Assert.StartsWith("MAINPID=", main, StringComparison.Ordinal);
        Assert.Equal("rideau\n", File.ReadAllText($"/proc/{main[8..].Trim()}/comm"));
        bundle.Rideau("kill", bundle.Name, "KILL");
        Outcome runResult = await run;
        Assert.Equal(137, runResult.ExitCode);
    }

    [Fact]
    public async Task Start_waits_for_a_created_container_to_be_ready()
    {
        using var bundle = new Bundle(Waits);
        using var manager = new Manager(bundle);
        Outcome created = manager.Run($"create --bundle {bundle.Directory}");
        Assert.True(created.ExitCode == 0, created.ToString());
        Task<Outcome> start = Task.Run(() => manager.Run("start"));
        manager.SayReady();
        Assert.Equal("READY=1\n", manager.Receive());
        Assert.Equal($"MAINPID={(int)bundle.State()["pid"]!}\n", manager.Receive());
        Assert.Equal("BARRIER=1", manager.Receive());
        Outcome startResult = await start;
        Assert.Equal(0, startResult.ExitCode);
    }

    [Fact]
    public async Task A_container_with_a_user_namespace_reaches_its_socket_too()
    {
        using Bundle bundle = new Bundle(Waits).WithUserNamespace();
        RideauProgram.Shell($"chown -R 100000:100000 {bundle.RootFilesystem}; chmod 755 {bundle.Directory}");
        using var manager = new Manager(bundle);
        Task<Outcome> run = Task.Run(() => manager.Run($"run --detach --bundle {bundle.Directory}"));
        manager.SayReady();
        Assert.Equal("READY=1\n", manager.Receive());
        Assert.StartsWith("MAINPID=", manager.Receive(), StringComparison.Ordinal);
        Assert.Equal("BARRIER=1", manager.Receive());
        Outcome runResult = await run;
        Assert.Equal(0, runResult.ExitCode);
        Assert.Equal("/run/notify/notify.sock\n", manager.ReadWhenThere(Path.Combine(bundle.RootFilesystem, "tmp", "seen")));
    }

    [Fact]
    public void A_container_that_ends_without_being_ready_is_not_waited_for()
    {
        using var bundle = new Bundle("true");
        using var manager = new Manager(bundle);
        Outcome outcome = manager.Run($"run --detach --bundle {bundle.Directory}");
        Assert.True(outcome.ExitCode == 0 && !outcome.TimedOut, outcome.ToString());
        Assert.Equal(0, bundle.Rideau("delete", "--force", bundle.Name).ExitCode);
        Assert.False(Directory.Exists(Path.Combine(bundle.Root, bundle.Name)));
    }

    private sealed class Manager : IDisposable
    {
        private readonly Bundle _bundle;
        private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        private readonly string _path;

        internal Manager(Bundle bundle)
        {
            _bundle = bundle;
            _path = Path.Combine(bundle.Directory, "manager");
            _socket.Bind(new UnixDomainSocketEndPoint(_path));
            _socket.ReceiveTimeout = 10_000;
            bundle.Write();
        }

        internal Outcome Run(string command) => RideauProgram.Shell($"NOTIFY_SOCKET={_path} {RideauProgram.Path} --root {_bundle.Root} {command} {_bundle.Name} </dev/null >/dev/null 2>&1");

        internal string Receive()
        {
            byte[] message = new byte[256];
            return Encoding.ASCII.GetString(message, 0, _socket.Receive(message));
        }

        internal void SayReady()
        {
            string path = Path.Combine(_bundle.Root, _bundle.Name, "notify", "notify.sock");
            using var sender = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            for (int i = 0; i < 200; i++)
            {
                try
                {
                    sender.Connect(new UnixDomainSocketEndPoint(path));
                    sender.Send("STATUS=nearly"u8);
                    sender.Send("STATUS=there\nREADY=1\n"u8);
                    return;
                }
                catch (SocketException)
                {
                    Thread.Sleep(50);
                }
            }

            throw new TimeoutException($"{path} does not come");
        }

        internal string ReadWhenThere(string path)
        {
            for (int i = 0; i < 100 && !(File.Exists(path) && new FileInfo(path).Length > 0); i++)
            {
                Thread.Sleep(50);
            }

            return File.ReadAllText(path);
        }

        public void Dispose()
        {
            _socket.Dispose();
            RideauProgram.Execute(RideauProgram.Path, ["--root", _bundle.Root, "delete", "--force", _bundle.Name]);
        }
    }
}
