/* connections.c - see connections.h */
#include "connections.h"

#include "output.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Told about a file: shown at once, and the first error kept. */
static void on_problem(void *ctx, const struct sp_problem *problem)
{
    struct sh_connection *connection = ctx;
    const char *kind = problem->warning ? "warning: " : "";
    char line[16] = "", *text = NULL;

    if (problem->line)
        snprintf(line, sizeof line, ":%u", problem->line);
    sh_complain("%s%s: %s%s", problem->file, line, kind, problem->text);
    if (problem->warning || connection->problem ||
        asprintf(&text, "%s%s: %s", problem->file, line, problem->text) < 0)
        return;
    connection->problem = text;
}

/* To whom it is told what is wrong with a connection. */
struct listener {
    sp_problem_fn fn;
    void *ctx;
};

static void tell(const struct listener *listener, const struct sh_connection *connection,
                 unsigned line, const char *text)
{
    listener->fn(listener->ctx,
                 &(struct sp_problem){.file = connection->path, .line = line, .text = text});
}

/* A module that is there but cannot be used is named with its reason. */
static void tell_no_provider(const struct listener *listener, const struct sh_host *host,
                             const struct sh_connection *connection)
{
    char text[400];

    snprintf(text, sizeof text,
             "provider %s is not among those in %s; `source-host providers` tells why",
             connection->file->provider, host->options.providers);
    tell(listener, connection, connection->file->provider_line, text);
}

static void open_live(struct sh_host *host, struct sh_connection *connection,
                      const struct listener *listener)
{
    struct sp_error err;
    int rc;

    connection->provider = sp_modules_find(host->modules, connection->file->provider);
    if (!connection->provider) {
        tell_no_provider(listener, host, connection);
        return;
    }
    if (sp_settings_check(connection->provider, connection->file, &connection->values,
                          listener->fn, listener->ctx))
        return;
    connection->account =
        sh_account_new(host, connection->name, connection->provider, connection->values);
    rc = connection->account
             ? sp_connection_open(connection->provider, &connection->account->services,
                                  connection->values, &connection->live, &err)
             : sp_error_set(&err, SP_ERR_NOMEM, "out of memory");
    if (!rc)
        rc = sh_account_identify(connection->account, connection->live, &err);
    if (!rc)
        return;
    snprintf(connection->blamed, sizeof connection->blamed, "%s", err.setting);
    tell(listener, connection, sp_settings_line(connection->file, err.setting), err.message);
}

int sh_connection_open(struct sh_host *host, const char *name, const char *path,
                       struct sh_connection *connection, struct sp_error *err)
{
    int rc;

    *connection = (struct sh_connection){.name = strdup(name), .path = strdup(path)};
    if (!connection->name || !connection->path)
        return sp_error_set(err, SP_ERR_NOMEM, "out of memory");
    rc = sp_connection_file_read(connection->path, &connection->file, on_problem, connection);
    if (!rc)
        open_live(host, connection, &(struct listener){on_problem, connection});
    return rc == SP_ERR_NOMEM ? sp_error_set(err, rc, "out of memory") : SP_OK;
}

int sh_connection_open_file(struct sh_host *host, const char *name,
                            struct sp_connection_file *file, sp_problem_fn problem, void *ctx,
                            struct sh_connection *connection, struct sp_error *err)
{
    *connection =
        (struct sh_connection){.name = strdup(name), .path = strdup(file->path), .file = file};
    if (!connection->name || !connection->path)
        return sp_error_set(err, SP_ERR_NOMEM, "out of memory");
    open_live(host, connection, &(struct listener){problem, ctx});
    return SP_OK;
}

int sh_connection_open_named(struct sh_host *host, const char *name,
                             struct sh_connection *connection, struct sp_error *err)
{
    char *path = NULL;
    int rc;

    *connection = (struct sh_connection){0};
    if (asprintf(&path, "%s/connections.d/%s.conf", host->options.config, name) < 0)
        return sp_error_set(err, SP_ERR_NOMEM, "out of memory");
    rc = sh_connection_open(host, name, path, connection, err);
    free(path);
    return rc;
}

int sh_connection_read(const struct sh_host *host, const char *name, struct sh_connection *ret,
                       struct sp_error *err)
{
    *ret = (struct sh_connection){.name = strdup(name), .is_warned = true};
    if (!ret->name ||
        asprintf(&ret->path, "%s/connections.d/%s.conf", host->options.config, name) < 0)
        return sp_error_set(err, SP_ERR_NOMEM, "out of memory");
    return sp_connection_file_read(ret->path, &ret->file, NULL, NULL) == SP_ERR_NOMEM
               ? sp_error_set(err, SP_ERR_NOMEM, "out of memory")
               : SP_OK;
}

/* Only what is known to be gone is: its data may be deleted then. */
bool sh_connection_has_file(const struct sh_host *host, const char *name)
{
    char file[sizeof "connections.d/.conf" + NAME_MAX];
    int folder = open(host->options.config, O_PATH | O_DIRECTORY | O_CLOEXEC);
    bool is_gone = folder < 0 && errno == ENOENT;

    if ((size_t)snprintf(file, sizeof file, "connections.d/%s.conf", name) >= sizeof file)
        is_gone = true;
    else if (folder >= 0)
        is_gone = faccessat(folder, file, F_OK, 0) && errno == ENOENT;
    if (folder >= 0)
        close(folder);
    return !is_gone;
}

