/* signals.c - see signals.h */
#include "signals.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t stopping;

static void on_signal(int number)
{
    (void)number;
    stopping = 1;
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
