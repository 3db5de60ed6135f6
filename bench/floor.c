// floor: what `run` of the default configuration costs when nothing but its system calls is left.
//
//   floor [--cgroup2] [--host-network] run CGROUP ID BUNDLE STATE
//   floor nothing
//
// It makes what a runtime makes of the configuration of `spec`: the same namespaces, mounts (by the fd-based
// API), devices, masked and read-only paths, cgroups and device rules, limits, capabilities, state directory,
// sealing of the program; everything is a constant, nothing is parsed, an error ends it. Not a runtime.
// `nothing` ends at once: the cost of starting any program at all, to hold the small verbs against.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#define MS_SLAVE_REC (16384 | (1 << 19))
#define DETACH 2

static int cgroup2, host_network;
static const char *cgroup, *id, *bundle, *state;
static const char *hierarchies[] = { "cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio", "pids", "systemd", "unified" };
#define HIERARCHIES (int)(sizeof hierarchies / sizeof *hierarchies)

static void fail(const char *what) {
    dprintf(2, "floor: %s: %s\n", what, strerror(errno));
    _exit(125);
}

static long check(long result, const char *what) {
    if (result < 0) fail(what);
    return result;
}

static void put(const char *path, const char *text) {
    int fd = (int)check(open(path, O_WRONLY | O_CLOEXEC), path);
    check(write(fd, text, strlen(text)), path);
    close(fd);
}

static void cgroup_path(char *out, size_t size, int hierarchy, const char *file) {
    if (cgroup2) snprintf(out, size, "/sys/fs/cgroup/%s/%s%s", cgroup, id, file);
    else snprintf(out, size, "/sys/fs/cgroup/%s/%s/%s%s", hierarchies[hierarchy], cgroup, id, file);
}

// Runs from a read-only detached mount of its own file, so that nothing inside can write to it.
static void seal(char **argv) {
    if (getenv("FLOOR_SEALED") != NULL) return;
    int fd = (int)check(syscall(SYS_open_tree, AT_FDCWD, "/proc/self/exe", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC), "open_tree /proc/self/exe");
    struct mount_attr attributes = { .attr_set = MOUNT_ATTR_RDONLY };
    check(syscall(SYS_mount_setattr, fd, "", AT_EMPTY_PATH, &attributes, sizeof attributes), "mount_setattr /proc/self/exe");
    char *environment[] = { "FLOOR_SEALED=1", NULL };
    syscall(SYS_execveat, fd, "", argv, environment, AT_EMPTY_PATH);
    fail("execveat");
}

static void device_rules_v1(void) {
    static const char *rules[] = { "c *:* m", "b *:* m", "c 1:3 rwm", "c 1:5 rwm", "c 1:7 rwm", "c 1:8 rwm", "c 1:9 rwm", "c 5:0 rwm", "c 5:2 rwm", "c 136:* rwm" };
    char path[512];
    cgroup_path(path, sizeof path, 4, "/devices.deny");
    put(path, "a");
    cgroup_path(path, sizeof path, 4, "/devices.allow");
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) put(path, rules[i]);
}

