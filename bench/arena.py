"""Where a bench runs: a folder, a state on tmpfs, a cgroup of its own beside which nothing else counts, the helper programs."""
import ctypes, os, shutil, signal, subprocess, sys, tempfile, time

HERE = os.path.dirname(os.path.abspath(__file__))
PR_SET_CHILD_SUBREAPER = 36


def say(text):
    print(text, file=sys.stderr, flush=True)


def programs(chosen, floor=None):
    """The programs that are there, by name; one that is missing is named and left out."""
    wanted = {"rideau": chosen.rideau or os.path.join(HERE, "../artifacts/rideau"), "crun": chosen.crun or shutil.which("crun"),
              "runc": chosen.runc or shutil.which("runc")}
    if floor:
        wanted["floor"] = floor
    found = {}
    for name, path in wanted.items():
        if path and os.path.isfile(path) and os.access(path, os.X_OK):
            found[name] = os.path.abspath(path)
        else:
            say(f"bench: {name} is left out: not found" + (f" at {path}" if path else " on PATH"))
    return found


def version(path):
    done = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=20)
    return done.stdout.strip().split("\n")[0]


def machine_facts(bench):
    model = next((l.split(":", 1)[1].strip() for l in open("/proc/cpuinfo") if l.startswith("model name")), os.uname().machine)
    load = open("/proc/loadavg").read().split()[0]
    return {"kernel": os.uname().release, "cores": os.cpu_count(), "processor": model, "load": load,
            "cgroups": "hybrid (v1, and v2 under unified)" if bench.hybrid else "v2", "date": time.strftime("%Y-%m-%d")}


def aligned(head, lines):
    widths = [max(len(r[i]) for r in [head] + lines) for i in range(len(head))]
    return "\n".join("  ".join(c.ljust(w) if i < 2 else c.rjust(w) for i, (c, w) in enumerate(zip(r, widths))).rstrip() for r in [head] + lines)


def as_markdown(head, lines):
    rule = ["---", "---"] + ["---:"] * (len(head) - 2)
    return "\n".join("| " + " | ".join(r) + " |" for r in [head, rule] + lines)


class Bench:
    """A folder, a cgroup and the built programs; gone when it ends."""

    def __init__(self, helpers, pids_max):
        """helpers: the C programs beside this file that are wanted; pids_max: processes at most, containers and all."""
        self.helpers, self.pids_max = helpers, pids_max
        self.name = f"rideau-bench-{os.getpid()}"
        self.folder = tempfile.mkdtemp(prefix=self.name + "-")
        self.made, self.restore = [], None
        hybrid = "/sys/fs/cgroup/unified"
        self.cgroup2 = hybrid if os.path.ismount(hybrid) else "/sys/fs/cgroup"
        self.hybrid = self.cgroup2 == hybrid

    def __enter__(self):
        # This process reaps the containers that `create` leaves to it, so that their end is seen at once.
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        for program in self.helpers:
            subprocess.run(["cc", "-O2", "-Wall", "-static", "-o", f"{self.folder}/{program}", f"{HERE}/{program}.c"], check=True)
        self.mount_state()
        os.makedirs(f"{self.folder}/rootfs/bin")
        busybox = shutil.which("busybox") or sys.exit("bench: busybox is missing: apt-get install busybox-static")
        shutil.copy(busybox, f"{self.folder}/rootfs/bin/busybox")
        for applet in ["true", "sleep", "sh"]:
            os.symlink("busybox", f"{self.folder}/rootfs/bin/{applet}")
        for directory in ["proc", "sys", "dev", "tmp", "etc"]:
            os.mkdir(f"{self.folder}/rootfs/{directory}")
        self.enter_cgroups()
        return self

    def mount_state(self):
        """Where the runtimes keep their state is a tmpfs, as /run is; mounted where nobody else sees it."""
        libc, new_mounts, recursive, private = ctypes.CDLL(None, use_errno=True), 0x20000, 0x4000, 0x40000
        os.mkdir(f"{self.folder}/state")
        if (libc.unshare(new_mounts) or libc.mount(None, b"/", None, recursive | private, None)
                or libc.mount(b"tmpfs", f"{self.folder}/state".encode(), b"tmpfs", 0, None)):
            sys.exit(f"bench: cannot mount a tmpfs for the state: {os.strerror(ctypes.get_errno())}")

    def enter_cgroups(self):
        """The caller sits in a cgroup of its own beside the containers, and all of them under one limit of processes."""
        control = f"{self.cgroup2}/cgroup.subtree_control"
        self.restore = (control, set(open(control).read().split()))
        homes = [f"/sys/fs/cgroup/{h}" for h in os.listdir("/sys/fs/cgroup") if os.path.isdir(f"/sys/fs/cgroup/{h}") and not os.path.islink(f"/sys/fs/cgroup/{h}")] if self.hybrid else [self.cgroup2]
        self.homes = homes
        for home in homes:
            parent = f"{home}/{self.name}"
            os.mkdir(parent)
            for file in ["cpuset.cpus", "cpuset.mems"]:
                if self.hybrid and home.endswith("/cpuset"):
                    open(f"{parent}/{file}", "w").write(open(f"{home}/{file}").read())
            if os.path.exists(f"{parent}/pids.max"):
                open(f"{parent}/pids.max", "w").write(str(self.pids_max))
            if home == self.cgroup2 or home.endswith("/pids"):
                self.made.append((home, self.own_cgroup(home)))
                os.mkdir(f"{parent}/caller")
                open(f"{parent}/caller/cgroup.procs", "w").write(str(os.getpid()))

    def own_cgroup(self, home):
        controller = os.path.basename(home)
        for line in open("/proc/self/cgroup"):
            number, controllers, path = line.strip().split(":", 2)
            if (home == self.cgroup2 and number == "0") or controller in controllers.split(","):
                return path
        return "/"

    def __exit__(self, *_):
        for home, path in self.made:
            open(f"{home}{path}/cgroup.procs", "w").write(str(os.getpid()))
        for home in self.homes:
            for folder, _, _ in os.walk(f"{home}/{self.name}", topdown=False):
                self.end_processes(folder)
                try:
                    os.rmdir(folder)
                except OSError as error:
                    say(f"bench: {folder} stays: {error.strerror}")
        control, before = self.restore
        for controller in set(open(control).read().split()) - before:
            try:
                open(control, "w").write("-" + controller)
            except OSError:
                pass
        ctypes.CDLL(None).umount2(f"{self.folder}/state".encode(), 2)
        shutil.rmtree(self.folder, ignore_errors=True)

    def end_processes(self, folder):
        for _ in range(50):
            try:
                left = open(f"{folder}/cgroup.procs").read().split()
            except OSError:
                return
            if not left:
                return
            for pid in left:
                try:
                    os.kill(int(pid), signal.SIGKILL)
                    os.waitpid(int(pid), 0)
                except OSError:
                    pass
            time.sleep(0.02)
