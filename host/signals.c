/* signals.c - see signals.h */
#include "signals.h"

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>

/* Not sig_atomic_t, which is only for the thread that the handler interrupts: workers ask too.
 * A handler may touch an atomic if that takes no lock. */
static atomic_bool stopping, reload;
_Static_assert(ATOMIC_BOOL_LOCK_FREE == 2, "handlers need an atomic_bool without a lock");

static void on_signal(int number)
{
    (void)number;
    stopping = true;
}

static void on_reload(int number)
{
    (void)number;
    reload = true;
}

bool sh_reload_asked(void)
{
    /* In one step: what comes between a look and a reset would be lost. */
    return atomic_exchange(&reload, false);
}

void sh_catch_reload(void)
{
    sigaction(SIGHUP, &(struct sigaction){.sa_handler = on_reload}, NULL);
}

bool sh_stopping(void)
{
    return stopping;
}

int sh_cancelled(void *unused)
{
    (void)unused;
    return stopping;
}

void sh_catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};

    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}