// One comparison per rule, as a runtime's compiled list: mknod of anything, the default devices by major and minor.
static void device_rules_v2(int directory) {
    static const int allowed[][2] = { { 1, 3 }, { 1, 5 }, { 1, 7 }, { 1, 8 }, { 1, 9 }, { 5, 0 }, { 5, 2 }, { 136, -1 } };
    struct bpf_insn code[64];
    int n = 0;
#define INSN(c, d, s, o, i) code[n++] = (struct bpf_insn){ .code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i) }
    INSN(BPF_LDX | BPF_MEM | BPF_W, 2, 1, 0, 0);
    INSN(BPF_LDX | BPF_MEM | BPF_W, 3, 1, 4, 0);
    INSN(BPF_LDX | BPF_MEM | BPF_W, 4, 1, 8, 0);
    INSN(BPF_ALU | BPF_RSH | BPF_K, 2, 0, 0, 16);
    INSN(BPF_JMP | BPF_JNE | BPF_K, 2, 0, 2, BPF_DEVCG_ACC_MKNOD);
    INSN(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 1);
    INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
    for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++) {
        int any_minor = allowed[i][1] < 0;
        INSN(BPF_JMP | BPF_JNE | BPF_K, 3, 0, any_minor ? 2 : 3, allowed[i][0]);
        if (!any_minor) INSN(BPF_JMP | BPF_JNE | BPF_K, 4, 0, 2, allowed[i][1]);
        INSN(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 1);
        INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
    }
    INSN(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0);
    INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
    union bpf_attr load = { .prog_type = BPF_PROG_TYPE_CGROUP_DEVICE, .insns = (uintptr_t)code, .insn_cnt = (unsigned)n, .license = (uintptr_t)"GPL" };
    int program = (int)check(syscall(SYS_bpf, BPF_PROG_LOAD, &load, sizeof load), "load device program");
    union bpf_attr attach = { .target_fd = (unsigned)directory, .attach_bpf_fd = (unsigned)program, .attach_type = BPF_CGROUP_DEVICE, .attach_flags = BPF_F_ALLOW_MULTI };
    check(syscall(SYS_bpf, BPF_PROG_ATTACH, &attach, sizeof attach), "attach device program");
    close(program);
}

static int make_cgroups(void) {
    char path[512], parent[512], value[64];
    if (cgroup2) {
        cgroup_path(path, sizeof path, 0, "");
        check(mkdir(path, 0755), path);
        int directory = (int)check(open(path, O_DIRECTORY | O_CLOEXEC), path);
        device_rules_v2(directory);
        return directory;
    }
    for (int i = 0; i < HIERARCHIES; i++) {
        cgroup_path(path, sizeof path, i, "");
        check(mkdir(path, 0755), path);
    }
    static const char *files[] = { "cpuset.cpus", "cpuset.mems" };
    for (int i = 0; i < 2; i++) {
        snprintf(parent, sizeof parent, "/sys/fs/cgroup/cpuset/%s/%s", cgroup, files[i]);
        int fd = (int)check(open(parent, O_RDONLY | O_CLOEXEC), parent);
        ssize_t length = check(read(fd, value, sizeof value - 1), parent);
        close(fd);
        value[length] = 0;
        snprintf(path, sizeof path, "/sys/fs/cgroup/cpuset/%s/%s/%s", cgroup, id, files[i]);
        put(path, value);
    }
    device_rules_v1();
    return -1;
}

static void mount_new(const char *type, const char *at, unsigned attributes, const char *const *options) {
    int context = (int)check(syscall(SYS_fsopen, type, FSOPEN_CLOEXEC), type);
    for (; options != NULL && options[0] != NULL; options += 2)
        check(syscall(SYS_fsconfig, context, FSCONFIG_SET_STRING, options[0], options[1], 0), options[0]);
    check(syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0), type);
    int mount = (int)check(syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, attributes), type);
    check(syscall(SYS_move_mount, mount, "", AT_FDCWD, at, MOVE_MOUNT_F_EMPTY_PATH), at);
    close(mount);
    close(context);
}

static void bind_read_only(const char *from, const char *to, int optional) {
    int tree = (int)syscall(SYS_open_tree, AT_FDCWD, from, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
    if (tree < 0 && optional) return;
    check(tree, from);
    struct mount_attr attributes = { .attr_set = MOUNT_ATTR_RDONLY };
    check(syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attributes, sizeof attributes), from);
    check(syscall(SYS_move_mount, tree, "", AT_FDCWD, to, MOVE_MOUNT_F_EMPTY_PATH), to);
    close(tree);
}

static void mask(const char *path) {
    struct stat found;
    if (stat(path, &found) != 0) return;
    if (S_ISDIR(found.st_mode)) mount_new("tmpfs", path, MOUNT_ATTR_RDONLY, NULL);
    else bind_read_only("/dev/null", path, 0);
}

#define STRICT (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NODEV)

