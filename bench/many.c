// many: runs one command many times, some of them at once, and prints what all of it took.
//
//   many [--cgroup2-only] [--at-once N] [--timeout SECONDS] [--errors FILE] --count N -- COMMAND ARGUMENT...
//
// "{}" in an argument is the number of the run, from 0. Prints: wall_ns user_us system_us failures.
// A small static program, so that starting the commands costs the same for every runtime and little beside it.
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

static void fail(const char *what) {
    fprintf(stderr, "many: %s: %s\n", what, strerror(errno));
    exit(125);
}

// As in timed.c: a private copy in which cgroup2 is alone.
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

static char *numbered(const char *text, int number) {
    const char *place = strstr(text, "{}");
    if (place == NULL) return (char *)text;
    char *result;
    if (asprintf(&result, "%.*s%d%s", (int)(place - text), text, number, place + 2) < 0) fail("asprintf");
    return result;
}

static void start(char **words, int number, posix_spawn_file_actions_t *files) {
    char *arguments[64];
    int at = 0;
    for (; words[at] != NULL && at < 63; at++) arguments[at] = numbered(words[at], number);
    arguments[at] = NULL;
    pid_t pid;
    int error = posix_spawn(&pid, arguments[0], files, NULL, arguments, environ);
    if (error != 0) { errno = error; fail(arguments[0]); }
    for (at = 0; words[at] != NULL && at < 63; at++) if (arguments[at] != words[at]) free(arguments[at]);
}

int main(int argc, char **argv) {
    int at = 1, timeout_s = 60, count = 0, at_once = 1;
    const char *errors = "/dev/null";
    for (; at < argc && strcmp(argv[at], "--") != 0; at++) {
        if (strcmp(argv[at], "--cgroup2-only") == 0) show_cgroup2_alone();
        else if (strcmp(argv[at], "--count") == 0 && at + 1 < argc) count = atoi(argv[++at]);
        else if (strcmp(argv[at], "--at-once") == 0 && at + 1 < argc) at_once = atoi(argv[++at]);
        else if (strcmp(argv[at], "--timeout") == 0 && at + 1 < argc) timeout_s = atoi(argv[++at]);
        else if (strcmp(argv[at], "--errors") == 0 && at + 1 < argc) errors = argv[++at];
        else { fprintf(stderr, "many: unknown option %s\n", argv[at]); return 125; }
    }
    if (++at >= argc || count < 1 || at_once < 1) { fprintf(stderr, "many: no command, or nothing to do\n"); return 125; }

    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&files, 2, errors, O_WRONLY | O_CREAT | O_APPEND, 0600);

    alarm((unsigned)timeout_s); // ends this program; the caller ends what is in its cgroup
    int started = 0, running = 0, failures = 0;
    long long user = 0, system = 0, begin = nanoseconds();
    while (started < count || running > 0) {
        while (started < count && running < at_once) { start(argv + at, started++, &files); running++; }
        int status;
        struct rusage usage;
        if (wait4(-1, &status, 0, &usage) < 0) { if (errno == EINTR) continue; fail("wait4"); }
        running--;
        failures += !WIFEXITED(status) || WEXITSTATUS(status) != 0;
        user += usage.ru_utime.tv_sec * 1000000LL + usage.ru_utime.tv_usec;
        system += usage.ru_stime.tv_sec * 1000000LL + usage.ru_stime.tv_usec;
    }
    printf("%lld %lld %lld %d\n", nanoseconds() - begin, user, system, failures);
    return 0;
}
