/* selection.c - see selection.h */
#include "ingest/selection.h"

#include "clock.h"
#include "ingest/decision.h"
#include "nearest.h"
#include "output.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct selecting {
    const struct sp_connection_file *file;
    int64_t now_ms;
    bool (*is_meant)(struct selecting *, const struct sh_repository_row *,
                     const struct sh_decision *);
    struct sh_selection *out;
    struct sp_error *err;
    /* by name */
    char *const *paths;
    size_t n_paths;
    const char *org;
    bool all;
    bool *path_found, org_found;
    bool is_refused; /* err tells of a path that the file keeps out */
};

static int out_of_memory(struct sp_error *err)
{
    sp_error_set(err, SP_ERR_NOMEM, "out of memory");
    return SP_ERR_NOMEM;
}

/* The line of the file that decided, else the command that did. */
static char *by(const struct sp_connection_file *file, const struct sh_decision *decision)
{
    char text[SH_PLACE_MAX];

    if (!decision->entry)
        return decision->is_wanted ? strdup(decision->rule) : NULL;
    sh_entry_place(file, decision->entry, text, sizeof text);
    return strdup(text);
}

static bool is_excluded_anew(const struct sp_connection_file *file,
                             const struct sh_repository_row *row,
                             const struct sh_decision *decision)
{
    char place[SH_PLACE_MAX] = "";

    if (decision->is_excluded)
        sh_entry_place(file, decision->entry, place, sizeof place);
    return strcmp(place, row->excluded_by ? row->excluded_by : "") != 0;
}

static int add(struct selecting *selecting, const struct sh_repository_row *row,
               const struct sh_decision *decision)
{
    struct sh_selection *selection = selecting->out;
    struct sh_selected *grown = selection->list;

    if (selection->n % 64 == 0)
        grown = realloc(grown, (selection->n + 64) * sizeof *grown);
    if (!grown)
        return out_of_memory(selecting->err);
    selection->list = grown;
    grown[selection->n] = (struct sh_selected){
        .id = row->id,
        .path = strdup(row->path),
        .state = strdup(row->state ? row->state : ""),
        .listed = row->listed,
        .offline = row->offline,
        .imported = row->imported,
        .is_new = !row->succeeded_at,
        .wanted = decision->is_wanted,
        .excluded = decision->is_excluded,
        .excluded_anew = is_excluded_anew(selecting->file, row, decision),
        .by = by(selecting->file, decision),
    };
    selection->n++;
    return grown[selection->n - 1].path && grown[selection->n - 1].state
               ? SP_OK
               : out_of_memory(selecting->err);
}

static int on_row(void *ctx, const struct sh_repository_row *row)
{
    struct selecting *selecting = ctx;
    struct sh_decision decision = sh_decide(selecting->file, row, selecting->now_ms);

    if (!selecting->is_meant(selecting, row, &decision))
        return selecting->is_refused ? SP_ERR_INVALID : SP_OK;
    return add(selecting, row, &decision);
}

static int run(struct sh_host *host, const struct sh_connection *connection,
               struct selecting *selecting)
{
    bool by_name = selecting->paths || selecting->org || selecting->all;
    int rc;

    selecting->file = connection->file;
    selecting->now_ms = sh_now_ms();
    *selecting->out = (struct sh_selection){0};
    if (by_name || sh_decides_by_file(connection->file))
        rc = sh_catalog_repositories(host->store, connection->name, 0, on_row, selecting,
                                     selecting->err);
    else
        rc =
            sh_catalog_chosen(host->store, connection->name, on_row, selecting, selecting->err);
    if (rc)
        sh_selection_clear(selecting->out);
    return rc;
}

/* ---- By name --------------------------------------------------------------- */

static bool refuse(struct selecting *selecting, const struct sh_repository_row *row,
                   const struct sh_decision *decision)
{
    char place[SH_PLACE_MAX];

    sh_entry_place(selecting->file, decision->entry, place, sizeof place);
    sp_error_set(selecting->err, SP_ERR_INVALID,
                 "%s keeps %s out, and the file wins over commands; name it under repositories "
                 "there, or take that line out",
                 place, row->path);
    selecting->is_refused = true;
    return false;
}

