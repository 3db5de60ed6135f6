// timed: runs one command and prints what it cost. A small static program, so that the cost of starting the
// command is the same for every runtime and its own memory does not show in the command's peak.
//
//   timed [--cgroup2-only] [--timeout SECONDS] [--errors FILE] -- COMMAND ARGUMENT...
//
// Prints: wall_ns user_us system_us peak_kib status. The status is the exit code, or 128 + signal.
// Times are of the command and of those of its descendants for which somebody in the tree has waited;
// a process that outlives the command (a container after `create`) is not in them.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;
static pid_t command;

static void fail(const char *what) {
    fprintf(stderr, "timed: %s: %s\n", what, strerror(errno));
    exit(125);
}

static void give_up(int signal) {
    (void)signal;
    kill(command, SIGKILL);
}

// A private mount namespace with cgroup2 alone: what is mounted on the machine itself is not touched,
// because nothing is unmounted before the copy has been made private.
static void show_cgroup2_alone(void) {
    if (unshare(CLONE_NEWNS) != 0) fail("unshare");
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) fail("make mounts private");
    if (umount2("/sys/fs/cgroup", MNT_DETACH) != 0) fail("unmount the private copy of /sys/fs/cgroup");
    if (mount("cgroup2", "/sys/fs/cgroup", "cgroup2", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) != 0) fail("mount cgroup2");
}

static long long nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

int main(int argc, char **argv) {
    int at = 1, timeout_s = 20;
    const char *errors = "/dev/null";
    for (; at < argc && strcmp(argv[at], "--") != 0; at++) {
        if (strcmp(argv[at], "--cgroup2-only") == 0) show_cgroup2_alone();
        else if (strcmp(argv[at], "--timeout") == 0 && at + 1 < argc) timeout_s = atoi(argv[++at]);
        else if (strcmp(argv[at], "--errors") == 0 && at + 1 < argc) errors = argv[++at];
        else { fprintf(stderr, "timed: unknown option %s\n", argv[at]); return 125; }
    }
    if (++at >= argc) { fprintf(stderr, "timed: no command\n"); return 125; }

    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&files, 2, errors, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    signal(SIGALRM, give_up);

    long long start = nanoseconds();
    int error = posix_spawn(&command, argv[at], &files, NULL, argv + at, environ);
    if (error != 0) { errno = error; fail(argv[at]); }
    alarm((unsigned)timeout_s);
    int status;
    struct rusage usage;
    while (wait4(command, &status, 0, &usage) < 0) if (errno != EINTR) fail("wait4");
    long long wall = nanoseconds() - start;

    printf("%lld %lld %lld %ld %d\n", wall,
        usage.ru_utime.tv_sec * 1000000LL + usage.ru_utime.tv_usec,
        usage.ru_stime.tv_sec * 1000000LL + usage.ru_stime.tv_usec,
        usage.ru_maxrss, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    return 0;
}
