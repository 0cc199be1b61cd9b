/* connections.h - connection files, and the live connections made of them
 *
 * A file with errors is still a connection: it is listed with its first problem, and only
 * cannot be called.
 */
#ifndef SH_CONNECTIONS_H
#define SH_CONNECTIONS_H

#include "account.h"
#include "host.h"

struct sh_connection {
    char *name;
    char *path;
    struct sp_connection_file *file; /* NULL: it has errors */
    const struct source_provider *provider;
    struct sp_values *values;
    struct sh_account *account;
    struct sp_connection *live; /* NULL: its settings have errors */
    bool is_warned;             /* of entries of its file that mean nothing */
    char blamed[64];            /* the setting that the provider has refused; or "" */
    char *problem;              /* the first error, as file:line: message; NULL: none */
};

struct sh_connections {
    struct sh_connection *list;
    size_t n;
};

/* Reads the named connections, or all when n is 0, and opens those without errors.  Errors
 * and warnings go to stderr as `file:line: message`.  Fails (SP_ERR_INVALID) only where a
 * name is unknown or the directory cannot be read. */
int sh_connections_open(struct sh_host *, char *const *names, size_t n,
                        struct sh_connections *ret, struct sp_error *err);
void sh_connections_clear(struct sh_connections *);

/* Whether there is a file of that connection, whatever stands in it. */
bool sh_connection_has_file(const struct sh_host *, const char *name);

/* The name of every file in connections.d, in order. */
int sh_connection_names(const struct sh_host *, char ***ret, size_t *ret_n, struct sp_error *);
void sh_connection_names_free(char **names, size_t n);

/* Reads the file of one connection in connections.d, as sh_connection_open does. */
int sh_connection_open_named(struct sh_host *, const char *name, struct sh_connection *ret,
                             struct sp_error *);

/* The same of its file alone, in silence: name, path, and file, which is NULL where it has
 * errors, or there is none. */
int sh_connection_read(const struct sh_host *, const char *name, struct sh_connection *ret,
                       struct sp_error *);

/* Reads one file, under whatever path; sh_connection_clear in any case.  What is wrong with
 * it is told, and `live` then NULL. */
int sh_connection_open(struct sh_host *, const char *name, const char *path,
                       struct sh_connection *ret, struct sp_error *);
void sh_connection_clear(struct sh_connection *);

/* Opens what was read, or made, already: takes the file over, and tells all that is wrong with
 * it to `problem` alone. */
int sh_connection_open_file(struct sh_host *, const char *name, struct sp_connection_file *,
                            sp_problem_fn problem, void *ctx, struct sh_connection *ret,
                            struct sp_error *);

/* Says what went wrong with a connection, at the line of the setting to blame where there is
 * one; gives the exit code for it. */
enum sh_exit sh_connection_fail(const struct sh_connection *, const struct sp_error *);

#endif
