namespace Rideau.HostTests.Harness;

/// <summary>Small web servers in python3, as scripts for -c. They say a line when they listen.</summary>
public static class WebServer
{
    /// <summary>The interpreter, at a path that an ordinary user reaches too where there is such a one.</summary>
    public static string Python { get; } = System.IO.File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : RideauProgram.Shell("python3 -c 'import sys; print(sys.executable)'").Output.Trim();

    /// <summary>Takes its sockets by the convention of socket activation, and answers with the names of the devices it sees.</summary>
    public const string OfListenFds = """
        import http.server, os, socket
        assert os.environ["LISTEN_PID"] == str(os.getpid()), os.environ["LISTEN_PID"] + " is not " + str(os.getpid())
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                names = [line.split(":")[0].strip() for line in open("/proc/self/net/dev") if ":" in line]
                body = ("devices: " + " ".join(names) + "\n").encode()
                self.send_response(200); self.send_header("Content-Length", str(len(body))); self.end_headers(); self.wfile.write(body)
            def log_message(self, *words): pass
        server = http.server.ThreadingHTTPServer(("", 0), Handler, bind_and_activate=False)
        server.socket.close()
        server.socket = socket.socket(fileno=3)
        print("up", flush=True)
        server.serve_forever()
        """;

    /// <summary>Listens on 127.0.0.1:8080 of its own network, and answers every request with its path.</summary>
    public const string OfOwnPort = """
        import http.server
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = (self.path + "\n").encode()
                self.send_response(200); self.send_header("Content-Length", str(len(body))); self.end_headers(); self.wfile.write(body)
            def log_message(self, *words): pass
        class Server(http.server.ThreadingHTTPServer):
            request_queue_size = 128 # where it overflows, a connection comes about seconds later
        server = Server(("127.0.0.1", 8080), Handler)
        print("up", flush=True)
        server.serve_forever()
        """;
}
