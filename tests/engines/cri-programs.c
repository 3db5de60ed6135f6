/* The programs of images that the CRI validation suite wants, by the name they are called by:
   pause       waits, collects what is reparented to it, ends on SIGTERM
   nonewprivs  (set-user-ID) prints its effective user id
   sh          a shell that starts a command of one word as a program; with all else it is busybox's, which has ls and others in itself
   nginx       a process of that name and title with a web server of busybox as its child; its argument is the port */
#include <errno.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void stop(int signal)
{
    (void)signal;
    _exit(0);
}

static void wait_for_ever(void)
{
    signal(SIGTERM, stop);
    signal(SIGINT, stop);
    for (;;)
        if (wait(NULL) < 0)
            sleep(1);
}

static int serve(const char *self, const char *port)
{
    if (port) {
        /* Its title is what the suite looks for. */
        setenv("PORT", port, 1);
        execl(self, "nginx: master process", NULL);
        return 1;
    }
    FILE *file = fopen("/var/run/nginx.pid", "w");
    if (file) {
        fprintf(file, "%d\n", (int)getpid());
        fclose(file);
    }
    puts("httpd is served");
    fflush(stdout);
    if (fork() == 0) {
        execl("/bin/busybox", "httpd", "-f", "-p", getenv("PORT"), "-h", "/www", NULL);
        _exit(1);
    }
    wait_for_ever();
    return 0;
}

static int shell(int count, char **words)
{
    if (count == 3 && strcmp(words[1], "-c") == 0 && strspn(words[2], "abcdefghijklmnopqrstuvwxyz") == strlen(words[2])) {
        execlp(words[2], words[2], NULL);
        if (errno == EACCES) {
            fprintf(stderr, "%s: %s: %s\n", words[0], words[2], strerror(errno));
            return 126;
        }
    }
    execv("/bin/busybox", words);
    return 127;
}

int main(int count, char **words)
{
    const char *name = basename(words[0]);
    if (strcmp(name, "sh") == 0)
        return shell(count, words);
    if (strcmp(name, "nonewprivs") == 0) {
        printf("Effective uid: %d\n", (int)geteuid());
        return 0;
    }
    if (strcmp(name, "nginx") == 0)
        return serve("/usr/sbin/nginx", count > 1 ? words[1] : "80");
    if (strcmp(name, "nginx: master process") == 0)
        return serve("/usr/sbin/nginx", NULL);
    wait_for_ever();
    return 0;
}
