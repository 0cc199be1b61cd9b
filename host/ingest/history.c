/* history.c - see history.h
 *
 * Which commits are new is told by the refs in the store: they are written last, when all
 * that they reach is stored.  So an import that was killed reads the same commits again, and
 * one that was not reads each once.
 *
 * What is reachable changes with the refs, so that it is always what the stored ones reach: the
 * next import looks at nothing else when branches are gone.  But where none are stored yet it
 * is marked as it comes, since a whole history would be long to write once more.
 */
#include "ingest/history.h"

#include "clock.h"
#include "git/git.h"
#include "host.h"
#include "store/catalog.h"
#include "store/choice.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BATCH = 1000 /* commits in one transaction */, FETCH_RETRIES = 3 };

/* Refs of one kind, and the commits that they reach. */
struct reading {
    struct sh_importing *importing;
    enum sh_refs which;
    int64_t since_ms; /* of commits: older ones are left out */
    /* NULL-ended: the refs, the commits that they are on, and the commits as stored */
    char **names, **tips, **known;
    size_t n;
    bool is_first; /* of branches and tags none are stored */
    uint64_t done, total;
    int64_t older;
};

static void on_git_progress(void *ctx, const char *what, unsigned percent)
{
    struct sh_importing *importing = ctx;

    sh_tell(&importing->telling, "fetching", what, percent, 100);
}

/* Appends a copy; the list, which ends with NULL, grows by 256 at a time. */
static int add(char ***list, size_t n, const char *text)
{
    char **grown = n % 256 ? *list : realloc(*list, (n + 257) * sizeof *grown);

    if (!grown)
        return SP_ERR_NOMEM;
    *list = grown;
    grown[n] = strdup(text);
    grown[n + 1] = NULL;
    return grown[n] ? SP_OK : SP_ERR_NOMEM;
}

static int on_ref(void *ctx, const struct sh_git_ref *ref)
{
    static const char heads[] = "refs/pull-requests/";
    bool is_head = strncmp(ref->name, heads, sizeof heads - 1) == 0;
    struct reading *reading =
        (struct reading *)ctx + (is_head ? SH_PULL_REQUEST_HEADS : SH_BRANCHES_AND_TAGS);

    if (add(&reading->names, reading->n, ref->name) ||
        add(&reading->tips, reading->n, ref->sha))
        return sp_error_set(&reading->importing->err, SP_ERR_NOMEM, "out of memory");
    reading->n++;
    return SP_OK;
}

static int gather_refs(struct reading *reading)
{
    const struct sh_scope *scope = &reading->importing->scope;
    struct sp_error *err = &reading->importing->err;
    int rc = sh_history_refs_begin(scope, err);

    for (size_t i = 0; !rc && i < reading->n; i++)
        rc = sh_history_ref(scope, &(struct sh_git_ref){reading->names[i], reading->tips[i]},
                            err);
    return rc;
}

static int keep(struct reading *reading, const struct sh_git_commit *commit)
{
    struct sh_importing *importing = reading->importing;
    int rc = sh_history_commit(&importing->scope, commit, reading->is_first, &importing->err);

    if (rc || reading->is_first || reading->which != SH_BRANCHES_AND_TAGS)
        return rc;
    return sh_history_mark(&importing->scope, commit->sha, true, &importing->err);
}

static int on_commit(void *ctx, const struct sh_git_commit *commit)
{
    struct reading *reading = ctx;
    struct sh_importing *importing = reading->importing;
    int rc = SP_OK;

    if (commit->committed_ms < reading->since_ms) {
        reading->older++;
    } else {
        rc = keep(reading, commit);
        importing->run->commits++;
        sh_importing_saw(importing, commit->committed_ms);
    }
    if (rc)
        return rc;
    reading->done++;
    sh_tell(&importing->telling, "importing", "commits", reading->done, reading->total);
    return reading->done % BATCH ? SP_OK : sh_history_flush(&importing->scope, &importing->err);
}

