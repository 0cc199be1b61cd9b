/* history.c - see history.h
 *
 * Which commits are new is told by the refs in the store: they are written last, in the
 * transaction of the last commits.  So an import that was killed reads the same commits
 * again, and one that was not reads each once.
 */
#include "ingest/history.h"

#include "git/git.h"
#include "host.h"
#include "store/catalog.h"

#include <stdlib.h>
#include <string.h>

enum { BATCH = 1000 }; /* commits in one transaction */

struct reading {
    struct sh_importing *importing;
    char **refs, **shas; /* NULL-ended, of the same length */
    size_t n;
    uint64_t done, total;
    bool in_transaction;
};

static int on_cancelled(void *ctx)
{
    (void)ctx;
    return sh_stopping();
}

static void on_git_progress(void *ctx, const char *what, unsigned percent)
{
    const struct reading *reading = ctx;

    sh_progress_tell(reading->importing->progress, reading->importing->path, what, percent,
                     100);
}

static int on_ref(void *ctx, const struct sh_git_ref *ref)
{
    struct reading *reading = ctx;
    char **refs = realloc(reading->refs, (reading->n + 2) * sizeof *refs);
    char **shas;

    if (refs)
        reading->refs = refs;
    shas = realloc(reading->shas, (reading->n + 2) * sizeof *shas);
    if (shas)
        reading->shas = shas;
    if (!refs || !shas)
        return sp_error_set(&reading->importing->err, SP_ERR_NOMEM, "out of memory");
    refs[reading->n] = strdup(ref->name);
    shas[reading->n] = strdup(ref->sha);
    refs[reading->n + 1] = shas[reading->n + 1] = NULL;
    if (!refs[reading->n] || !shas[reading->n])
        return sp_error_set(&reading->importing->err, SP_ERR_NOMEM, "out of memory");
    reading->n++;
    return SP_OK;
}

static void clear(struct reading *reading)
{
    sh_history_free_tips(reading->refs);
    sh_history_free_tips(reading->shas);
}

static int end_batch(struct reading *reading, int rc)
{
    if (!reading->in_transaction)
        return rc;
    reading->in_transaction = false;
    return sh_store_end(reading->importing->scope.store, rc, &reading->importing->err);
}

static int begin_batch(struct reading *reading)
{
    int rc = sh_store_begin(reading->importing->scope.store, &reading->importing->err);

    reading->in_transaction = rc == SP_OK;
    return rc;
}

static int on_commit(void *ctx, const struct sh_git_commit *commit)
{
    struct reading *reading = ctx;
    struct sh_importing *importing = reading->importing;
    int rc = reading->in_transaction ? SP_OK : begin_batch(reading);

    if (!rc)
        rc = sh_history_commit(&importing->scope, commit, &importing->err);
    if (rc)
        return rc;
    importing->run->commits++;
    reading->done++;
    sh_progress_tell(importing->progress, importing->path, "commits", reading->done,
                     reading->total);
    return reading->done % BATCH == 0 ? end_batch(reading, SP_OK) : SP_OK;
}

static int store_refs(struct reading *reading)
{
    struct sh_importing *importing = reading->importing;
    int rc = reading->in_transaction ? SP_OK : begin_batch(reading);

    if (!rc)
        rc = sh_history_refs_begin(&importing->scope, &importing->err);
    for (size_t i = 0; !rc && i < reading->n; i++) {
        struct sh_git_ref ref = {reading->refs[i], reading->shas[i]};

        rc = sh_history_ref(&importing->scope, &ref, &importing->err);
    }
    return rc;
}

static int read_commits(struct reading *reading, char **known)
{
    struct sh_importing *importing = reading->importing;
    struct sh_git_watch watch = {importing, on_cancelled, NULL};
    const char *const *wanted = (const char *const *)reading->shas;
    const char *const *old = (const char *const *)known;
    int rc = SP_OK;

    if (importing->progress->shown)
        rc = sh_git_count(importing->mirror, wanted, old, &reading->total, &importing->err);
    if (!rc)
        rc = sh_git_log(importing->mirror, wanted, old, &watch, on_commit, reading,
                        &importing->err);
    if (!rc)
        rc = store_refs(reading);
    return end_batch(reading, rc);
}

static int store_default_branch(struct sh_importing *importing)
{
    char *branch = NULL;
    int rc = sh_git_default_branch(importing->mirror, &branch, &importing->err);

    if (rc == SP_ERR_NOT_FOUND)
        return SP_OK; /* the remote's HEAD names no branch */
    if (!rc)
        rc = sh_catalog_set_default_branch(importing->scope.store, importing->scope.connection,
                                           importing->scope.repository_id, branch,
                                           &importing->err);
    free(branch);
    return rc;
}

int sh_ingest_history(struct sh_importing *importing, const struct sp_git_remote *remote)
{
    struct reading reading = {.importing = importing};
    struct sh_git_watch watch = {&reading, on_cancelled, on_git_progress};
    char **known = NULL;
    int rc = sh_git_fetch(importing->mirror, remote, &watch, &importing->err);

    if (!rc)
        rc = sh_git_refs(importing->mirror, on_ref, &reading, &importing->err);
    if (!rc)
        rc = sh_history_tips(&importing->scope, &known, &importing->err);
    if (!rc && reading.n > 0)
        rc = read_commits(&reading, known);
    else if (!rc)
        rc = end_batch(&reading, store_refs(&reading));
    if (!rc)
        rc = store_default_branch(importing);
    sh_history_free_tips(known);
    clear(&reading);
    return rc;
}
