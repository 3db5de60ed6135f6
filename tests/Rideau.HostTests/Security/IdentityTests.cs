using System;
using System.IO;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests.Security;

/// <summary>Who a container's process is, and what rights it has, whatever image and caller say.</summary>
public sealed class IdentityTests
{
    // CVE-2016-3697: a name in the image's passwd that is a number. CVE-2026-30892: "-u 1" was taken for root.
    [Theory]
    [InlineData("1000", "1000:0")]
    [InlineData("1", "1:0")]
    [InlineData("1:2", "1:2")]
    [InlineData("0:1", "0:1")]
    public void A_number_is_an_id_and_no_name(string user, string expected)
    {
        using var bundle = new Bundle("exec sleep 100");
        File.WriteAllText(Path.Combine(bundle.RootFilesystem, "etc", "passwd"), "1000:x:0:0::/:/bin/sh\n1:x:0:0::/:/bin/sh\nroot:x:0:0::/:/bin/sh\n");
        bundle.Started();
        Assert.Equal(expected, bundle.Rideau("exec", "--user", user, bundle.Name, "sh", "-c", "echo $(id -u):$(id -g)").Output.Trim());
        Assert.Equal(expected, bundle.Rideau("exec", $"-user={user}", bundle.Name, "sh", "-c", "echo $(id -u):$(id -g)").Output.Trim());
    }

    // CVE-2024-40635 and CVE-2026-46680 (containerd): a number too large for an id became root. -1 means "as it is" to setresuid(2).
    [Theory]
    [InlineData("4294967295")]
    [InlineData("4294967296")]
    [InlineData("18446744073709551616")]
    [InlineData("-1")]
    [InlineData("+0")]
    [InlineData("0x0")]
    [InlineData(" 0")]
    [InlineData("1000:4294967295")]
    [InlineData("1000:")]
    [InlineData("1000:0:0")]
    public void What_is_no_id_is_refused_and_not_taken_for_root(string user)
    {
        using Bundle bundle = new Bundle("exec sleep 100").Started();
        Outcome outcome = bundle.Rideau("exec", "--user", user, bundle.Name, "id");
        Assert.True(outcome.ExitCode != 0 && outcome.Output.Length == 0, outcome.ToString());
    }

    [Theory]
    [InlineData("""{"uid":4294967295,"gid":0}""", "process.user.uid")]
    [InlineData("""{"uid":4294967296,"gid":0}""", "process.user.uid")]
    [InlineData("""{"uid":-1,"gid":0}""", "process.user.uid")]
    [InlineData("""{"uid":1000,"gid":4294967295}""", "process.user.gid")]
    [InlineData("""{"uid":1000,"gid":1000,"additionalGids":[4294967295]}""", "process.user.additionalGids")]
    public void Nor_is_it_in_the_configuration(string user, string named)
    {
        using Bundle bundle = new Bundle("id").With($$"""{"process":{"user":{{user}} } }""");
        Outcome outcome = bundle.Run();
        Assert.Equal((1, ""), (outcome.ExitCode, outcome.Output));
        Assert.Contains(named, outcome.Error, StringComparison.Ordinal);
    }

    // CVE-2022-2989, CVE-2022-2990, CVE-2022-36109, CVE-2023-25173: groups that nobody asked for.
    [Theory]
    [InlineData("""{"uid":1000,"gid":1000}""", "1000", "")]
    [InlineData("""{"uid":1000,"gid":1000,"additionalGids":[5]}""", "1000 5", "5")]
    public void The_groups_of_the_caller_stay_outside(string user, string ids, string groups)
    {
        using Bundle bundle = new Bundle("id -G; grep ^Groups: /proc/self/status | cut -f2").With($$"""{"process":{"user":{{user}} } }""").Write();
        Outcome outcome = RideauProgram.Execute("/usr/bin/setpriv", ["--groups", "0,4,24,27", "--", RideauProgram.Path, "--root", bundle.Root, "run", "--bundle", bundle.Directory, bundle.Name]);
        Assert.Equal($"{ids}\n{groups}".TrimEnd(), outcome.Output.TrimEnd().Replace(" \n", "\n", StringComparison.Ordinal));
    }

    // CVE-2022-24769, CVE-2022-27649, CVE-2022-27650, CVE-2022-29162, CVE-2025-27612: inheritable capabilities, which a program with file
    // capabilities turns into permitted ones. CVE-2016-8867: ambient ones. CVE-2018-10856: any, for a user that is not root.
    [Theory]
    [InlineData("0", "CapInh:0 CapPrm:20000420 CapEff:20000420 CapBnd:20000420 CapAmb:0")]
    [InlineData("1000", "CapInh:0 CapPrm:0 CapEff:0 CapBnd:20000420 CapAmb:0")]
    public void Nobody_gets_more_capabilities_than_were_given(string user, string expected)
    {
        const string Script = "grep ^Cap /proc/self/status | tr -d '\\t' | sed 's/:0*\\([0-9a-f]\\)/:\\1/' | xargs";
        using Bundle bundle = new Bundle(Script).With($$"""{"process":{"user":{"uid":{{user}},"gid":{{user}}} } }""");
        Assert.Equal(expected, bundle.Says());
        bundle.Command("exec sleep 100").Started();
        Assert.Equal(expected, bundle.Exec("sh", "-c", Script).Output.Trim());
        string more = bundle.Rideau("exec", "--cap", "CAP_NET_RAW", bundle.Name, "sh", "-c", Script).Output;
        Assert.StartsWith("CapInh:0 ", more, StringComparison.Ordinal);
        Assert.EndsWith("CapAmb:0\n", more, StringComparison.Ordinal);
    }

    [Fact]
    public void A_program_with_the_set_user_id_bit_gives_nothing_where_no_new_privileges_are_allowed()
    {
        using Bundle bundle = new Bundle("exec sleep 100").With("""{"process":{"user":{"uid":1000,"gid":1000} } }""").WithAttacker();
        RideauProgram.Shell($"chmod 6755 '{bundle.RootFilesystem}/bin/attack'");
        bundle.Started();
        Assert.Equal("1000\n", bundle.Exec("/bin/attack", "uid").Output);
        Assert.Equal("0\n", bundle.Rideau("exec", "--no-new-privs=false", bundle.Name, "/bin/attack", "uid").Output); // so the bit is there
    }

    // CVE-2021-21334, CVE-2021-3602: variables of the engine, or of another container, in the environment.
    [Fact]
    public void The_environment_of_the_caller_stays_outside()
    {
        var secret = new System.Collections.Generic.Dictionary<string, string> { ["SECRET"] = "of-the-caller" };
        using Bundle bundle = new Bundle("env; tr '\\0' '\\n' </proc/1/environ").Write();
        Outcome outcome = RideauProgram.Execute(RideauProgram.Path, ["--root", bundle.Root, "run", "--bundle", bundle.Directory, bundle.Name], environment: secret);
        Assert.Equal(0, outcome.ExitCode);
        Assert.DoesNotContain("of-the-caller", outcome.Output, StringComparison.Ordinal);
        bundle.Command("exec sleep 100").Started();
        outcome = RideauProgram.Execute(RideauProgram.Path, ["--root", bundle.Root, "exec", bundle.Name, "env"], environment: secret);
        Assert.Equal(0, outcome.ExitCode);
        Assert.DoesNotContain("of-the-caller", outcome.Output, StringComparison.Ordinal);
    }
}
