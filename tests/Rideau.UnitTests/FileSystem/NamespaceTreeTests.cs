using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text;
using Rideau.Kernel.Abi;
using Rideau.Namespaces;
using Xunit;

namespace Rideau.UnitTests.FileSystem;

/// <summary>The tree as the kernel would ask for it, on this machine's namespaces, without a mount.</summary>
public sealed class NamespaceTreeTests
{
    private readonly PaperKernel _kernel = new(Path.Combine(Path.GetTempPath(), $"rideau-none-{Environment.ProcessId}"));
    private static readonly string s_pid = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);

    private static string Own(string type)
    {
        string link = File.ResolveLinkTarget($"/proc/self/ns/{type}", false)!.Name;
        return link[(link.IndexOf('[', StringComparison.Ordinal) + 1)..^1];
    }

    [Fact]
    public void The_root_has_what_README_says()
    {
        Assert.Equal([".", "..", "README", "by-name", "by-owner", "by-process", "by-type", "error", "events"], _kernel.List(""));
        Assert.All(_kernel.List("").Skip(2), name => Assert.Contains(name == "README" ? "namespaces" : name, _kernel.Read("README"), StringComparison.Ordinal));
        Assert.Equal(["cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"], _kernel.List("by-type").Skip(2));
    }

    [Fact]
    public void A_namespace_is_found_by_type_by_owner_and_by_process()
    {
        string net = Own("net"), user = Own("user");
        Assert.Contains(net, _kernel.List("by-type/net"));
        Assert.Equal("net\n", _kernel.Read($"by-type/net/{net}/type"));
        Assert.Contains(s_pid, _kernel.Read($"by-type/net/{net}/processes").Split('\n'));
        Assert.Equal($"../../../by-type/net/{net}", _kernel.ReadLink($"by-process/{s_pid}/about/net"));
        Assert.Equal($"/proc/{s_pid}/ns/net", _kernel.ReadLink($"by-process/{s_pid}/net"));
        Assert.EndsWith($"/user/{user}", _kernel.ReadLink($"by-type/net/{net}/owner"), StringComparison.Ordinal);
        Assert.Contains(user, _kernel.List("by-type/user"));
        Assert.NotEqual("", _kernel.Read($"by-type/user/{user}/uid_map"));
        Assert.Equal(net, File.ResolveLinkTarget(_kernel.ReadLink($"by-type/net/{net}/ns"), false)!.Name[5..^1]);
    }

    // Each link in the owners' tree leads to where the namespace is in by-type.
    [Fact]
    public void Links_of_owners_lead_up_as_far_as_they_are_deep()
    {
        int seen = 0;
        void Descend(string path)
        {
            foreach (string name in _kernel.List(path).Skip(2).Take(40))
            {
                string entry = $"{path}/{name}";
                if (name.All(char.IsAsciiDigit))
                {
                    Descend(entry);
                    continue;
                }

                string target = Path.GetFullPath(Path.Combine("/", path, _kernel.ReadLink(entry)));
                Assert.StartsWith("/by-type/", target, StringComparison.Ordinal);
                seen++;
            }
        }

        Descend("by-owner");
        Assert.True(seen > 0);
    }

    [Theory]
    [InlineData("nothing")]
    [InlineData("..")]
    [InlineData("by-type\u00e9")]
    [InlineData("README ")]
    public void What_is_not_there_is_not_found(string name) => Assert.Equal(Errno.ENOENT, _kernel.Lookup(Node.Root, name).Errno);

    [Theory]
    [InlineData("by-type", "NET")]
    [InlineData("by-type", "mount")]
    [InlineData("by-type/net", "1")]
    [InlineData("by-type/net", "01")]
    [InlineData("by-type/net", "+4026531833")]
    [InlineData("by-type/net", "18446744073709551616")]
    [InlineData("by-type/net", "../../etc")]
    [InlineData("by-type/net", ".lab")]
    [InlineData("by-process", "4194305")]
    [InlineData("by-process", "self")]
    [InlineData("by-process", "0")]
    [InlineData("by-owner", "1")]
    [InlineData("by-owner", "net-1")]
    [InlineData("by-name", "..")]
    [InlineData("by-name", "a b")]
    public void Spellings_that_are_almost_right_are_not_there(string directory, string name) => Assert.Equal(Errno.ENOENT, _kernel.Lookup(_kernel.Walk(directory), name).Errno);

    [Fact]
    public void A_namespace_of_another_type_is_not_there() => Assert.Equal(Errno.ENOENT, _kernel.Lookup(_kernel.Walk("by-type/uts"), Own("net")).Errno);

    [Fact]
    public void A_name_is_at_most_255_letters() => Assert.Equal(Errno.ENAMETOOLONG, _kernel.Lookup(Node.Root, new string('a', 256)).Errno);

    [Fact]
    public void A_file_is_not_a_directory() => Assert.Equal(Errno.ENOTDIR, _kernel.Lookup(_kernel.Walk("README"), "x").Errno);

    [Fact]
    public void A_directory_is_read_in_pieces_of_any_size()
    {
        List<string> whole = _kernel.List("");
        Assert.Equal(whole, _kernel.List("", 40));
        Assert.Empty(_kernel.List("", 8));
    }

    [Fact]
    public void A_file_is_read_from_any_offset_and_not_beyond()
    {
        ulong handle = MemoryMarshal.Read<fuse_open_out>(_kernel.Ask(Fuse.FUSE_OPEN, _kernel.Walk("README").Id, PaperKernel.Bytes(new fuse_open_in())).Body).fh;
        string Piece(ulong offset, uint size) => Encoding.UTF8.GetString(_kernel.Ask(Fuse.FUSE_READ, 0, PaperKernel.Bytes(new fuse_read_in { fh = handle, offset = offset, size = size })).Body);
        Assert.Equal("The", Piece(0, 3));
        Assert.Equal("namespaces", Piece(4, 10));
        Assert.Equal("", Piece(ulong.MaxValue, 10));
        Assert.Equal("", Piece(1 << 20, uint.MaxValue));
        Assert.NotEqual("", Piece(0, uint.MaxValue));
    }

    [Theory]
    [InlineData(Fuse.FUSE_SETATTR, Errno.EPERM)]
    [InlineData(Fuse.FUSE_MKNOD, Errno.EPERM)]
    [InlineData(Fuse.FUSE_CREATE, Errno.EPERM)]
    [InlineData(Fuse.FUSE_LINK, Errno.EPERM)]
    [InlineData(Fuse.FUSE_UNLINK, Errno.EPERM)]
    [InlineData(Fuse.FUSE_WRITE, Errno.EBADF)]
    [InlineData(46u, Errno.ENOSYS)]
    [InlineData(4096u, Errno.ENOSYS)]
    public void What_cannot_be_is_refused(uint operation, int errno) => Assert.Equal(errno, _kernel.Ask(operation, 1, new byte[128]).Errno);

    [Theory]
    [InlineData(1u)]
    [InlineData(2u)]
    [InlineData(512u)]
    public void No_file_is_opened_for_writing(uint flags) => Assert.Equal(Errno.EACCES, _kernel.Ask(Fuse.FUSE_OPEN, _kernel.Walk("README").Id, PaperKernel.Bytes(new fuse_open_in { flags = flags })).Errno);

    [Theory]
    [InlineData("by-type", "lab", Errno.EPERM)]
    [InlineData("", "lab", Errno.EPERM)]
    [InlineData("by-process", "1", Errno.EPERM)]
    [InlineData("by-type/net", "4026531833", Errno.EINVAL)]
    [InlineData("by-type/net", "a=net", Errno.EINVAL)]
    [InlineData("by-name", "lab=nat", Errno.EINVAL)]
    [InlineData("by-name", "=net", Errno.EINVAL)]
    [InlineData("by-name", "-x", Errno.EINVAL)]
    public void Directories_are_made_where_they_mean_something(string directory, string name, int errno)
    {
        Assert.Equal(errno, _kernel.Ask(Fuse.FUSE_MKDIR, _kernel.Walk(directory).Id, PaperKernel.Bytes(new fuse_mkdir_in()), PaperKernel.Text(name)).Errno);
        Assert.Equal(errno == Errno.EINVAL, _kernel.Read("error").Contains("EINVAL", StringComparison.Ordinal));
        Assert.Null(_kernel.Files.NextChange());
    }

    [Theory]
    [InlineData("by-type/net", "lab", "lab net")]
    [InlineData("by-name", "lab", "lab ipc,net,uts")]
    [InlineData("by-name", "box=user,mount,pid", "box mnt,pid,user")]
    public void A_directory_becomes_a_change_that_is_answered_when_it_is_done(string directory, string name, string words)
    {
        Assert.Equal(-1, _kernel.Ask(Fuse.FUSE_MKDIR, _kernel.Walk(directory).Id, PaperKernel.Bytes(new fuse_mkdir_in()), PaperKernel.Text(name)).Errno);
        NameChange change = _kernel.Files.NextChange()!;
        string expected = Kernel.Calls.Credentials.EffectiveUid == 0 || words.Contains("user", StringComparison.Ordinal) ? words : words.Replace("net", "net,user", StringComparison.Ordinal).Replace("net,user,uts", "net,user,uts", StringComparison.Ordinal);
        Assert.Equal($"create {expected}", string.Join(' ', change.Words));
        _kernel.Files.Finish(change, Errno.ENOSPC, "too many of them\n");
        Assert.Equal(-Errno.ENOSPC, MemoryMarshal.Read<fuse_out_header>(Assert.Single(_kernel.Answers)).error);
        _kernel.Answers.Clear();
        Assert.Equal($"mkdir {directory}/{name}: {Errno.Describe(Errno.ENOSPC)}\ntoo many of them\n", _kernel.Read("error"));
    }

    [Fact]
    public void A_link_is_a_name_for_what_it_leads_to()
    {
        string Path(string directory, string target)
        {
            Assert.Equal(-1, _kernel.Ask(Fuse.FUSE_SYMLINK, _kernel.Walk(directory).Id, PaperKernel.Text("x"), PaperKernel.Text(target)).Errno);
            return _kernel.Files.NextChange()!.Words[3];
        }

        string ns = $"/proc/{s_pid}/ns", net = Own("net");
        Assert.Equal("/proc/1/ns/net", Path("by-name", "/proc/1/ns/net"));
        Assert.Equal($"{ns}/net", Path("by-name", $"../by-process/{s_pid}/net"));
        Assert.Equal($"{ns}/uts", Path("by-type/uts", $"./../../by-process//{s_pid}/uts"));
        Assert.Equal(ns, Path("by-name", $"/nowhere/by-process/{s_pid}"));
        Assert.Equal(_kernel.ReadLink($"by-type/net/{net}/ns"), Path("by-name", $"/nowhere/by-process/{s_pid}/about/net/"));
        Assert.Equal("/nowhere2/x", Path("by-name", "/nowhere2/x"));
    }

    [Theory]
    [InlineData("../../x", Errno.EINVAL)]
    [InlineData("../../../../etc/passwd", Errno.EINVAL)]
    [InlineData("../README", Errno.EINVAL)]
    [InlineData("../README/x", Errno.ENOTDIR)]
    [InlineData("/nowhere", Errno.EINVAL)]
    [InlineData("../by-type/net", Errno.EINVAL)]
    [InlineData("nothing", Errno.ENOENT)]
    [InlineData("x", Errno.ENOENT)]
    public void A_link_to_what_is_no_namespace_is_refused(string target, int errno)
    {
        Assert.Equal(errno, _kernel.Ask(Fuse.FUSE_SYMLINK, _kernel.Walk("by-name").Id, PaperKernel.Text("x"), PaperKernel.Text(target)).Errno);
        Assert.Null(_kernel.Files.NextChange());
    }

    [Fact]
    public void A_read_of_events_waits_and_is_interrupted()
    {
        Node events = _kernel.Walk("events");
        ulong handle = MemoryMarshal.Read<fuse_open_out>(_kernel.Ask(Fuse.FUSE_OPEN, events.Id, PaperKernel.Bytes(new fuse_open_in())).Body).fh;
        byte[] Reading(uint flags = 0, uint size = 4096) => PaperKernel.Bytes(new fuse_read_in { fh = handle, size = size, flags = flags });
        Assert.Equal(Errno.EAGAIN, _kernel.Ask(Fuse.FUSE_READ, events.Id, Reading(Fcntl.O_NONBLOCK)).Errno);
        Assert.Equal(-1, _kernel.Ask(Fuse.FUSE_READ, events.Id, Reading()).Errno);
        ulong first = _kernel.Unique;
        Assert.Equal(-1, _kernel.Ask(Fuse.FUSE_READ, events.Id, Reading(0, 4)).Errno);
        ulong second = _kernel.Unique;
        _kernel.Files.Answer(PaperKernel.Request(Fuse.FUSE_INTERRUPT, events.Id, 0, PaperKernel.Bytes(new fuse_interrupt_in { unique = first })));
        fuse_out_header interrupted = MemoryMarshal.Read<fuse_out_header>(_kernel.Answers.Dequeue());
        Assert.Equal((first, -Errno.EINTR), (interrupted.unique, interrupted.error));
        _kernel.Files.Tell("born net");
        byte[] told = _kernel.Answers.Dequeue();
        Assert.Equal((second, "born"), (MemoryMarshal.Read<fuse_out_header>(told).unique, Encoding.ASCII.GetString(told[16..])));
        Assert.Equal(" net\n", Encoding.ASCII.GetString(_kernel.Ask(Fuse.FUSE_READ, events.Id, Reading()).Body));
    }

    [Fact]
    public void Who_polls_is_told_once_when_there_is_something()
    {
        Node events = _kernel.Walk("events");
        ulong handle = MemoryMarshal.Read<fuse_open_out>(_kernel.Ask(Fuse.FUSE_OPEN, events.Id, PaperKernel.Bytes(new fuse_open_in())).Body).fh;
        byte[] poll = PaperKernel.Bytes(new fuse_poll_in { fh = handle, kh = 77, flags = Fuse.FUSE_POLL_SCHEDULE_NOTIFY });
        Assert.Equal(0U, MemoryMarshal.Read<fuse_poll_out>(_kernel.Ask(Fuse.FUSE_POLL, events.Id, poll).Body).revents);
        _kernel.Files.Tell("one");
        _kernel.Files.Tell("two");
        byte[] notice = Assert.Single(_kernel.Answers);
        Assert.Equal((0UL, Fuse.FUSE_NOTIFY_POLL, 77UL), (MemoryMarshal.Read<fuse_out_header>(notice).unique, MemoryMarshal.Read<fuse_out_header>(notice).error, MemoryMarshal.Read<ulong>(notice.AsSpan(16))));
        _kernel.Answers.Clear();
        Assert.Equal(1U, MemoryMarshal.Read<fuse_poll_out>(_kernel.Ask(Fuse.FUSE_POLL, events.Id, poll).Body).revents);
    }

    [Fact]
    public void Who_reads_events_too_late_is_told_that_lines_are_lost()
    {
        Node events = _kernel.Walk("events");
        ulong handle = MemoryMarshal.Read<fuse_open_out>(_kernel.Ask(Fuse.FUSE_OPEN, events.Id, PaperKernel.Bytes(new fuse_open_in())).Body).fh;
        for (int i = 0; i < 10_000; i++)
        {
            _kernel.Files.Tell($"line {i}");
        }

        string Next() => Encoding.ASCII.GetString(_kernel.Ask(Fuse.FUSE_READ, events.Id, PaperKernel.Bytes(new fuse_read_in { fh = handle, size = 4096 })).Body);
        Assert.StartsWith("lost 1808 lines", Next(), StringComparison.Ordinal);
        Assert.StartsWith("line 1808\n", Next(), StringComparison.Ordinal);
    }

    // Many questions that came together are answered from one look at the machine.
    [Fact]
    public void A_census_serves_all_who_had_asked_before_it()
    {
        _kernel.List("by-type/net");
        int before = _kernel.Files.View.Taken;
        _kernel.Files.View.Arrived = System.Diagnostics.Stopwatch.GetTimestamp();
        for (ulong i = 1; i < 20; i++)
        {
            _kernel.Files.Answer(PaperKernel.Request(Fuse.FUSE_LOOKUP, Node.Of(NodeKind.Type, 3).Id, 1000 + i, PaperKernel.Text($"{i}")));
        }

        Assert.InRange(_kernel.Files.View.Taken - before, 1, 2);
        _kernel.Answers.Clear();
    }
}