static void mounts(void) {
    check(syscall(SYS_mount, "", "/", NULL, MS_SLAVE_REC, NULL), "slave");
    int root = (int)check(syscall(SYS_open_tree, AT_FDCWD, "rootfs", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE), "rootfs");
    check(syscall(SYS_move_mount, root, "", AT_FDCWD, "rootfs", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_SYMLINKS), "rootfs");
    check(fchdir(root), "rootfs");
    mount_new("proc", "proc", 0, NULL);
    mount_new("tmpfs", "dev", MOUNT_ATTR_NOSUID | MOUNT_ATTR_STRICTATIME, (const char *[]){ "mode", "755", "size", "65536k", NULL });
    check(mkdir("dev/pts", 0755) | mkdir("dev/shm", 0755) | mkdir("dev/mqueue", 0755), "mkdir in dev");
    mount_new("devpts", "dev/pts", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, (const char *[]){ "ptmxmode", "0666", "mode", "0620", "gid", "5", NULL });
    mount_new("tmpfs", "dev/shm", STRICT, (const char *[]){ "mode", "1777", "size", "65536k", NULL });
    mount_new("mqueue", "dev/mqueue", STRICT, NULL);
    mount_new("sysfs", "sys", STRICT | MOUNT_ATTR_RDONLY, NULL);
    if (cgroup2) {
        mount_new("cgroup2", "sys/fs/cgroup", STRICT | MOUNT_ATTR_RDONLY, NULL);
    } else {
        mount_new("tmpfs", "sys/fs/cgroup", STRICT, (const char *[]){ "mode", "755", NULL });
        for (int i = 0; i < HIERARCHIES; i++) {
            char from[512], to[128];
            cgroup_path(from, sizeof from, i, "");
            snprintf(to, sizeof to, "sys/fs/cgroup/%s", hierarchies[i]);
            check(mkdir(to, 0755), to);
            bind_read_only(from, to, 0);
        }
        struct mount_attr attributes = { .attr_set = MOUNT_ATTR_RDONLY };
        check(syscall(SYS_mount_setattr, AT_FDCWD, "sys/fs/cgroup", 0, &attributes, sizeof attributes), "sys/fs/cgroup");
    }
    close(root);
}

static void devices(void) {
    static const struct { const char *path; int major, minor; } nodes[] = { { "dev/null", 1, 3 }, { "dev/zero", 1, 5 }, { "dev/full", 1, 7 }, { "dev/random", 1, 8 }, { "dev/urandom", 1, 9 }, { "dev/tty", 5, 0 } };
    for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++)
        check(mknod(nodes[i].path, S_IFCHR | 0666, makedev(nodes[i].major, nodes[i].minor)), nodes[i].path);
    check(symlink("pts/ptmx", "dev/ptmx") | symlink("/proc/self/fd", "dev/fd") | symlink("/proc/self/fd/0", "dev/stdin")
        | symlink("/proc/self/fd/1", "dev/stdout") | symlink("/proc/self/fd/2", "dev/stderr") | symlink("/proc/kcore", "dev/core"), "symlinks");
}

static void restrict_paths(void) {
    static const char *read_only[] = { "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger" };
    static const char *masked[] = { "/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/sys/firmware", "/proc/scsi" };
    struct mount_attr attributes = { .attr_set = MOUNT_ATTR_RDONLY };
    check(syscall(SYS_mount_setattr, AT_FDCWD, "/", 0, &attributes, sizeof attributes), "read-only root");
    for (size_t i = 0; i < sizeof read_only / sizeof *read_only; i++) bind_read_only(read_only[i], read_only[i], 1);
    for (size_t i = 0; i < sizeof masked / sizeof *masked; i++) mask(masked[i]);
}

static void credentials(void) {
    struct rlimit files = { 1024, 1024 };
    check(setrlimit(RLIMIT_NOFILE, &files), "setrlimit");
    check(setgroups(0, NULL), "setgroups");
    uint32_t kept = 1u << CAP_AUDIT_WRITE | 1u << CAP_KILL | 1u << CAP_NET_BIND_SERVICE;
    for (int capability = 0; capability <= CAP_LAST_CAP; capability++)
        if (capability >= 32 || !(kept >> capability & 1)) check(prctl(PR_CAPBSET_DROP, capability), "bounding set");
    check(setresgid(0, 0, 0) | setresuid(0, 0, 0), "credentials");
    struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
    struct __user_cap_data_struct data[2] = { { kept, kept, 0 }, { 0, 0, 0 } };
    check(syscall(SYS_capset, &header, data), "capset");
    check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
}

