/* history.c - see history.h
 *
 * Which commits are new is told by the refs in the store: they are written last, when all
 * that they reach is stored.  So an import that was killed reads the same commits again, and
 * one that was not reads each once.
 */
#include "ingest/history.h"

#include "git/git.h"
#include "host.h"
#include "store/catalog.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 1000 /* commits in one transaction */, FETCH_RETRIES = 3 };

static char *none = NULL; /* an empty list */

struct reading {
    struct sh_importing *importing;
    char **refs, **shas; /* NULL-ended, of the same length */
    size_t n;
    uint64_t done, total;
};

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
    sh_history_free_list(reading->refs);
    sh_history_free_list(reading->shas);
}

static int on_commit(void *ctx, const struct sh_git_commit *commit)
{
    struct reading *reading = ctx;
    struct sh_importing *importing = reading->importing;
    int rc = sh_history_commit(&importing->scope, commit, &importing->err);

    if (rc)
        return rc;
    importing->run->commits++;
    reading->done++;
    sh_progress_tell(importing->progress, importing->path, "commits", reading->done,
                     reading->total);
    return reading->done % BATCH ? SP_OK : sh_history_flush(&importing->scope, &importing->err);
}

static int on_lost_commit(void *ctx, const struct sh_git_commit *commit)
{
    struct sh_importing *importing = ctx;

    return sh_history_lost(&importing->scope, commit->sha, &importing->err);
}

static bool is_among(const char *sha, char **list)
{
    for (char **one = list; *one; one++)
        if (strcmp(*one, sha) == 0)
            return true;
    return false;
}

/* What the old refs reached and the new ones do not: after a force-push, a deleted branch. */
static int put_lost(struct reading *reading, char **known)
{
    struct sh_importing *importing = reading->importing;
    bool moved = false;

    for (char **tip = known; *tip; tip++)
        moved = moved || !reading->shas || !is_among(*tip, reading->shas);
    if (!moved)
        return SP_OK;
    return sh_git_log(importing->mirror, (const char *const *)known,
                      (const char *const *)(reading->shas ? reading->shas : &none), NULL,
                      on_lost_commit, importing, &importing->err);
}

static int put_refs(struct reading *reading)
{
    struct sh_importing *importing = reading->importing;
    int rc = sh_history_refs_begin(&importing->scope, &importing->err);

    for (size_t i = 0; !rc && i < reading->n; i++) {
        struct sh_git_ref ref = {reading->refs[i], reading->shas[i]};

        rc = sh_history_ref(&importing->scope, &ref, &importing->err);
    }
    return rc;
}

static int store_refs(struct reading *reading, char **known)
{
    struct sh_importing *importing = reading->importing;
    int rc = put_lost(reading, known);

    if (!rc)
        rc = sh_store_begin(importing->scope.store, &importing->err);
    if (rc)
        return rc;
    return sh_store_end(importing->scope.store, put_refs(reading), &importing->err);
}

static int read_commits(struct reading *reading, char **known)
{
    struct sh_importing *importing = reading->importing;
    struct sh_git_watch watch = {importing, sh_cancelled, NULL};
    const char *const *wanted = (const char *const *)reading->shas;
    const char *const *old = (const char *const *)known;
    int rc = SP_OK;

    if (importing->progress->shown)
        rc = sh_git_count(importing->mirror, wanted, old, &reading->total, &importing->err);
    if (!rc)
        rc = sh_history_begin(&importing->scope, &importing->err);
    if (!rc)
        rc = sh_git_log(importing->mirror, wanted, old, &watch, on_commit, reading,
                        &importing->err);
    return rc ? rc : sh_history_flush(&importing->scope, &importing->err);
}

static int store_default_branch(struct sh_importing *importing)
{
    char *branch = NULL;
    int rc = sh_git_default_branch(importing->mirror, &branch, &importing->err);

    if (rc == SP_ERR_NOT_FOUND) { /* the remote's HEAD names no branch */
        sp_error_clear(&importing->err);
        return SP_OK;
    }
    if (!rc)
        rc = sh_catalog_set_default_branch(importing->scope.store, importing->scope.connection,
                                           importing->scope.repository_id, branch,
                                           &importing->err);
    free(branch);
    return rc;
}

/* Waits in steps that a wish to stop can end. */
static int wait_before(unsigned attempt)
{
    struct timespec step = {.tv_nsec = 100 * 1000 * 1000};

    for (unsigned steps = 10u << attempt; steps > 0 && !sh_stopping(); steps--)
        nanosleep(&step, NULL);
    return sh_stopping();
}

/* A server that is busy or gone for a moment is asked again; a refused login never. */
static int fetch_patiently(struct sh_importing *importing, const struct sp_git_remote *remote,
                           const struct sh_git_watch *watch)
{
    for (unsigned attempt = 0;; attempt++) {
        int rc = sh_git_fetch(importing->mirror, remote, watch, &importing->err);

        if (!rc || !(importing->err.flags & SP_ERROR_RETRY) || attempt == FETCH_RETRIES ||
            wait_before(attempt))
            return rc;
        sp_error_clear(&importing->err);
    }
}

/* Fetches, and notes when the mirror is not the one that was there before. */
static int fetch(struct sh_importing *importing, const struct sp_git_remote *remote,
                 const struct sh_git_watch *watch)
{
    bool is_new = access(importing->mirror, F_OK) != 0;
    int rc = is_new ? sh_history_renew(&importing->scope, &importing->err) : SP_OK;

    return rc ? rc : fetch_patiently(importing, remote, watch);
}

int sh_ingest_history(struct sh_importing *importing, const struct sp_git_remote *remote)
{
    struct reading reading = {.importing = importing};
    struct sh_git_watch watch = {&reading, sh_cancelled, on_git_progress};
    char **known = NULL;
    int rc = fetch(importing, remote, &watch);

    if (!rc)
        rc = sh_git_refs(importing->mirror, on_ref, &reading, &importing->err);
    if (!rc)
        rc = sh_history_tips(&importing->scope, &known, &importing->err);
    if (!rc && reading.n > 0)
        rc = read_commits(&reading, known);
    if (!rc)
        rc = store_refs(&reading, known);
    if (!rc)
        rc = store_default_branch(importing);
    sh_history_free_list(known);
    clear(&reading);
    return rc;
}
