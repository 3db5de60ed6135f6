using System;
using System.Collections.Generic;
using System.IO;
using System.Security.Cryptography;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests.Security;

/// <summary>The runtime's own program cannot be written through /proc/PID/exe (CVE-2019-5736; again in CVE-2020-14298).</summary>
/// <remarks>A copy of the program is the one that is attacked. The attacker ends the process that it has caught, so that the file is not busy.</remarks>
public sealed class ProgramFileTests
{
    private const string Catch = "exec attack exe 4000 >/tmp/found";

    /// <summary>A user who may write the program's file, and may not clone a mount of it: the child's image is a copy in memory that nobody can write.</summary>
    [Fact]
    public void An_ordinary_users_own_program_is_a_sealed_copy()
    {
        using Bundle bundle = new Bundle("true").AsUser(SubordinateUser.Stranger, SubordinateUser.Stranger).Write();
        string own = Path.Combine(bundle.Directory, "rideau");
        Outcome copied = RideauProgram.Shell($"cp '{RideauProgram.Path}' '{own}' && chown {SubordinateUser.Stranger}:{SubordinateUser.Stranger} '{own}'");
        Assert.True(copied.ExitCode == 0, copied.ToString());
        Outcome created = bundle.OnMachine("sh", "-c", $"exec '{own}' --root '{bundle.Root}' create --bundle '{bundle.Directory}' {bundle.Name} </dev/null >/dev/null 2>&1");
        Assert.True(created.ExitCode == 0, created.ToString());
        Outcome seals = RideauProgram.Execute("/usr/bin/python3", ["-c", $"import fcntl, os; print(fcntl.fcntl(os.open('/proc/{(int)bundle.State()["pid"]!}/exe', os.O_RDONLY), 1034) & 15)"]);
        Assert.Equal("15\n", seals.Output); // F_SEAL_SEAL, SHRINK, GROW, WRITE
    }

    [Theory]
    [InlineData("exec", "/proc/self/exe")]
    [InlineData("exec", "/entry")]
    [InlineData("enter", "/proc/self/exe")]
    [InlineData("enter", "/entry")]
    [InlineData("run", "/entry")]
    [InlineData("create", "/entry")]
    public void A_container_that_executes_the_runtime_cannot_write_it(string verb, string entry)
    {
        using Bundle attacker = new Bundle(Catch).WithAttacker();
        Entry(attacker);
        using var runtime = new RuntimeCopy(attacker);
        attacker.Started();
        using Bundle second = Second(attacker, entry);
        Entry(second);
        for (int i = 0; i < 300 && !attacker.HasFinding("/tmp/found"); i++)
        {
            Execute(runtime, verb, attacker, second, entry, i);
        }

        Assert.EndsWith(" written 0", attacker.Finding("/tmp/found"), StringComparison.Ordinal);
        Assert.StartsWith("seen yes ", attacker.Finding("/tmp/found"), StringComparison.Ordinal);
        runtime.IsUntouched();
    }

    [Theory]
    [InlineData("CAP_SYS_PTRACE", "written 0")]
    [InlineData("CAP_SYS_CHROOT", "seen no denied yes written 0")]
    public void The_runtime_cannot_be_caught_while_it_becomes_a_program(string capability, string expected)
    {
        using Bundle attacker = new Bundle("exec attack exe 1500 >/tmp/found").WithAttacker().WithCapabilities(capability);
        using var runtime = new RuntimeCopy(attacker);
        attacker.Started();
        for (int i = 0; i < 300 && !attacker.HasFinding("/tmp/found"); i++)
        {
            runtime.Execute(attacker.Root, "exec", attacker.Name, "/bin/true");
        }

        Assert.Contains(expected, attacker.Finding("/tmp/found"), StringComparison.Ordinal);
        runtime.IsUntouched();
    }

    /// <summary>Who enters a container's processes alone runs the program in the container's sight, with the machine's files and rights.</summary>
    [Fact]
    public void Who_enters_in_part_cannot_be_written_either()
    {
        using Bundle attacker = new Bundle("exec attack exe 3000 >/tmp/found").WithAttacker().WithCapabilities("CAP_SYS_PTRACE");
        using var runtime = new RuntimeCopy(attacker);
        attacker.Started();
        for (int i = 0; i < 300 && !attacker.HasFinding("/tmp/found"); i++)
        {
            runtime.Execute(attacker.Root, "enter", "--quiet", "--only", "pid", attacker.Name, "/proc/self/exe");
        }

        Assert.StartsWith("seen yes ", attacker.Finding("/tmp/found"), StringComparison.Ordinal);
        Assert.EndsWith(" written 0", attacker.Finding("/tmp/found"), StringComparison.Ordinal);
        runtime.IsUntouched();
    }

