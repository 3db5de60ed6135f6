using Rideau.Kernel.Abi;
using Rideau.Runtime.Plan;
using Xunit;
using Abi = Rideau.Kernel.Abi.Mount;

namespace Rideau.UnitTests.Plan;

public sealed class MountOptionsTests
{
    [Theory]
    [InlineData("ro", "rw", Abi.MS_RDONLY)]
    [InlineData("nosuid", "suid", Abi.MS_NOSUID)]
    [InlineData("nodev", "dev", Abi.MS_NODEV)]
    [InlineData("noexec", "exec", Abi.MS_NOEXEC)]
    [InlineData("sync", "async", Abi.MS_SYNCHRONOUS)]
    [InlineData("mand", "nomand", Abi.MS_MANDLOCK)]
    [InlineData("noatime", "atime", Abi.MS_NOATIME)]
    [InlineData("nodiratime", "diratime", Abi.MS_NODIRATIME)]
    [InlineData("relatime", "norelatime", Abi.MS_RELATIME)]
    [InlineData("strictatime", "nostrictatime", Abi.MS_STRICTATIME)]
    [InlineData("lazytime", "nolazytime", Abi.MS_LAZYTIME)]
    [InlineData("iversion", "noiversion", Abi.MS_I_VERSION)]
    [InlineData("silent", "loud", Abi.MS_SILENT)]
    [InlineData("nosymfollow", "symfollow", Abi.MS_NOSYMFOLLOW)]
    public void Of_an_option_and_its_opposite_the_last_one_counts(string on, string off, long flag)
    {
        MountOptions set = MountOptions.Parse([off, on]);
        Assert.Equal(flag, set.Set);
        Assert.Equal(0, set.Cleared);
        MountOptions cleared = MountOptions.Parse([on, off]);
        Assert.Equal(0, cleared.Set);
        Assert.Equal(flag, cleared.Cleared);
        Assert.Empty(cleared.Data);
    }

    [Theory]
    [InlineData("defaults", 0)]
    [InlineData("dirsync", Abi.MS_DIRSYNC)]
    [InlineData("remount", Abi.MS_REMOUNT)]
    [InlineData("bind", Abi.MS_BIND)]
    [InlineData("rbind", Abi.MS_BIND | Abi.MS_REC)]
    public void An_option_without_an_opposite_is_a_flag(string option, long flag)
    {
        MountOptions options = MountOptions.Parse([option]);
        Assert.Equal(flag, options.Set);
        Assert.Empty(options.Data);
    }

    [Theory]
    [InlineData("private", Abi.MS_PRIVATE)]
    [InlineData("slave", Abi.MS_SLAVE)]
    [InlineData("shared", Abi.MS_SHARED)]
    [InlineData("unbindable", Abi.MS_UNBINDABLE)]
    public void Propagation_is_said_of_a_mount_or_of_the_tree(string option, long kind)
    {
        Assert.Equal([new Propagation(kind, false), new Propagation(kind, true)], MountOptions.Parse([option, "r" + option]).Propagations);
    }

    [Theory]
    [InlineData("rro", "rrw", Abi.MOUNT_ATTR_RDONLY)]
    [InlineData("rnosuid", "rsuid", Abi.MOUNT_ATTR_NOSUID)]
    [InlineData("rnodev", "rdev", Abi.MOUNT_ATTR_NODEV)]
    [InlineData("rnoexec", "rexec", Abi.MOUNT_ATTR_NOEXEC)]
    [InlineData("rnodiratime", "rdiratime", Abi.MOUNT_ATTR_NODIRATIME)]
    [InlineData("rnosymfollow", "rsymfollow", Abi.MOUNT_ATTR_NOSYMFOLLOW)]
    public void A_recursive_attribute_is_set_or_cleared_on_the_tree(string on, string off, long attribute)
    {
        mount_attr set = Assert.NotNull(MountOptions.Parse([off, on]).RecursiveAttributes);
        Assert.Equal(((ulong)attribute, 0UL), (set.attr_set, set.attr_clr));
        mount_attr cleared = Assert.NotNull(MountOptions.Parse([on, off]).RecursiveAttributes);
        Assert.Equal((0UL, (ulong)attribute), (cleared.attr_set, cleared.attr_clr));
    }

