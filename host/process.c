/* process.c - one child, its three pipes, and its end */
#define _GNU_SOURCE 1 /* pipe2 */
#include "process.h"

#include "process_limits.h"
#include "source_provider_host.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifdef __GLIBC__
#if __GLIBC_PREREQ(2, 34)
#define CAN_CLOSE_FROM
#endif
#endif

#define TICK_MS   400  /* how often `cancelled` is asked */
#define GRACE_MS  3000 /* from SIGTERM to SIGKILL */
#define NAP_MAX   100  /* between looks at a child that has closed its pipes */
#define READ_SIZE 32768

/* Where posix_spawn cannot tell that there is no such program (under valgrind), its child
 * ends so, without a word. */
#define STATUS_NO_EXEC 127

struct child {
    const struct sh_process *p;
    struct sh_process_errors *errors;
    struct sp_error *error;
    pid_t pid;
    int in, out, err; /* our ends; -1 when closed */
    size_t sent;
    int64_t ask_ms, kill_ms, late_ms;
    int nap_ms;
    bool idle; /* nothing came for a whole tick */
    int stop;  /* why the child was told to end; 0: it was not */
};

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void shut(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* ---- Start ----------------------------------------------------------------- */

/* The input goes through a socket, because a write to it can be told to raise no SIGPIPE. */
static int open_input(struct child *c, int *ret_theirs)
{
    int pair[2];

    if (!c->p->input) {
        *ret_theirs = open("/dev/null", O_RDONLY | O_CLOEXEC);
        return *ret_theirs < 0 ? -1 : 0;
    }
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        return -1;
    c->in = pair[0];
    *ret_theirs = pair[1];
    return 0;
}

static int open_output(int *ret_ours, int *ret_theirs)
{
    int pair[2];

    if (pipe2(pair, O_CLOEXEC) < 0)
        return -1;
    *ret_ours = pair[0];
    *ret_theirs = pair[1];
    return 0;
}

/* Which descriptors the child has.  All of ours are O_CLOEXEC; those of libraries, and of
 * whoever else lives in this process, may not be. */
static int set_descriptors(posix_spawn_file_actions_t *fa, const int theirs[3], int keep)
{
    int e = 0;

    for (int i = 0; i < 3 && !e; i++)
        e = posix_spawn_file_actions_adddup2(fa, theirs[i], i);
    if (!e && keep >= 0)
        e = posix_spawn_file_actions_adddup2(fa, keep, 3);
#ifdef CAN_CLOSE_FROM
    if (!e)
        e = posix_spawn_file_actions_addclosefrom_np(fa, keep >= 0 ? 4 : 3);
#endif
    return e;
}

/* A group of its own, and no signal blocked or ignored, whatever the host does. */
static int set_attributes(posix_spawnattr_t *at)
{
    sigset_t none, all;
    int e = posix_spawnattr_setflags(at, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                             POSIX_SPAWN_SETSIGDEF);

    sigemptyset(&none);
    sigfillset(&all);
    if (!e)
        e = posix_spawnattr_setsigmask(at, &none);
    if (!e)
        e = posix_spawnattr_setsigdefault(at, &all);
    return e;
}

static int spawn(struct child *c, const int theirs[3])
{
    posix_spawn_file_actions_t fa;
    posix_spawnattr_t at;
    int e = posix_spawn_file_actions_init(&fa);

    if (e)
        return e;
    e = posix_spawnattr_init(&at);
    if (!e) {
        e = set_descriptors(&fa, theirs, c->p->keep);
        if (!e)
            e = set_attributes(&at);
        if (!e)
            e = posix_spawnp(&c->pid, c->p->argv[0], &fa, &at, (char *const *)c->p->argv,
                             c->p->env);
        if (!e)
            sh_process_limit(c->pid);
        posix_spawnattr_destroy(&at);
    }
    posix_spawn_file_actions_destroy(&fa);
    return e;
}

/* Returns an errno. */
static int start(struct child *c)
{
    int theirs[3] = {-1, -1, -1};
    int e = 0;

    if (open_input(c, &theirs[0]) < 0 || open_output(&c->out, &theirs[1]) < 0 ||
        open_output(&c->err, &theirs[2]) < 0)
        e = errno;
    if (!e)
        e = spawn(c, theirs);
    for (int i = 0; i < 3; i++)
        shut(&theirs[i]);
    return e;
}

/* ---- While it runs --------------------------------------------------------- */

static void stop(struct child *c, int why)
{
    c->stop = why;
    c->kill_ms = now_ms() + GRACE_MS;
    kill(-c->pid, SIGTERM);
    shut(&c->in);
}

static void pump_in(struct child *c)
{
    ssize_t n = send(c->in, c->p->input + c->sent, c->p->input_len - c->sent,
                     MSG_NOSIGNAL | MSG_DONTWAIT);

    if (n > 0)
        c->sent += (size_t)n;
    else if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    /* A child that stops reading has its reasons, and tells them by its status. */
    if (n < 0 || c->sent == c->p->input_len)
        shut(&c->in);
}

static void pump_out(struct child *c)
{
    char data[READ_SIZE];
    ssize_t n = read(c->out, data, sizeof data);
    int rc;

    if (n == 0 || (n < 0 && errno != EINTR))
        shut(&c->out);
    if (n <= 0 || c->stop || !c->p->output)
        return;
    rc = c->p->output(c->p->ctx, data, (size_t)n);
    if (rc)
        stop(c, rc);
}

static void pump_err(struct child *c)
{
    char data[READ_SIZE];
    ssize_t n = read(c->err, data, sizeof data);

    if (n == 0 || (n < 0 && errno != EINTR))
        shut(&c->err);
    else if (n > 0)
        sh_process_errors_add(c->errors, data, (size_t)n, c->stop ? NULL : c->p->line,
                              c->p->ctx);
}

/* How long poll may sleep.  A child that has closed its pipes is about to end. */
static int patience(struct child *c)
{
    if (c->out >= 0 || c->err >= 0)
        return TICK_MS;
    c->nap_ms = c->nap_ms ? c->nap_ms * 2 : 1;
    if (c->nap_ms > NAP_MAX)
        c->nap_ms = NAP_MAX;
    return c->nap_ms;
}

static void wait_and_pump(struct child *c)
{
    struct pollfd fds[3] = {
        {.fd = c->in, .events = POLLOUT},
        {.fd = c->out, .events = POLLIN},
        {.fd = c->err, .events = POLLIN},
    };
    int n = poll(fds, 3, patience(c));

    c->idle = n == 0;
    if (n <= 0)
        return;
    if (fds[2].revents)
        pump_err(c);
    if (fds[1].revents)
        pump_out(c);
    if (fds[0].revents && c->in >= 0)
        pump_in(c);
}

static void ask(struct child *c)
{
    int64_t now = now_ms();

    if (c->stop) {
        if (now >= c->kill_ms)
            kill(-c->pid, SIGKILL);
    } else if (now >= c->ask_ms) {
        c->ask_ms = now + TICK_MS;
        if (now >= c->late_ms)
            stop(c, sp_error_set(c->error, SP_ERR_NETWORK, "%s has not ended within %g min",
                                 c->p->argv[0], (double)c->p->longest_ms / 60000));
        else if (c->p->cancelled && c->p->cancelled(c->p->ctx))
            stop(c, sp_error_set(c->error, SP_ERR_CANCELLED, "cancelled"));
    }
}

/* ---- End ------------------------------------------------------------------- */

/* Looks without reaping: until it is reaped, the number of a dead child, which is that of
 * its group too, belongs to nobody else and can be signalled. */
static bool dead(const struct child *c)
{
    siginfo_t info = {0};

    if (waitid(P_PID, (id_t)c->pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0)
        return errno != EINTR;
    return info.si_pid == c->pid;
}

/* Open pipes of a dead child are held by its orphans; they get one tick to say more. */
static bool over(const struct child *c)
{
    if ((c->out >= 0 || c->err >= 0) && !c->idle)
        return false;
    return dead(c);
}

static int reap(const struct child *c)
{
    int status = 0;
    pid_t pid;

    kill(-c->pid, SIGKILL);
    do
        pid = waitpid(c->pid, &status, 0);
    while (pid < 0 && errno == EINTR);
    if (pid < 0)
        return 255;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int refused(const char *program, int e, struct sp_error *err)
{
    if (e == ENOENT)
        return sp_error_set(err, SP_ERR_UNSUPPORTED, "the %s program is not installed",
                            program);
    errno = e;
    return sp_error_set(err, SP_ERR_HOST, "%s cannot be started: %m", program);
}

static void finish(struct child *c)
{
    sh_process_errors_end(c->errors, c->stop ? NULL : c->p->line, c->p->ctx);
    shut(&c->in);
    shut(&c->out);
    shut(&c->err);
}

int sh_process_run(const struct sh_process *process, struct sh_process_end *ret_end,
                   struct sp_error *err)
{
    struct child c = {
        .p = process, .errors = &ret_end->errors, .error = err, .in = -1, .out = -1, .err = -1};
    int e;

    memset(ret_end, 0, sizeof *ret_end);
    if (process->cancelled && process->cancelled(process->ctx))
        return sp_error_set(err, SP_ERR_CANCELLED, "cancelled");
    c.ask_ms = now_ms() + TICK_MS;
    c.late_ms = process->longest_ms ? now_ms() + process->longest_ms : INT64_MAX;
    e = start(&c);
    if (!e) {
        while (!over(&c)) {
            ask(&c);
            wait_and_pump(&c);
        }
        ret_end->status = reap(&c);
    }
    finish(&c);
    if (!e && !c.stop && ret_end->status == STATUS_NO_EXEC && ret_end->errors.kept_len == 0)
        e = ENOENT;
    return e ? refused(process->argv[0], e, err) : c.stop;
}
