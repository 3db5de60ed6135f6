using System;
using System.IO;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests.Files;

/// <summary>"tar" and "cp -" against GNU tar, and with archives that somebody made on purpose.</summary>
public sealed class TarTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_is_written_GNU_tar_unpacks(bool userNamespace)
    {
        using Bundle bundle = CopyTests.Started(userNamespace);
        string tree = Path.Combine(bundle.Directory, "tree");
        CopyTests.MakeTree(tree);
        Outcome outcome = RideauProgram.Shell($"'{RideauProgram.Path}' --root '{bundle.Root}' cp -a '{tree}' {bundle.Name}:/tmp/tree && cd '{bundle.Directory}' && mkdir unpacked && '{RideauProgram.Path}' --root '{bundle.Root}' tar {bundle.Name}:/tmp/tree | tee archive | tar --xattrs --xattrs-include='user.*' -xp -C unpacked");
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        Assert.Equal(CopyTests.Facts(tree), CopyTests.Facts($"{bundle.Directory}/unpacked/tree"));
        Assert.True(new FileInfo(Path.Combine(bundle.Directory, "archive")).Length < 1_000_000);
        Assert.Contains("./sub/two", RideauProgram.Shell($"'{RideauProgram.Path}' --root '{bundle.Root}' cp {bundle.Name}:/tmp/tree/. - | tar -t").Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gnu", false)]
    [InlineData("posix", false)]
    [InlineData("ustar", false)]
    [InlineData("gnu", true)]
    [InlineData("posix --sparse", true)]
    [InlineData("gnu --sparse", false)]
    [InlineData("posix --sparse-version=0.1", false)]
    public void What_GNU_tar_writes_is_unpacked(string format, bool userNamespace)
    {
        using Bundle bundle = CopyTests.Started(userNamespace);
        string tree = Path.Combine(bundle.Directory, "tree");
        CopyTests.MakeTree(tree);
        RideauProgram.Shell(format == "ustar" ? $"rm -r '{tree}'/nnn*; rm '{tree}'/bad*" : "true");
        Outcome outcome = RideauProgram.Shell($"cd '{bundle.Directory}' && tar --format={format} {(format.StartsWith("posix", StringComparison.Ordinal) ? "--xattrs" : "")} -c tree 2>/dev/null | '{RideauProgram.Path}' --root '{bundle.Root}' tar -x {bundle.Name}:/tmp && '{RideauProgram.Path}' --root '{bundle.Root}' cp -a {bundle.Name}:/tmp/tree back", limitSeconds: 120);
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        if (!format.StartsWith("posix", StringComparison.Ordinal))
        {
            RideauProgram.Shell($"python3 -c \"import os; os.removexattr('{tree}/one', 'user.mark')\"", limitSeconds: 120);
        }

        Assert.Equal(CopyTests.Facts(tree), CopyTests.Facts($"{bundle.Directory}/back"));
    }

    // CVE-2018-1002100, CVE-2019-1002101, CVE-2019-11246, -11249, -11251 (kubectl cp), CVE-2025-45582 (GNU tar), CVE-2007-4559 and many more:
    // members that lead out, by name, by a link of the archive's own, by a hard link. Each is an expression of python's tarfile.
    [Theory]
    [InlineData("f('../escaped')", "refused: \"../escaped\"")]
    [InlineData("f('a/../../escaped')", "refused: ")]
    [InlineData("f('/escaped-below')", "")]
    [InlineData("l('x', '{victim}'), f('x/file')", "a symbolic link that it has made itself")]
    [InlineData("l('x', '..'), l('y', 'x/..'), f('y/escaped')", "a symbolic link that it has made itself")]
    [InlineData("l('x', '{victim}/file'), f('x')", "")]
    [InlineData("d('x'), l('x', '{victim}'), f('x/file')", "a directory has that name")]
    [InlineData("l('x', '{victim}'), d('x'), f('x/file')", "something that is no directory has that name")]
    [InlineData("h('x', '../../etc/passwd')", "leads out of the directory")]
    [InlineData("h('x', '/etc/passwd'), f('x')", "it is not there")]
    [InlineData("l('x', '{victim}/file'), h('y', 'x'), f('y')", "")]
    [InlineData("l('x', '{victim}'), h('y', 'x'), f('y/file')", "a symbolic link that it has made itself")]
    [InlineData("n('dev')", "is a device")]
    [InlineData("f('a' * 300 + '/..')", "refused: ")]
    public void A_hostile_archive_stays_where_it_is_unpacked(string members, string said)
    {
        using var bundle = new Bundle("exec sleep 100").Started();
        var victim = new Victim(bundle);
        string outside = Path.Combine(bundle.RootFilesystem, "etc", "passwd");
        string before = File.ReadAllText(outside);
        Directory.CreateDirectory(Path.Combine(bundle.RootFilesystem, "tmp", "in"));
        string script = $$"""
            import io, sys, tarfile
            t = tarfile.open(fileobj=sys.stdout.buffer, mode='w|')
            def add(name, kind, target='', data=b''):
                i = tarfile.TarInfo(name); i.type = kind; i.linkname = target; i.size = len(data); i.devmajor = 8; i.devminor = 0
                t.addfile(i, io.BytesIO(data) if data else None)
            def f(name): add(name, tarfile.REGTYPE, data=b'evil')
            def l(name, target): add(name, tarfile.SYMTYPE, target)
            def h(name, target): add(name, tarfile.LNKTYPE, target)
            def d(name): add(name, tarfile.DIRTYPE)
            def n(name): add(name, tarfile.BLKTYPE)
            {{members.Replace("{victim}", victim.ByClimbing, StringComparison.Ordinal)}}
            t.close()
            """;
        File.WriteAllText(Path.Combine(bundle.Directory, "make.py"), script);
        foreach (string verb in new[] { "tar -x", "cp -" })
        {
            Outcome outcome = RideauProgram.Shell($"python3 '{bundle.Directory}/make.py' | '{RideauProgram.Path}' --root '{bundle.Root}' {verb} {bundle.Name}:/tmp/in");
            Assert.Contains(said, outcome.Error, StringComparison.Ordinal);
            Assert.Equal(before, File.ReadAllText(outside));
            Assert.False(File.Exists(Path.Combine(bundle.RootFilesystem, "tmp", "escaped")) || File.Exists(Path.Combine(bundle.RootFilesystem, "escaped")) || File.Exists(Path.Combine(bundle.RootFilesystem, "escaped-below")));
            Assert.Equal("", RideauProgram.Shell($"find '{bundle.RootFilesystem}/tmp/in' -type b").Output);
            RideauProgram.Shell($"rm -rf '{bundle.RootFilesystem}/tmp/in'/*");
        }

        victim.IsUntouched();
    }

    // podman 5.8.7 stopped unpacking through "/var/run -> /run", which most images have.
    [Fact]
    public void A_link_of_the_image_is_followed_inside_it()
    {
        using var bundle = new Bundle("exec sleep 100").Started();
        RideauProgram.Shell($"cd '{bundle.RootFilesystem}' && mkdir -p run var && ln -s /run var/run && ln -s ../run var/relative");
        Outcome outcome = RideauProgram.Shell($"cd '{bundle.Directory}' && mkdir -p var/run/act var/relative && echo x > var/run/act/file && echo y > var/relative/other && tar -c var/run/act/file var/relative/other var/run | '{RideauProgram.Path}' --root '{bundle.Root}' cp - {bundle.Name}:/");
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        Assert.Equal("x\ny\n", bundle.Exec("cat", "/run/act/file", "/run/other").Output);
        Assert.Equal("/run", new FileInfo(Path.Combine(bundle.RootFilesystem, "var", "run")).LinkTarget);
    }

    // CVE-2026-41567: docker ran the container's own unpacker for what was compressed.
    [Fact]
    public void What_is_compressed_is_not_unpacked_and_that_is_said()
    {
        using var bundle = new Bundle("exec sleep 100").Started();
        Outcome outcome = RideauProgram.Shell($"tar -cz -C /etc hostname | '{RideauProgram.Path}' --root '{bundle.Root}' tar -x {bundle.Name}:/tmp");
        Assert.Contains("it is compressed: pipe it through gunzip", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("it is no tar archive", RideauProgram.Shell($"head -c 600 /dev/urandom | '{RideauProgram.Path}' --root '{bundle.Root}' tar -x {bundle.Name}:/tmp").Error, StringComparison.Ordinal);
    }
}
