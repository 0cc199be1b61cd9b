/* peak.c - how much memory a program had at most: the program itself, its children apart
 *
 *     peak FILE PROGRAM ARGUMENT...      writes KiB into FILE, exits as the program does
 *
 * What wait() tells of a child counts that child's children too, and after its end the kernel
 * has forgotten the rest.  So the program is traced, and its /proc/PID/status read when it is
 * about to end.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

static long read_peak(pid_t pid)
{
    char path[64], line[256];
    long peak = -1;
    FILE *status;

    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    status = fopen(path, "r");
    while (status && fgets(line, sizeof line, status))
        if (sscanf(line, "VmHWM: %ld", &peak) == 1)
            break;
    if (status)
        fclose(status);
    return peak;
}

static int write_peak(const char *path, long peak)
{
    FILE *file = fopen(path, "w");
    int rc = file && fprintf(file, "%ld\n", peak) > 0 ? 0 : -1;

    if (file && fclose(file))
        rc = -1;
    if (rc)
        perror(path);
    return rc;
}

/* Signals go on to the program; its start and its end stop it. */
static int follow(pid_t pid, const char *path)
{
    int status, signal = 0;

    while (waitpid(pid, &status, 0) == pid) {
        if (WIFEXITED(status))
            return WEXITSTATUS(status);
        if (WIFSIGNALED(status))
            return 128 + WTERMSIG(status);
        signal = WSTOPSIG(status);
        if (status >> 8 == (SIGTRAP | PTRACE_EVENT_EXIT << 8) &&
            write_peak(path, read_peak(pid)))
            return 1;
        if (signal == SIGTRAP) {
            ptrace(PTRACE_SETOPTIONS, pid, NULL,
                   (long)(PTRACE_O_TRACEEXIT | PTRACE_O_EXITKILL));
            signal = 0;
        }
        ptrace(PTRACE_CONT, pid, NULL, (long)signal);
    }
    perror("peak");
    return 1;
}

int main(int argc, char **argv)
{
    pid_t pid;

    if (argc < 3) {
        fputs("usage: peak FILE PROGRAM ARGUMENT...\n", stderr);
        return 2;
    }
    pid = fork();
    if (pid == 0) {
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0)
            execvp(argv[2], argv + 2);
        perror("peak: the program cannot be traced and started");
        _exit(127);
    }
    return pid < 0 ? 1 : follow(pid, argv[1]);
}
