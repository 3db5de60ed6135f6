"""Plays the person, or the engine, at a terminal.

usage: terminal.py pty|console SOCKET COMMAND... -- STEP...

pty runs COMMAND on a terminal of its own. console listens on SOCKET, runs COMMAND, and goes on with the
terminal that comes over the socket. A STEP is expect:TEXT, send:TEXT (with escapes), press:KEY:TEXT (the key again and again
until the text comes: a shell says that a job is in the foreground before it is), resize:ROWS:COLUMNS,
mode (says whether the outer terminal is raw), kill:SIGNAL (to the command), wait (says how it ended).
What was seen is written to standard output; a text that does not come within TERMINAL_LIMIT seconds (10) ends it with 3.
"""
import array, fcntl, os, select, signal, socket, struct, subprocess, sys, termios, time

LIMIT = int(os.environ.get("TERMINAL_LIMIT", "10"))
seen = b""
position = 0


def read_some(master, seconds):
    global seen
    if not select.select([master], [], [], seconds)[0]:
        return False
    try:
        data = os.read(master, 4096)
    except OSError:
        data = b""
    seen += data
    return data != b""


def expect(master, text):
    global position
    end = time.monotonic() + LIMIT
    while text not in seen[position:]:
        if time.monotonic() > end or not read_some(master, 0.5) and time.monotonic() > end:
            sys.stdout.write(seen.decode(errors="replace"))
            sys.stdout.write(f"\n[{text!r} did not come]\n")
            sys.stdout.flush()
            sys.exit(3)
    position = seen.index(text, position) + len(text)


def press(master, key, text):
    end = time.monotonic() + LIMIT
    while text not in seen[position:] and time.monotonic() < end:
        os.write(master, key)
        again = time.monotonic() + 1
        while text not in seen[position:] and time.monotonic() < again:
            read_some(master, 0.1)
    expect(master, text)


def resize(master, rows, columns):
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", int(rows), int(columns), 0, 0))


def main():
    mode, path = sys.argv[1:3]
    split = sys.argv.index("--")
    command, steps = sys.argv[3:split], sys.argv[split + 1:]
    notes = []
    if mode == "pty":
        master, slave = os.openpty()
        resize(master, 30, 100)

        def own():
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, preexec_fn=own)
    else:
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
        listener.listen(1)
        listener.settimeout(LIMIT)
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        connection = listener.accept()[0]
        data, descriptors, _, _ = socket.recv_fds(connection, 4096, 4)
        master = descriptors[0]
        notes.append(f"[{len(descriptors)} descriptor, {data.decode()}]")
    try:
        for step in steps:
            word, _, rest = step.partition(":")
            if word == "expect":
                expect(master, rest.encode())
            elif word == "send":
                os.write(master, rest.encode().decode("unicode_escape").encode())
            elif word == "press":
                key, _, text = rest.partition(":")
                press(master, key.encode().decode("unicode_escape").encode(), text.encode())
            elif word == "resize":
                resize(master, *rest.split(":"))
            elif word == "mode":
                notes.append("[cooked]" if termios.tcgetattr(slave)[3] & termios.ICANON else "[raw]")
            elif word == "kill":
                process.send_signal(getattr(signal, "SIG" + rest))
            elif word == "wait":
                end = time.monotonic() + LIMIT
                while process.poll() is None and time.monotonic() < end:
                    read_some(master, 0.05)
                while read_some(master, 0.05):
                    pass
                notes.append(f"[exit {process.poll()}]")
    finally:
        if process.poll() is None:
            process.kill()
    sys.stdout.write(seen.decode(errors="replace").replace("\r", "") + "\n" + "".join(notes) + "\n")


main()
