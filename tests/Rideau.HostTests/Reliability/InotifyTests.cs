using System;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests.Reliability;

/// <summary>Where inotify gives nothing any more, "ns watch" says so at its start and looks for names at intervals: no name is lost.</summary>
public sealed class InotifyTests
{
    // An id that nothing else on the machine runs as: the kernel counts instances for each.
    private const uint User = SubordinateUser.Stranger + 6;

    private const string Capabilities = "+bpf,+perfmon,+sys_admin,+sys_ptrace,+dac_override,+dac_read_search,+checkpoint_restore";

    [Theory]
    [InlineData("instances", "inotify_init1() failed with EMFILE")]
    [InlineData("watches", "inotify_add_watch(\"/run/netns\") failed with ENOSPC", "inotify_add_watch(\"/run\") failed with ENOSPC")]
    public void A_user_namespace_allows_none(string what, params string[] words)
    {
        using var root = new NameRoot();
        string rideau = $"'{RideauProgram.Path}' --root '{root.Root}'", errors = $"'{root.Directory}/errors'";
        Outcome outcome = RideauProgram.Shell($"""
            exec unshare --user --map-root-user --mount sh -c "
            echo 0 >/proc/sys/user/max_inotify_{what} || exit 9
            {rideau} ns watch --type uts --event named --interval 200ms --count 1 --timeout 20s 2>{errors} &
            until test -s {errors}; do sleep 0.05; done
            sleep 0.5
            {rideau} ns create --uts {root.Prefix} >/dev/null
            wait \$!; status=\$?
            {rideau} ns remove {root.Prefix}
            cat {errors} >&2; exit \$status"
            """);
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        Assert.Contains(root.Prefix, outcome.Output, StringComparison.Ordinal);
        Assert.Contains(words, word => outcome.Error.Replace("\\\"", "\"", StringComparison.Ordinal).Contains(word, StringComparison.Ordinal));
        Assert.Contains($"/proc/sys/user/max_inotify_{what}", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_user_has_used_up_his_own()
    {
        using var root = new NameRoot();
        string files = root.Directory, rideau = $"'{RideauProgram.Path}' --root '{root.Root}'";
        string user = $"setpriv --reuid={User} --clear-groups --inh-caps={Capabilities} --ambient-caps={Capabilities} --";
        Outcome outcome = RideauProgram.Shell($"""
            {user} python3 -c 'import ctypes, time
            libc = ctypes.CDLL(None)
            while libc.inotify_init1(0) >= 0: pass
            print("none left", flush=True)
            time.sleep(60)' >'{files}/holder' & holder=$!
            until test -s '{files}/holder'; do sleep 0.05; done
            {user} {rideau} ns watch --type uts --name {root.Prefix} --event named,died --interval 200ms --count 2 --timeout 20s 2>'{files}/errors' & watch=$!
            until test -s '{files}/errors'; do sleep 0.05; done
            sleep 0.5
            {rideau} ns create --uts {root.Prefix} >/dev/null
            sleep 2
            {rideau} ns remove {root.Prefix}
            wait $watch; status=$?
            kill $holder; cat '{files}/errors' >&2; exit $status
            """.Replace("\n            ", "\n", StringComparison.Ordinal), limitSeconds: 60);
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        string[] lines = outcome.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains(" named ", lines[0], StringComparison.Ordinal);
        Assert.Contains(" died ", lines[1], StringComparison.Ordinal);
        Assert.All(lines, line => Assert.Contains(root.Prefix, line, StringComparison.Ordinal));
        Assert.Contains("inotify_init1() failed with EMFILE", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("/proc/sys/fs/inotify/max_user_instances", outcome.Error, StringComparison.Ordinal);
    }
}