    [Theory]
    [InlineData("rnoatime", Abi.MOUNT_ATTR_NOATIME)]
    [InlineData("rstrictatime", Abi.MOUNT_ATTR_STRICTATIME)]
    [InlineData("rrelatime", Abi.MOUNT_ATTR_RELATIME)]
    [InlineData("ratime", Abi.MOUNT_ATTR_RELATIME)]
    [InlineData("rnorelatime", Abi.MOUNT_ATTR_RELATIME)]
    [InlineData("rnostrictatime", Abi.MOUNT_ATTR_RELATIME)]
    public void A_recursive_access_time_replaces_the_one_before(string option, long attribute)
    {
        mount_attr attributes = Assert.NotNull(MountOptions.Parse(["rnoatime", option]).RecursiveAttributes);
        Assert.Equal(((ulong)attribute, (ulong)Abi.MOUNT_ATTR__ATIME), (attributes.attr_set, attributes.attr_clr));
    }

    [Fact]
    public void What_is_not_known_is_the_file_systems_own()
    {
        MountOptions options = MountOptions.Parse(["mode=755", "nosuid", "newinstance", "size=64k", "size=1m", ""]);
        Assert.Equal(["mode=755", "newinstance", "size=64k", "size=1m"], options.Data);
        Assert.Equal("1m", options.DataValue("size"));
        Assert.Null(options.DataValue("siz"));
    }

    [Fact]
    public void The_program_s_own_options_are_not_passed_to_the_kernel()
    {
        MountOptions options = MountOptions.Parse(["tmpcopyup", "ridmap"]);
        Assert.True(options.CopyUp && options.IsIdMapped && options.IsIdMappedRecursively);
        Assert.Empty(options.Data);
    }

    [Fact]
    public void A_bind_mount_has_what_was_asked_for_and_nothing_else()
    {
        MountOptions options = MountOptions.Parse(["rbind", "ro", "noatime"]);
        Assert.True(options.MentionsAttributes);
        mount_attr attributes = options.BindAttributes(keepOthers: false);
        Assert.Equal((ulong)(Abi.MOUNT_ATTR_RDONLY | Abi.MOUNT_ATTR_NOATIME), attributes.attr_set);
        Assert.Equal((ulong)(Abi.MOUNT_ATTR_NOSUID | Abi.MOUNT_ATTR_NODEV | Abi.MOUNT_ATTR_NOEXEC | Abi.MOUNT_ATTR_NOSYMFOLLOW | Abi.MOUNT_ATTR__ATIME), attributes.attr_clr);
    }

    [Fact]
    public void A_bind_mount_without_attributes_keeps_its_source_s() =>
        Assert.False(MountOptions.Parse(["rbind", "rprivate"]).MentionsAttributes);

    [Fact]
    public void A_remounted_bind_mount_keeps_what_was_not_mentioned()
    {
        mount_attr attributes = MountOptions.Parse(["bind", "remount", "ro", "suid"]).BindAttributes(keepOthers: true);
        Assert.Equal(((ulong)Abi.MOUNT_ATTR_RDONLY, (ulong)Abi.MOUNT_ATTR_NOSUID), (attributes.attr_set, attributes.attr_clr));
    }

    [Theory]
    [InlineData("/a//b/./c/", "/a/b/c")]
    [InlineData("a", "/a")]
    [InlineData("/../../etc", "/etc")]
    [InlineData("/a/../b", "/b")]
    [InlineData("", "/")]
    public void A_destination_is_cleaned_before_anything_looks_at_it(string path, string clean) =>
        Assert.Equal(clean, MountTargets.Clean(path));

    [Theory]
    [InlineData("net.ipv4.ip_forward", "net/ipv4/ip_forward")]
    [InlineData("net.ipv4.conf.eth0/5.forwarding", "net/ipv4/conf/eth0.5/forwarding")]
    [InlineData("net/ipv4/conf/eth0.5/forwarding", "net/ipv4/conf/eth0.5/forwarding")]
    public void The_first_separator_in_a_sysctl_s_name_separates(string name, string path) =>
        Assert.Equal(path, SysctlPlan.PathOf(name));
}
