using System;
using System.IO;
using System.Threading.Tasks;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests;

public sealed class PidfdSocketTests
{
    [Theory]
    [InlineData("create")]
    [InlineData("run")]
    public async Task The_socket_gets_a_descriptor_of_the_containers_process(string verb)
    {
        using var bundle = new Bundle("sleep 100");
        using var socket = new EngineSocket(Path.Combine(bundle.Directory, "pidfd"));
        Task<(string Word, string Facts)> received = Task.Run(socket.Receive);
        Outcome outcome = verb == "create" ? bundle.Create("--pidfd-socket", socket.Path) : bundle.Run("--detach", "--pidfd-socket", socket.Path);
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        (string word, string facts) = await received;
        Assert.Equal("standard", word);
        Assert.Contains($"Pid:\t{(int)bundle.State()["pid"]!}\n", facts, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Exec_sends_the_descriptor_of_its_process()
    {
        using var bundle = new Bundle("sleep 100");
        Assert.Equal(0, bundle.Run("--detach").ExitCode);
        using var socket = new EngineSocket(Path.Combine(bundle.Directory, "pidfd"));
        Task<(string Word, string Facts)> received = Task.Run(socket.Receive);
        string pidFile = Path.Combine(bundle.Directory, "pid");
        Outcome outcome = RideauProgram.Shell($"{RideauProgram.Path} --root {bundle.Root} exec --detach --pid-file {pidFile} --pidfd-socket {socket.Path} {bundle.Name} sleep 50 </dev/null >/dev/null 2>&1");
        Assert.Equal(0, outcome.ExitCode);
        (string word, string facts) = await received;
        Assert.Equal("setns", word);
        Assert.Contains($"Pid:\t{File.ReadAllText(pidFile)}\n", facts, StringComparison.Ordinal);
    }

    [Fact]
    public void A_socket_on_which_nobody_listens_fails_before_anything_is_made()
    {
        using var bundle = new Bundle("sleep 100");
        Outcome outcome = bundle.Create("--pidfd-socket", Path.Combine(bundle.Directory, "nobody"));
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("cannot connect to the pidfd socket", outcome.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(bundle.Root, bundle.Name)));
    }
}
