/* host.h - what every command works with: options, modules, connections, the store
 *
 * Modules and the store are opened by the first who needs them, so that a command that needs
 * neither works without them.
 */
#ifndef SH_HOST_H
#define SH_HOST_H

#include "configuration.h"
#include "presence.h"
#include "signals.h"
#include "source_provider_host.h"
#include "store/store.h"

#include <stdbool.h>

/* Exit codes; sh_worse says which of two a program ends with, host.c what each means. */
enum sh_exit {
    SH_DONE = 0,
    SH_FAILED = 1,
    SH_USAGE = 2,
    SH_PARTLY = 3,
    SH_LOGIN_REFUSED = 4,
    SH_EXITS
};

const char *sh_exit_meaning(enum sh_exit);
enum sh_exit sh_worse(enum sh_exit, enum sh_exit);

/* The exit code for what a call returned. */
enum sh_exit sh_exit_for(int code);
/* The same for one of several things that were tried, which has failed. */
enum sh_exit sh_exit_for_one(int code);

/* Says what went wrong and gives the exit code for it. */
enum sh_exit sh_fail(const struct sp_error *);

struct sh_options {
    char *config;    /* directory with connections.d */
    char *providers; /* directory with modules */
    char *data;      /* directory with the store and the mirrors */
    char *store;     /* URL of the store, or the path of its file */
    char *trace;     /* file for where the time goes, or NULL */
    bool json, debug, log_json;
};

struct sh_host {
    struct sh_options options;
    struct sp_modules *modules;
    struct sh_store *store;
    struct sh_presence
        *presence;       /* NULL: the store is this machine's own, or nothing is held */
    const char *command; /* what the program does */
    struct sh_configuration configuration;
};

/* Fills in the directories that were not given, from the environment and the defaults, and
 * reads the configuration. */
int sh_host_init(struct sh_host *, struct sp_error *);
void sh_host_clear(struct sh_host *);

/* The directory of a repository's mirror; the caller frees; NULL: out of memory. */
char *sh_host_mirror(const struct sh_host *, const char *connection, int64_t repository_id);

/* Opened when first needed. */
int sh_host_need_modules(struct sh_host *, struct sp_error *);
int sh_host_need_store(struct sh_host *, struct sp_error *);
/* Before anything is claimed: where machines share the store, they see that we are there. */
int sh_host_need_presence(struct sh_host *, struct sp_error *);
/* Makes connections.d where there is none. */
int sh_host_need_config(struct sh_host *, struct sp_error *);

#endif