static bool is_named(struct selecting *selecting, const struct sh_repository_row *row,
                     const struct sh_decision *decision)
{
    bool meant = false, in_bulk = selecting->all;

    if (!row->listed)
        return false;
    for (size_t i = 0; i < selecting->n_paths; i++)
        if (strcasecmp(selecting->paths[i], row->path) == 0)
            meant = selecting->path_found[i] = true;
    if (selecting->org && strcasecmp(selecting->org, row->organization_key) == 0)
        in_bulk = selecting->org_found = true;
    if (meant && decision->is_excluded)
        return refuse(selecting, row, decision);
    return meant || (in_bulk && !decision->is_excluded);
}

/* Nothing that was named may be unknown. */
static int check_found(struct sh_host *host, const struct sh_connection *connection,
                       const struct selecting *selecting)
{
    for (size_t i = 0; i < selecting->n_paths; i++)
        if (!selecting->path_found[i])
            return sh_selection_no_repository(host, connection, selecting->paths[i],
                                              selecting->err);
    return !selecting->org || selecting->org_found
               ? SP_OK
               : sh_selection_no_organization(host, connection, selecting->org, selecting->err);
}

int sh_select_named(struct sh_host *host, const struct sh_connection *connection,
                    char *const *paths, size_t n, const char *org, bool all,
                    struct sh_selection *ret, struct sp_error *err)
{
    struct selecting selecting = {
        .is_meant = is_named,
        .out = ret,
        .err = err,
        .paths = paths,
        .n_paths = n,
        .org = org,
        .all = all,
        .path_found = calloc(n + 1, sizeof(bool)),
    };
    int rc = selecting.path_found ? run(host, connection, &selecting) : out_of_memory(err);

    if (!rc)
        rc = check_found(host, connection, &selecting);
    free(selecting.path_found);
    if (rc)
        sh_selection_clear(ret);
    return rc;
}

struct asking {
    struct sh_nearest nearest;
    bool is_found;
};

static int try_repository(void *ctx, const struct sh_repository_row *row)
{
    struct asking *asking = ctx;

    if (row->listed)
        sh_nearest_try(&asking->nearest, row->path);
    return 0;
}

static int try_organization(void *ctx, const struct sh_organization_row *row)
{
    struct asking *asking = ctx;

    asking->is_found = asking->is_found || strcasecmp(row->key, asking->nearest.wanted) == 0;
    sh_nearest_try(&asking->nearest, row->key);
    return 0;
}

int sh_selection_no_repository(struct sh_host *host, const struct sh_connection *connection,
                               const char *path, struct sp_error *err)
{
    struct asking asking = {.nearest.wanted = path};
    char text[SH_NEAREST_TEXT_MAX];
    int rc =
        sh_catalog_repositories(host->store, connection->name, 0, try_repository, &asking, err);

    if (rc)
        return rc;
    sh_nearest_text(&asking.nearest, text, sizeof text);
    return sp_error_set(err, SP_ERR_INVALID,
                        "%s sees no repository %s%s; `source-host repos %s` lists them",
                        connection->name, path, text, connection->name);
}

int sh_selection_no_organization(struct sh_host *host, const struct sh_connection *connection,
                                 const char *key, struct sp_error *err)
{
    struct asking asking = {.nearest.wanted = key};
    char text[(SH_NEAREST_NAME_MAX + 16) * SH_NEAREST_MAX];
    int rc =
        sh_catalog_organizations(host->store, connection->name, try_organization, &asking, err);

    if (rc)
        return rc;
    if (asking.is_found)
        return sp_error_set(err, SP_ERR_INVALID, "%s sees no repository in %s yet",
                            connection->name, key);
    sh_nearest_text(&asking.nearest, text, sizeof text);
    return sp_error_set(err, SP_ERR_INVALID,
                        "%s sees no organization %s%s; `source-host repos %s` lists them",
                        connection->name, key, text, connection->name);
}