static int is_connection_file(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);

    return entry->d_name[0] != '.' && length > 5 &&
           strcmp(entry->d_name + length - 5, ".conf") == 0;
}

int sh_connection_names(const struct sh_host *host, char ***ret, size_t *ret_n,
                        struct sp_error *err)
{
    struct dirent **entries = NULL;
    char *directory = NULL, **names;
    bool is_whole = true;
    int n;

    if (asprintf(&directory, "%s/connections.d", host->options.config) < 0)
        return sp_error_set(err, SP_ERR_NOMEM, "out of memory");
    n = scandir(directory, &entries, is_connection_file, alphasort);
    if (n < 0) {
        sp_error_set(err, SP_ERR_INVALID, "%s: %s", directory, strerror(errno));
        free(directory);
        return SP_ERR_INVALID;
    }
    names = calloc((size_t)n + 1, sizeof *names);
    for (int i = 0; i < n; i++) {
        if (names)
            names[i] = strndup(entries[i]->d_name, strlen(entries[i]->d_name) - 5);
        is_whole = is_whole && names && names[i];
        free(entries[i]);
    }
    free(entries);
    free(directory);
    if (!names || !is_whole) {
        sh_connection_names_free(names, (size_t)n);
        return sp_error_set(err, SP_ERR_NOMEM, "out of memory");
    }
    *ret = names;
    *ret_n = (size_t)n;
    return SP_OK;
}

void sh_connection_names_free(char **names, size_t n)
{
    for (size_t i = 0; names && i < n; i++)
        free(names[i]);
    free(names);
}

static int unknown(char *const *names, size_t n, const char *name, const struct sh_host *host,
                   struct sp_error *err)
{
    char known[256] = "";
    size_t length = 0;

    for (size_t i = 0; i < n && length < sizeof known; i++)
        length += (size_t)snprintf(known + length, sizeof known - length, "%s%s", i ? ", " : "",
                                   names[i]);
    return sp_error_set(err, SP_ERR_INVALID,
                        "no connection %s in %s/connections.d; there %s %s", name,
                        host->options.config, n == 1 ? "is" : "are", n ? known : "none");
}

static int check_names(char *const *wanted, size_t n_wanted, char *const *names, size_t n,
                       const struct sh_host *host, struct sp_error *err)
{
    for (size_t i = 0; i < n_wanted; i++) {
        size_t at = 0;

        while (at < n && strcmp(names[at], wanted[i]) != 0)
            at++;
        if (at == n)
            return unknown(names, n, wanted[i], host, err);
    }
    return SP_OK;
}

static int open_all(struct sh_host *host, char *const *names, size_t n,
                    struct sh_connections *connections, struct sp_error *err)
{
    int rc = SP_OK;

    connections->list = calloc(n + 1, sizeof *connections->list);
    if (!connections->list)
        return sp_error_set(err, SP_ERR_NOMEM, "out of memory");
    for (size_t i = 0; i < n && !rc; i++)
        rc =
            sh_connection_open_named(host, names[i], &connections->list[connections->n++], err);
    return rc;
}

int sh_connections_open(struct sh_host *host, char *const *wanted, size_t n_wanted,
                        struct sh_connections *ret, struct sp_error *err)
{
    char **names = NULL;
    size_t n = 0;
    int rc = sh_host_need_modules(host, err);

    *ret = (struct sh_connections){0};
    if (!rc)
        rc = sh_connection_names(host, &names, &n, err);
    if (!rc)
        rc = check_names(wanted, n_wanted, names, n, host, err);
    if (!rc)
        rc = n_wanted ? open_all(host, wanted, n_wanted, ret, err)
                      : open_all(host, names, n, ret, err);
    sh_connection_names_free(names, n);
    if (rc)
        sh_connections_clear(ret);
    return rc;
}

void sh_connection_clear(struct sh_connection *connection)
{
    sp_connection_close(connection->live);
    sh_account_free(connection->account);
    sp_values_free(connection->values);
    sp_connection_file_free(connection->file);
    free(connection->problem);
    free(connection->name);
    free(connection->path);
    *connection = (struct sh_connection){0};
}

enum sh_exit sh_connection_fail(const struct sh_connection *connection,
                                const struct sp_error *err)
{
    char *place = NULL;

    if (err->setting[0] && connection->file &&
        asprintf(&place, "%s:%u", connection->path,
                 sp_settings_line(connection->file, err->setting)) < 0)
        place = NULL;
    sh_complain_of(place ? place : connection->name, err);
    free(place);
    return sh_exit_for(err->code);
}

void sh_connections_clear(struct sh_connections *connections)
{
    for (size_t i = 0; i < connections->n; i++)
        sh_connection_clear(&connections->list[i]);
    free(connections->list);
    *connections = (struct sh_connections){0};
}