    [Fact]
    public void What_is_only_immutable_is_protected_as_well()
    {
        using Bundle attacker = new Bundle(Catch).WithAttacker().WithCapabilities("CAP_LINUX_IMMUTABLE");
        Entry(attacker);
        using var runtime = new RuntimeCopy(attacker);
        Assert.SkipUnless(RideauProgram.Shell($"chattr +i '{runtime.Path}'").ExitCode == 0, "the file system of the temporary directory has no immutable files");
        attacker.Started();
        for (int i = 0; i < 300 && !attacker.HasFinding("/tmp/found"); i++)
        {
            runtime.Execute(attacker.Root, "exec", attacker.Name, "/entry");
        }

        Assert.StartsWith("seen yes ", attacker.Finding("/tmp/found"), StringComparison.Ordinal);
        Assert.EndsWith(" written 0", attacker.Finding("/tmp/found"), StringComparison.Ordinal);
        runtime.IsUntouched();
        Assert.Contains("i", RideauProgram.Shell($"lsattr '{runtime.Path}' | cut -d' ' -f1").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_program_asks_for_no_interpreter_and_no_library_that_a_container_could_put_in_its_way()
    {
        byte[] program = File.ReadAllBytes(RideauProgram.Path);
        int table = (int)BitConverter.ToUInt64(program, 32);
        int size = BitConverter.ToUInt16(program, 54);
        var kinds = new List<uint>();
        for (int i = 0; i < BitConverter.ToUInt16(program, 56); i++)
        {
            kinds.Add(BitConverter.ToUInt32(program, table + (i * size)));
        }

        Assert.Contains(1u, kinds); // PT_LOAD
        Assert.DoesNotContain(2u, kinds); // PT_DYNAMIC
        Assert.DoesNotContain(3u, kinds); // PT_INTERP
    }

    private static void Execute(RuntimeCopy runtime, string verb, Bundle attacker, Bundle second, string entry, int round)
    {
        switch (verb)
        {
            case "exec":
                runtime.Execute(attacker.Root, "exec", attacker.Name, entry);
                break;
            case "enter":
                runtime.Execute(attacker.Root, "enter", "--quiet", attacker.Name, entry);
                break;
            case "run":
                runtime.Execute(second.Root, "run", "--bundle", second.Directory, $"{second.Name}-{round}");
                break;
            default:
                RideauProgram.Shell($"'{runtime.Path}' --root '{second.Root}' create --bundle '{second.Directory}' {second.Name} </dev/null >/dev/null 2>&1 && '{runtime.Path}' --root '{second.Root}' start {second.Name}");
                second.Delete();
                break;
        }
    }

    // In the pid namespace of the attacker, as in a pod.
    private static Bundle Second(Bundle attacker, string entry) => new Bundle()
        .WithProcess($$"""{"args":["{{entry}}"]}""")
        .Namespace("pid", $"/proc/{(int)attacker.State()["pid"]!}/ns/pid").Write();

    private static void Entry(Bundle bundle)
    {
        string entry = Path.Combine(bundle.RootFilesystem, "entry");
        File.WriteAllText(entry, "#!/proc/self/exe\n");
        RideauProgram.Shell($"chmod 755 '{entry}'");
    }

    private sealed class RuntimeCopy : IDisposable
    {
        private readonly string _before;

        internal RuntimeCopy(Bundle bundle)
        {
            Path = System.IO.Path.Combine(bundle.Directory, "runtime");
            File.Copy(RideauProgram.Path, Path);
            _before = Hash();
        }

        internal string Path { get; }

        internal Outcome Execute(string root, params string[] arguments) => RideauProgram.Execute(Path, ["--root", root, .. arguments]);

        internal void IsUntouched() => Assert.Equal(_before, Hash());

        public void Dispose() => RideauProgram.Shell($"chattr -i '{Path}' 2>/dev/null");

        private string Hash() => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(Path)));
    }
}
