/* check_quiet.c - configure and account do no input or output
 *
 * A child has them once as they like, since libraries read their own files when they are first
 * used, and once more under a filter of the kernel, which ends it at the first system call that
 * opens, looks at, reads or writes anything, reaches for the network, or starts a program. What
 * is proven is that of a second call in a process; of memory, time and threads nothing is said.
 */
#include "kit.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define CALL(name)                                                                             \
    {                                                                                          \
        SYS_##name, #name                                                                      \
    }
static const struct forbidden {
    long number;
    const char *name;
} forbidden[] = {
    CALL(openat),     CALL(read),       CALL(pread64),   CALL(readv),      CALL(write),
    CALL(pwrite64),   CALL(writev),     CALL(statx),     CALL(faccessat),  CALL(readlinkat),
    CALL(socket),     CALL(socketpair), CALL(connect),   CALL(bind),       CALL(sendto),
    CALL(sendmsg),    CALL(recvfrom),   CALL(recvmsg),   CALL(execve),     CALL(execveat),
    CALL(mkdirat),    CALL(unlinkat),   CALL(renameat2), CALL(getdents64), CALL(ftruncate),
#ifdef SYS_newfstatat
    CALL(newfstatat),
#endif
#ifdef SYS_openat2
    CALL(openat2),    CALL(faccessat2),
#endif
#ifdef SYS_open
    CALL(open),       CALL(creat),      CALL(stat),      CALL(lstat),      CALL(access),
    CALL(readlink),   CALL(mkdir),      CALL(unlink),    CALL(rename),     CALL(fork),
    CALL(vfork),
#endif
};

enum { N = sizeof forbidden / sizeof *forbidden, FAILED = 100, NO_FILTER = 101 };

/* The exit code tells the row. */
static void on_forbidden(int signal, siginfo_t *info, void *context)
{
    (void)signal, (void)context;
    for (int i = 0; i < N; i++)
        if (forbidden[i].number == info->si_syscall)
            _exit(i + 1);
    _exit(FAILED);
}

/* Not a boundary against the module, which is no stranger: other ways to call the system than
 * this machine's own are not looked at. */
static bool set_filter(void)
{
    struct sock_filter filter[2 * N + 2] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))};
    struct sock_fprog program = {.len = 2 * N + 2, .filter = filter};
    struct sigaction action = {.sa_sigaction = on_forbidden, .sa_flags = SA_SIGINFO};

    for (int i = 0; i < N; i++) {
        filter[2 * i + 1] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
                                                         (uint32_t)forbidden[i].number, 0, 1);
        filter[2 * i + 2] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP);
    }
    filter[2 * N + 1] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    return sigaction(SIGSYS, &action, NULL) == 0 &&
           prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static int configure_once(const struct kit *kit)
{
    char account[SP_ACCOUNT_MAX];
    struct sp_instance *instance = NULL;
    struct sp_error err;
    int rc;

    sp_error_clear(&err);
    rc = kit->provider->configure(&kit->host.sp, kit->pair, kit->n_pairs, &instance, &err);
    if (rc)
        return rc;
    rc = kit->provider->account(instance, account, sizeof account, &err);
    kit->provider->close(instance);
    return rc;
}

static _Noreturn void run_child(const struct kit *kit)
{
    if (configure_once(kit))
        _exit(FAILED);
    if (!set_filter())
        _exit(NO_FILTER);
    _exit(configure_once(kit) ? FAILED : 0);
}

void kit_check_quiet(struct kit *kit)
{
    int status = 0, code;
    pid_t child = fork();

    if (child == 0)
        run_child(kit);
    if (child < 0 || waitpid(child, &status, 0) < 0) {
        kit_skip(kit, "no child can be started: %m");
        return;
    }
    code = WIFEXITED(status) ? WEXITSTATUS(status) : FAILED;
    if (code == NO_FILTER)
        kit_skip(kit, "the kernel takes no filter of system calls here");
    else if (WIFSIGNALED(status))
        kit_fault(kit, "configure ended its process: %s", strsignal(WTERMSIG(status)));
    else if (code == FAILED)
        kit_fault(kit, "configure or account fails when it is called once more");
    else if (code)
        kit_fault(kit, "configure, account or close does input or output: it calls %s",
                  forbidden[code - 1].name);
}
