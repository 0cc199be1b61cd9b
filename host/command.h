/* command.h - the commands: one file each in commands/, one row each in main.c
 *
 * A command gets the host and what its line said, prints, and gives its exit code; what it
 * does lies in ingest/, so that a page can do the same.
 */
#ifndef SH_COMMAND_H
#define SH_COMMAND_H

#include "host.h"
#include "web/listener.h"

#include <limits.h>

enum { SH_SET_MAX = 64 };

/* What a command line says after the command's name. */
struct sh_arguments {
    char *const *name; /* what is no option */
    size_t n;
    const char *org;             /* --org KEY, or NULL */
    const char *set[SH_SET_MAX]; /* --set KEY=VALUE */
    size_t n_set;
    bool password_stdin;          /* --password-stdin */
    bool all;                     /* --all */
    bool dry_run;                 /* --dry-run */
    bool failing;                 /* --failing */
    const char *format, *since;   /* --format, --since */
    bool list, remove, read_only; /* --list, --remove, --read-only */
    struct sh_listen listen;      /* --listen and what belongs to it */
};

#define SH_TAKES_ORG     (1u << 0)
#define SH_TAKES_ALL     (1u << 1)
#define SH_TAKES_SET     (1u << 2) /* and --password-stdin */
#define SH_TAKES_FAILING (1u << 3)
#define SH_TAKES_DRY_RUN (1u << 4)
#define SH_TAKES_TOKEN   (1u << 6) /* --list, --remove, --read-only */
#define SH_TAKES_LISTEN  (1u << 7)
#define SH_TAKES_EXPORT  (1u << 8) /* --format, --since */
/* It works with what is in the store: removals that were interrupted come to their end first.
 */
#define SH_USES_STORE (1u << 5)
/* It reads the journal, which root may: becoming the data directory's owner is left to it. */
#define SH_READS_JOURNAL (1u << 9)

struct sh_command {
    const char *name;
    const char *usage; /* its arguments, for people */
    const char *summary;
    size_t least, most; /* arguments */
    unsigned takes;     /* SH_TAKES_*, SH_USES_STORE, SH_READS_JOURNAL */
    enum sh_exit (*run)(struct sh_host *, const struct sh_arguments *);
};

enum sh_exit sh_command_providers(struct sh_host *, const struct sh_arguments *);
enum sh_exit sh_command_connect(struct sh_host *, const struct sh_arguments *);
enum sh_exit sh_command_describe(struct sh_host *, const struct sh_arguments *);
enum sh_exit sh_command_connections(struct sh_host *, const struct sh_arguments *);
enum sh_exit sh_command_check(struct sh_host *, const struct sh_arguments *);
enum sh_exit sh_command_repos(struct sh_host *, const struct sh_arguments *);
enum sh_exit sh_command_import(struct sh_host *, const struct sh_arguments *);
enum sh_exit sh_command_sync(struct sh_host *, const struct sh_arguments *);
enum sh_exit sh_command_resume(struct sh_host *, const struct sh_arguments *);
enum sh_exit sh_command_run(struct sh_host *, const struct sh_arguments *);
enum sh_exit sh_command_status(struct sh_host *, const struct sh_arguments *);

enum sh_exit sh_command_auto_import(struct sh_host *, const struct sh_arguments *);
enum sh_exit sh_command_export(struct sh_host *, const struct sh_arguments *);
enum sh_exit sh_command_explain(struct sh_host *, const struct sh_arguments *);
enum sh_exit sh_command_remove(struct sh_host *, const struct sh_arguments *);
enum sh_exit sh_command_purge(struct sh_host *, const struct sh_arguments *);
enum sh_exit sh_command_store(struct sh_host *, const struct sh_arguments *);
enum sh_exit sh_command_support_bundle(struct sh_host *, const struct sh_arguments *);
enum sh_exit sh_command_token(struct sh_host *, const struct sh_arguments *);
enum sh_exit sh_command_worker(struct sh_host *, const struct sh_arguments *);

/* What `status` tells of workers, where machines share the store. */
int sh_status_workers(struct sh_host *, struct sp_error *);

struct sh_connection;
/* Opens the connection that the first argument names, and does the work with it. */
typedef enum sh_exit (*sh_connection_work)(struct sh_host *, struct sh_connection *,
                                           const struct sh_arguments *);
enum sh_exit sh_with_connection(struct sh_host *, const struct sh_arguments *,
                                sh_connection_work);

/* What `sync --dry-run` does for one connection. */
enum sh_exit sh_dry_run(struct sh_host *, struct sh_connection *);
/* Prints the health report of a connection; the exit code that it means. */
enum sh_exit sh_check(struct sh_host *, struct sh_connection *);

#endif