static int on_lost_commit(void *ctx, const struct sh_git_commit *commit)
{
    struct sh_importing *importing = ctx;

    return sh_history_mark(&importing->scope, commit->sha, false, &importing->err);
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Whether each of `some` is in `all`; sorts that. */
static bool are_among(char *const *some, char **all, size_t n)
{
    qsort(all, n, sizeof *all, compare);
    for (char *const *one = some; *one; one++)
        if (!bsearch(one, all, n, sizeof *all, compare))
            return false;
    return true;
}

static size_t length(char *const *list)
{
    size_t n = 0;

    while (list && list[n])
        n++;
    return n;
}

/* What the old refs reached and the new ones do not: where one is gone, after a force-push or
 * with its branch. */
static int put_lost(struct reading *reading)
{
    struct sh_importing *importing = reading->importing;
    struct sh_git_watch watch = {.ctx = importing, .cancelled = sh_importing_cancelled};
    int rc;

    if (are_among(reading->known, reading->tips, reading->n))
        return SP_OK;
    rc = sh_git_log(importing->mirror, (const char *const *)reading->known,
                    (const char *const *)reading->tips, &watch, on_lost_commit, importing,
                    &importing->err);
    /* An old tip was there once, and no object goes: what else is missing nobody knows. */
    if (rc == SP_ERR_NOT_FOUND)
        rc = importing->err.code = SH_ERR_MIRROR_DAMAGED;
    return rc;
}

static int read_commits(struct reading *reading, char **known)
{
    struct sh_importing *importing = reading->importing;
    struct sh_git_watch watch = {.ctx = importing, .cancelled = sh_importing_cancelled};
    const char *const *wanted = (const char *const *)reading->tips;
    const char *const *old = (const char *const *)known;
    int rc = SP_OK;

    if (importing->telling.progress->shown)
        rc = sh_git_count(importing->mirror, wanted, old, &watch, &reading->total,
                          &importing->err);
    if (!rc)
        rc = sh_history_begin(&importing->scope, &importing->err);
    if (!rc)
        rc = sh_git_log(importing->mirror, wanted, old, &watch, on_commit, reading,
                        &importing->err);
    return rc ? rc : sh_history_flush(&importing->scope, &importing->err);
}

/* Tips of both lists: what they reach is known. */
static char **join(char *const *a, char *const *b)
{
    size_t n = length(a), more = length(b);
    char **list = calloc(n + more + 1, sizeof *list);

    if (list && n)
        memcpy(list, a, n * sizeof *list);
    if (list && more)
        memcpy(list + n, b, more * sizeof *list);
    return list;
}

/* With an earlier history_since than before all is read again. */
static bool is_again(const struct reading *reading)
{
    return reading->since_ms < reading->importing->run->commits_since_ms;
}

/* Stores what the refs reach and neither the stored ones nor `others` do; git need not be asked
 * where no ref is new. */
static int read_new(struct reading *reading, char *const *others)
{
    struct sh_importing *importing = reading->importing;
    char **known = join(is_again(reading) ? NULL : reading->known, others);
    int rc = known ? SP_OK : sp_error_set(&importing->err, SP_ERR_NOMEM, "out of memory");

    if (!rc && !are_among(reading->tips, known, length(known)))
        rc = read_commits(reading, known);
    free(known);
    return rc;
}

/* An earlier history_since counts when heads of pull requests are read again, too, which come
 * last; a later one as soon as it has left something out. */
static int put_refs(struct reading *reading)
{
    struct sh_importing *importing = reading->importing;
    bool is_last = reading->which == SH_PULL_REQUEST_HEADS, again = is_again(reading);
    bool all = again || reading->is_first;
    int rc = sh_history_refs_put(&importing->scope, reading->which, &importing->err);

    if (!rc && !is_last && (all || reading->older))
        rc = sh_job_older_commits(&importing->scope, reading->older, !all, &importing->err);
    if (!rc && (again ? is_last : all || reading->older))
        rc = sh_job_commits_since(&importing->scope, reading->since_ms, &importing->err);
    return rc;
}

static int store_refs(struct reading *reading)
{
    struct sh_importing *importing = reading->importing;
    int rc = sh_scope_begin(&importing->scope, &importing->err);

    return rc ? rc : sh_store_end(importing->scope.store, put_refs(reading), &importing->err);
}

/* Brings commits and refs of one kind into the store. */
static int store_kind(struct reading *reading, char *const *others)
{
    struct sh_importing *importing = reading->importing;
    int rc = gather_refs(reading);

    if (!rc)
        rc = sh_history_tips(&importing->scope, reading->which, &reading->known,
                             &importing->err);
    if (!rc && reading->which == SH_BRANCHES_AND_TAGS && !*reading->known) {
        reading->is_first = true;
        rc = sh_history_unmark(&importing->scope, &importing->err);
    }
    if (!rc)
        rc = read_new(reading, others);
    if (!rc && reading->which == SH_BRANCHES_AND_TAGS)
        rc = put_lost(reading);
    return rc ? rc : store_refs(reading);
}

static void clear(struct reading *reading)
{
    sh_history_free_list(reading->names);
    sh_history_free_list(reading->tips);
    sh_history_free_list(reading->known);
}

static int init(struct reading *reading)
{
    reading->names = calloc(1, sizeof *reading->names);
    reading->tips = calloc(1, sizeof *reading->tips);
    return reading->names && reading->tips
               ? SP_OK
               : sp_error_set(&reading->importing->err, SP_ERR_NOMEM, "out of memory");
}

static int read_mirror(struct sh_importing *importing, int64_t since_ms)
{
    struct reading reading[] = {
        [SH_BRANCHES_AND_TAGS] = {importing, SH_BRANCHES_AND_TAGS, since_ms, .older = 0},
        [SH_PULL_REQUEST_HEADS] = {importing, SH_PULL_REQUEST_HEADS, since_ms, .older = 0},
    };
    struct reading *branches = &reading[SH_BRANCHES_AND_TAGS];
    struct reading *heads = &reading[SH_PULL_REQUEST_HEADS];
    struct sh_git_watch watch = {.ctx = importing, .cancelled = sh_importing_cancelled};
    int rc = init(branches);

    if (!rc)
        rc = init(heads);
    if (!rc)
        rc = sh_git_refs(importing->mirror, &watch, on_ref, reading, &importing->err);
    if (!rc)
        rc = store_kind(branches, NULL);
    if (!rc)
        rc = store_kind(heads, branches->tips);
    if (!rc)
        rc = sh_choice_note_empty(&importing->scope, branches->n ? 0 : sh_now_ms(),
                                  &importing->err);
    clear(branches);
    clear(heads);
    return rc;
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
        rc = sh_catalog_set_default_branch(&importing->scope, branch, &importing->err);
    free(branch);
    return rc;
}

/* Waits in steps that a wish to stop can end. */
static int wait_before(unsigned attempt)
{
    struct timespec step = {.tv_nsec = 100L * 1000 * 1000};

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

/* A mirror that was made anew has to be read anew. */
static int recognise(struct sh_importing *importing)
{
    char id[SH_GIT_ID_MAX];
    int rc = sh_git_identity(importing->mirror, id, &importing->err);

    return rc || strcmp(id, importing->run->mirror_id) == 0
               ? rc
               : sh_history_renew(&importing->scope, id, &importing->err);
}

static int ingest(struct sh_importing *importing, const struct sp_git_remote *remote)
{
    struct sh_git_watch watch = {
        .ctx = importing, .cancelled = sh_importing_cancelled, .progress = on_git_progress};
    int rc = fetch_patiently(importing, remote, &watch);

    if (!rc)
        rc = recognise(importing);
    if (!rc)
        rc = read_mirror(importing, remote->since_ms);
    return rc ? rc : store_default_branch(importing);
}

int sh_ingest_history(struct sh_importing *importing, const struct sp_git_remote *remote)
{
    int rc = ingest(importing, remote);

    if (rc != SH_ERR_MIRROR_DAMAGED || sh_git_suspect(importing->mirror, &importing->err))
        return rc;
    sp_error_clear(&importing->err);
    return ingest(importing, remote);
}
