/* selection.c - see selection.h */
#include "ingest/selection.h"

#include "output.h"
#include "store/catalog.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct selecting {
    const struct sp_connection_file *file;
    char *const *paths;
    size_t n_paths;
    const char *org;
    bool all;
    bool *path_found;
    bool org_found;
    bool *entry_found; /* of the file's repositories, then auto_import */
    bool (*is_meant)(struct selecting *, const struct sh_repository_row *);
    struct sh_selection *out;
};

static int add(struct sh_selection *selection, const struct sh_repository_row *row)
{
    struct sh_selected *grown = selection->list;

    if (selection->n % 64 == 0)
        grown = realloc(grown, (selection->n + 64) * sizeof *grown);
    if (!grown)
        return SP_ERR_NOMEM;
    selection->list = grown;
    grown[selection->n] = (struct sh_selected){
        .id = row->id,
        .path = strdup(row->path),
        .state = strdup(row->state ? row->state : ""),
        .listed = row->listed,
        .offline = row->offline,
    };
    selection->n++;
    return grown[selection->n - 1].path && grown[selection->n - 1].state ? 0 : SP_ERR_NOMEM;
}

static int on_row(void *ctx, const struct sh_repository_row *row)
{
    struct selecting *selecting = ctx;

    return selecting->is_meant(selecting, row) ? add(selecting->out, row) : 0;
}

static int run(struct sh_host *host, const struct sh_connection *connection,
               struct selecting *selecting, struct sp_error *err)
{
    int rc;

    *selecting->out = (struct sh_selection){0};
    sp_error_clear(err);
    rc = sh_catalog_repositories(host->store, connection->name, 0, on_row, selecting, err);
    if (rc == SP_ERR_NOMEM)
        sp_error_set(err, rc, "out of memory");
    if (rc)
        sh_selection_clear(selecting->out);
    return rc;
}

static bool is_excluded(const struct sp_connection_file *file, const char *path)
{
    for (size_t i = 0; i < file->exclude.n; i++)
        if (fnmatch(file->exclude.entry[i].value, path, FNM_CASEFOLD) == 0)
            return true;
    return false;
}

static bool is_named(struct selecting *selecting, const struct sh_repository_row *row)
{
    bool meant = false;

    for (size_t i = 0; i < selecting->n_paths; i++)
        if (row->listed && strcasecmp(selecting->paths[i], row->path) == 0)
            meant = selecting->path_found[i] = true;
    if (selecting->org && strcasecmp(selecting->org, row->organization_key) == 0) {
        selecting->org_found = true;
        meant = meant || (row->listed && !is_excluded(selecting->file, row->path));
    }
    if (selecting->all)
        meant = meant || (row->listed && !is_excluded(selecting->file, row->path));
    return meant;
}

int sh_select_named(struct sh_host *host, const struct sh_connection *connection,
                    char *const *paths, size_t n, const char *org, bool all,
                    struct sh_selection *ret, struct sp_error *err)
{
    struct selecting selecting = {
        .file = connection->file,
        .paths = paths,
        .n_paths = n,
        .org = org,
        .all = all,
        .path_found = calloc(n + 1, sizeof(bool)),
        .is_meant = is_named,
        .out = ret,
    };
    int rc = selecting.path_found ? run(host, connection, &selecting, err)
                                  : sp_error_set(err, SP_ERR_NOMEM, "out of memory");

    for (size_t i = 0; !rc && i < n; i++)
        if (!selecting.path_found[i])
            rc = sp_error_set(err, SP_ERR_INVALID,
                              "%s sees no repository %s; `source-host repos %s` lists them",
                              connection->name, paths[i], connection->name);
    if (!rc && org && !selecting.org_found)
        rc =
            sp_error_set(err, SP_ERR_INVALID,
                         "%s sees no organization %s with repositories; `source-host repos %s` "
                         "lists them",
                         connection->name, org, connection->name);
    free(selecting.path_found);
    if (rc)
        sh_selection_clear(ret);
    return rc;
}

static bool is_asked_by_file(struct selecting *selecting, const struct sh_repository_row *row)
{
    const struct sp_connection_file *file = selecting->file;
    bool *found = selecting->entry_found, asked = false;

    if (!row->listed)
        return false;
    for (size_t i = 0; i < file->repositories.n; i++)
        if (strcasecmp(file->repositories.entry[i].value, row->path) == 0)
            asked = found[i] = true;
    found += file->repositories.n;
    for (size_t i = 0; i < file->auto_import.n; i++) {
        const char *key = file->auto_import.entry[i].value;

        if (strcmp(key, "*") != 0 && strcasecmp(key, row->organization_key) != 0)
            continue;
        found[i] = true;
        asked = asked || !is_excluded(file, row->path);
    }
    return asked && !row->imported;
}

static void warn_of_unseen(const struct sp_connection_file *file,
                           const struct sp_entries *entries, const bool *found,
                           const char *what)
{
    for (size_t i = 0; i < entries->n; i++)
        if (!found[i] && strcmp(entries->entry[i].value, "*") != 0)
            sh_complain("%s:%u: warning: %s: %s sees no %s %s", file->path,
                        entries->entry[i].line, entries->entry[i].key, file->name, what,
                        entries->entry[i].value);
}

int sh_select_by_file(struct sh_host *host, const struct sh_connection *connection,
                      struct sh_selection *ret, struct sp_error *err)
{
    const struct sp_connection_file *file = connection->file;
    size_t n = file->repositories.n + file->auto_import.n;
    struct selecting selecting = {
        .file = file,
        .is_meant = is_asked_by_file,
        .entry_found = calloc(n + 1, sizeof(bool)),
        .out = ret,
    };
    int rc = selecting.entry_found ? run(host, connection, &selecting, err)
                                   : sp_error_set(err, SP_ERR_NOMEM, "out of memory");

    if (!rc) {
        warn_of_unseen(file, &file->repositories, selecting.entry_found, "repository");
        warn_of_unseen(file, &file->auto_import, selecting.entry_found + file->repositories.n,
                       "organization with repositories");
    }
    free(selecting.entry_found);
    return rc;
}

static bool is_imported(struct selecting *selecting, const struct sh_repository_row *row)
{
    (void)selecting;
    return row->imported;
}

int sh_select_imported(struct sh_host *host, const struct sh_connection *connection,
                       struct sh_selection *ret, struct sp_error *err)
{
    struct selecting selecting = {
        .file = connection->file, .is_meant = is_imported, .out = ret};

    return run(host, connection, &selecting, err);
}

void sh_selection_clear(struct sh_selection *selection)
{
    for (size_t i = 0; i < selection->n; i++) {
        free(selection->list[i].path);
        free(selection->list[i].state);
    }
    free(selection->list);
    *selection = (struct sh_selection){0};
}
