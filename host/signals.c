/* signals.c - see signals.h */
#include "signals.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t stopping, reload;

static void on_signal(int number)
{
    (void)number;
    stopping = 1;
}

static void on_reload(int number)
{
    (void)number;
    reload = 1;
}

bool sh_reload_asked(void)
{
    bool asked = reload;

    reload = 0;
    return asked;
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
