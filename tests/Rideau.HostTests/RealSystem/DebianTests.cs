using System;
using System.IO;
using Rideau.HostTests.Harness;
using Xunit;

namespace Rideau.HostTests.RealSystem;

/// <summary>What people run: a package is installed, a web server serves, python3 works, all in a Debian system, as root and as an ordinary user.</summary>
public sealed class DebianTests(DebianSystem system) : IClassFixture<DebianSystem>
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Apt_installs_a_package_from_a_local_directory(bool asUser)
    {
        MakeRepository(Path.Combine(system.RootFilesystem(asUser), "srv", "packages"));
        string said = system.Says(asUser, """
            export DEBIAN_FRONTEND=noninteractive
            echo 'deb [trusted=yes] file:/srv/packages ./' >/etc/apt/sources.list
            rm -f /etc/apt/sources.list.d/*
            apt-get update -qq
            apt-get install -y -qq rideau-greeting >/tmp/log 2>&1 || { cat /tmp/log; exit 1; }
            rideau-greeting
            dpkg-query -W -f '${Status} ${Version}\n' rideau-greeting
            stat -c '%U %G %a' /var/lib/rideau-greeting
            getent passwd greeter | cut -d: -f6
            apt-get remove -y -qq rideau-greeting >/tmp/log 2>&1 || { cat /tmp/log; exit 1; }
            [ -e /usr/bin/rideau-greeting ] || echo removed
            """);
        Assert.Equal("greetings from postinst\ninstall ok installed 1.2-3\ngreeter www-data 750\n/var/lib/rideau-greeting\nremoved", said);
        if (asUser)
        {
            // On the machine the files belong to the user's own ids.
            SubordinateUser user = SubordinateUser.Find();
            Assert.Equal($"{user.FirstGid + 32}\n", RideauProgram.Shell($"stat -c %g '{system.RootFilesystem(asUser)}/var/lib/rideau-greeting'").Output);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Nginx_serves_a_page_on_the_containers_loopback(bool asUser)
    {
        const string Fetch = "import urllib.request; r = urllib.request.urlopen('http://127.0.0.1/page.html', timeout=5); print(r.status, r.headers['Server'].split('/')[0], r.read().decode().strip())";
        File.WriteAllText(Path.Combine(system.RootFilesystem(asUser), "var", "www", "html", "page.html"), "a page of the container\n");
        using Bundle bundle = system.Container(asUser, "nginx", "-g", "daemon off;").Started();
        Outcome answer = bundle.Exec("python3", "-c", Fetch);
        for (int i = 0; i < 50 && answer.ExitCode != 0; i++)
        {
            answer = bundle.Exec("python3", "-c", Fetch);
        }

        Assert.True(answer.Output == "200 nginx a page of the container\n", $"{answer}\n{bundle.CreatedOutput}\n{File.ReadAllText(Path.Combine(bundle.Directory, "err"))}");
        Assert.Equal("root\nwww-data\n", bundle.Exec("sh", "-c", "ps -o user= -C nginx | sort -u").Output);
        Assert.Equal("lo\n", bundle.Exec("sh", "-c", "sed -n 's/^ *\\([^:]*\\):.*/\\1/p' /proc/net/dev").Output);

        // Nobody else hears it: the loopback device is the container's own.
        Assert.DoesNotContain(":0050 00000000:0000 0A", File.ReadAllText("/proc/net/tcp"), StringComparison.Ordinal);
        Assert.Equal(0, bundle.Rideau("kill", bundle.Name, "QUIT").ExitCode);
        Assert.True(bundle.WaitForStatus("stopped"));
    }

    /// <summary>Without a network device: its socket is the machine's, handed over by --listen; nginx has a convention of its own for that.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Nginx_without_a_device_answers_on_the_machines_loopback(bool asUser)
    {
        int port = 20000 + (Environment.ProcessId % 10000) + (asUser ? 1 : 0);
        string root = system.RootFilesystem(asUser);
        File.WriteAllText(Path.Combine(root, "var", "www", "html", "page.html"), "handed over\n");
        File.WriteAllText(Path.Combine(root, "srv", "nginx.conf"), $"events {{}}\nhttp {{ server {{ listen 127.0.0.1:{port}; root /var/www/html; }} }}\n");
        using Bundle bundle = system.Container(asUser, "nginx", "-c", "/srv/nginx.conf", "-g", "daemon off;");
        bundle.WithProcess("""{"env":["PATH=/usr/sbin:/usr/bin:/sbin:/bin","NGINX=3;"]}""").Write();
        Outcome outcome = bundle.OnMachine("sh", "-c", $"""
            '{RideauProgram.Path}' --root '{bundle.Root}' run --detach --listen tcp:127.0.0.1:{port}@host --bundle '{bundle.Directory}' {bundle.Name} </dev/null >/dev/null 2>'{bundle.Directory}/err' || cat '{bundle.Directory}/err'
            """);
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        Outcome page = RideauProgram.Shell($"for i in $(seq 50); do curl -sS --max-time 5 http://127.0.0.1:{port}/page.html && break; sleep 0.1; done");
        Assert.Equal("handed over\n", page.Output);
        Assert.Equal("lo\n", bundle.Exec("sh", "-c", "sed -n 's/^ *\\([^:]*\\):.*/\\1/p' /proc/net/dev").Output);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Python_works_with_processes_threads_sockets_and_a_database(bool asUser)
    {
        File.WriteAllText(Path.Combine(system.RootFilesystem(asUser), "srv", "work.py"), """
            import asyncio, hashlib, json, multiprocessing, os, sqlite3, ssl, subprocess, tempfile, threading

            def square(n):
                return n * n

            if __name__ == "__main__":
                with multiprocessing.Pool(4) as pool:
                    squares = pool.map(square, range(100))
                database = sqlite3.connect(os.path.join(tempfile.mkdtemp(), "file.db"))
                database.execute("create table squares (n integer)")
                database.executemany("insert into squares values (?)", [(n,) for n in squares])
                database.commit()
                total = database.execute("select sum(n) from squares").fetchone()[0]
                seen = []
                threads = [threading.Thread(target=seen.append, args=(n,)) for n in range(20)]
                [thread.start() for thread in threads]
                [thread.join() for thread in threads]

                async def echo():
                    async def serve(reader, writer):
                        writer.write((await reader.read(100)).upper())
                        writer.close()
                    server = await asyncio.start_server(serve, "127.0.0.1", 0)
                    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
                    writer.write(b"loopback")
                    return (await reader.read()).decode()

                print(json.dumps({
                    "total": total, "threads": len(seen), "echo": asyncio.run(echo()),
                    "sum": hashlib.sha256(b"rideau").hexdigest()[:8], "tls": ssl.HAS_TLSv1_3, "uid": os.getuid(),
                    "shared": len(os.listdir("/dev/shm")), "host": subprocess.check_output(["hostname"], text=True).strip()}))
            """);
        using Bundle bundle = system.Container(asUser, "python3", "/srv/work.py").With("""{"hostname":"snake"}""");
        Assert.Equal("""{"total": 328350, "threads": 20, "echo": "LOOPBACK", "sum": "SUM", "tls": true, "uid": 0, "shared": 0, "host": "snake"}""".Replace("SUM", Sum("rideau"), StringComparison.Ordinal), bundle.Says());
    }

    private static string Sum(string text) => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(text)))[..8];

    // A package with a script of its own and a maintainer script, and the index that apt reads.
    private static void MakeRepository(string folder)
    {
        Outcome outcome = RideauProgram.Shell($$"""
            set -e
            umask 022
            mkdir -p '{{folder}}' && cd '{{folder}}'
            mkdir -p tree/DEBIAN tree/usr/bin
            printf 'Package: rideau-greeting\nVersion: 1.2-3\nArchitecture: all\nMaintainer: The tests <root@localhost>\nDepends: passwd, base-files\nDescription: says a greeting\n' >tree/DEBIAN/control
            printf '#!/bin/sh\ncat /var/lib/rideau-greeting/words\n' >tree/usr/bin/rideau-greeting
            printf '#!/bin/sh\nset -e\nuseradd --system --home-dir /var/lib/rideau-greeting greeter\ninstall -d -o greeter -g www-data -m 750 /var/lib/rideau-greeting\necho greetings from $(basename $0 | sed s/.*[.]//) >/var/lib/rideau-greeting/words\n' >tree/DEBIAN/postinst
            chmod 755 tree/usr/bin/rideau-greeting tree/DEBIAN/postinst
            dpkg-deb --root-owner-group --build tree greeting.deb >/dev/null
            rm -r tree
            { dpkg-deb -f greeting.deb; echo Filename: ./greeting.deb; echo Size: $(stat -c %s greeting.deb); echo SHA256: $(sha256sum greeting.deb | cut -d' ' -f1); echo; } >Packages
            """);
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
    }
}