static void child(int parent) {
    char byte;
    check(read(parent, &byte, 1), "wait for the caller");
    check(setsid(), "setsid");
    if (cgroup2) check(unshare(CLONE_NEWCGROUP), "cgroup namespace");
    mounts();
    devices();
    check(fchdir((int)check(open(".", O_PATH | O_DIRECTORY | O_CLOEXEC), ".")), "fchdir");
    check(syscall(SYS_pivot_root, ".", "."), "pivot_root");
    check(syscall(SYS_umount2, ".", DETACH), "umount2");
    check(chdir("/"), "chdir");
    check(sethostname("floor", 5), "sethostname");
    restrict_paths();
    credentials();
    check(syscall(SYS_close_range, 3, ~0u, CLOSE_RANGE_CLOEXEC), "close_range");
    char *arguments[] = { "/bin/true", NULL }, *environment[] = { "PATH=/bin", "TERM=xterm", NULL };
    execve("/bin/true", arguments, environment);
    fail("execve");
}

static void write_state(pid_t pid) {
    char path[512], next[512], text[128];
    snprintf(next, sizeof next, "%s/%s/.state", state, id);
    snprintf(path, sizeof path, "%s/%s/state.json", state, id);
    int fd = (int)check(open(next, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600), next);
    int length = snprintf(text, sizeof text, "{\"id\":\"%s\",\"pid\":%d}", id, pid);
    check(write(fd, text, (size_t)length), next);
    close(fd);
    check(rename(next, path), path);
}

static int run(void) {
    static char configuration[65536];
    char path[512], pid_text[16];
    check(chdir(bundle), bundle);
    int fd = (int)check(open("config.json", O_RDONLY | O_CLOEXEC), "config.json");
    check(read(fd, configuration, sizeof configuration), "config.json");
    close(fd);
    snprintf(path, sizeof path, "%s/%s", state, id);
    check(mkdir(path, 0711), path);
    int directory = make_cgroups(), pidfd, pair[2];
    check(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), "socketpair");
    struct clone_args arguments = {
        .flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_PIDFD | (host_network ? 0 : CLONE_NEWNET) | (cgroup2 ? CLONE_INTO_CGROUP : 0),
        .pidfd = (uintptr_t)&pidfd, .exit_signal = SIGCHLD, .cgroup = (unsigned)directory };
    pid_t pid = (pid_t)check(syscall(SYS_clone3, &arguments, sizeof arguments), "clone3");
    if (pid == 0) child(pair[1]);
    close(pair[1]);
    snprintf(pid_text, sizeof pid_text, "%d", pid);
    for (int i = 0; !cgroup2 && i < HIERARCHIES; i++) {
        cgroup_path(path, sizeof path, i, "/cgroup.procs");
        put(path, pid_text);
    }
    write_state(pid);
    check(write(pair[0], "g", 1), "go");
    int status;
    check(waitpid(pid, &status, 0), "waitpid");
    for (int i = 0; i < (cgroup2 ? 1 : HIERARCHIES); i++) {
        cgroup_path(path, sizeof path, i, "");
        check(rmdir(path), path);
    }
    snprintf(path, sizeof path, "%s/%s/state.json", state, id);
    check(unlink(path), path);
    snprintf(path, sizeof path, "%s/%s", state, id);
    check(rmdir(path), path);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv) {
    int at = 1;
    for (; at < argc && argv[at][0] == '-'; at++) {
        if (strcmp(argv[at], "--cgroup2") == 0) cgroup2 = 1;
        if (strcmp(argv[at], "--host-network") == 0) host_network = 1;
    }
    if (at < argc && strcmp(argv[at], "nothing") == 0) return 0;
    if (argc - at != 5) { dprintf(2, "floor: read bench/README.md\n"); return 2; }
    seal(argv);
    cgroup = argv[at + 1], id = argv[at + 2], bundle = argv[at + 3], state = argv[at + 4];
    return run();
}