/* ---- By decision ----------------------------------------------------------- */

static bool is_wanted(struct selecting *selecting, const struct sh_repository_row *row,
                      const struct sh_decision *decision)
{
    (void)selecting, (void)row;
    return decision->is_wanted;
}

int sh_select_wanted(struct sh_host *host, const struct sh_connection *connection,
                     struct sh_selection *ret, struct sp_error *err)
{
    struct selecting selecting = {.is_meant = is_wanted, .out = ret, .err = err};

    return run(host, connection, &selecting);
}

static bool is_asked(struct selecting *selecting, const struct sh_repository_row *row,
                     const struct sh_decision *decision)
{
    return decision->is_wanted || is_excluded_anew(selecting->file, row, decision);
}

int sh_select_asked(struct sh_host *host, const struct sh_connection *connection,
                    struct sh_selection *ret, struct sp_error *err)
{
    struct selecting selecting = {.is_meant = is_asked, .out = ret, .err = err};

    return run(host, connection, &selecting);
}

/* ---- What means nothing ---------------------------------------------------- */

struct warning {
    const struct sp_connection_file *file;
    bool *found; /* of repositories, auto_import, exclude */
};

static bool *mark(const struct sp_entries *entries, const struct sh_repository_row *row,
                  bool *found)
{
    for (size_t i = 0; i < entries->n; i++)
        found[i] = found[i] || sh_entry_means(&entries->entry[i], row);
    return found + entries->n;
}

static int mark_all(void *ctx, const struct sh_repository_row *row)
{
    const struct warning *warning = ctx;
    bool *found = warning->found;

    if (row->listed) {
        found = mark(&warning->file->repositories, row, found);
        found = mark(&warning->file->auto_import, row, found);
        mark(&warning->file->exclude, row, found);
    }
    return 0;
}

static bool *warn_of(const struct sp_connection_file *file, const struct sp_entries *entries,
                     bool *found, const char *what)
{
    for (size_t i = 0; i < entries->n; i++)
        if (!found[i] && strcmp(entries->entry[i].value, "*") != 0)
            sh_complain("%s:%u: warning: %s: %s sees no %s %s", file->path,
                        entries->entry[i].line, entries->entry[i].key, file->name, what,
                        entries->entry[i].value);
    return found + entries->n;
}

int sh_selection_warn(struct sh_host *host, const struct sh_connection *connection,
                      struct sp_error *err)
{
    const struct sp_connection_file *file = connection->file;
    size_t n = file->repositories.n + file->auto_import.n + file->exclude.n;
    struct warning warning = {.file = file};
    int rc;

    if (n == 0)
        return SP_OK;
    warning.found = calloc(n, sizeof(bool));
    rc = warning.found ? sh_catalog_repositories(host->store, connection->name, 0, mark_all,
                                                 &warning, err)
                       : out_of_memory(err);
    if (!rc) {
        bool *found = warn_of(file, &file->repositories, warning.found, "repository");

        found = warn_of(file, &file->auto_import, found, "organization with repositories");
        warn_of(file, &file->exclude, found, "repository that matches");
    }
    free(warning.found);
    return rc;
}

static void clear_selected(struct sh_selected *selected)
{
    free(selected->path);
    free(selected->state);
    free(selected->by);
}

void sh_selection_keep_wanted(struct sh_selection *selection)
{
    size_t kept = 0;

    for (size_t i = 0; i < selection->n; i++)
        if (selection->list[i].wanted)
            selection->list[kept++] = selection->list[i];
        else
            clear_selected(&selection->list[i]);
    selection->n = kept;
}

void sh_selection_clear(struct sh_selection *selection)
{
    for (size_t i = 0; i < selection->n; i++)
        clear_selected(&selection->list[i]);
    free(selection->list);
    *selection = (struct sh_selection){0};
}
