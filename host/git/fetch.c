/* fetch.c - brings a mirror up to date */
#include "git.h"

#include "clone.h"
#include "environment.h"
#include "git_error.h"
#include "mirror.h"
#include "refs.h"
#include "run.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define PACKS_MAX 50

struct update {
    const char *dir;
    const struct sp_git_remote *remote;
    const struct sh_git_watch *watch;
    int lock;
    struct sp_error *err;
};

static int git(const struct update *u, const struct sp_git_remote *remote,
               const char *const *args)
{
    struct sh_git_run run = {
        .dir = u->dir, .args = args, .remote = remote, .watch = u->watch, .lock = u->lock};
    int rc = sh_git_run(&run, u->err);

    if (rc) /* a half pack may be what leaves no room for another attempt */
        sh_git_mirror_sweep(u->dir);
    return rc;
}

/* No tags but those that the second refspec brings; no FETCH_HEAD, which nobody reads.  What is
 * gone was pruned before: --prune would take the heads of pull requests too. */
static int fetch(const struct update *u)
{
    const char *args[] = {"fetch",
                          "--progress",
                          "--no-tags",
                          "--force",
                          "--no-write-fetch-head",
                          u->remote->url,
                          "+refs/heads/*:refs/heads/*",
                          "+refs/tags/*:refs/tags/*",
                          SH_GIT_PULL_REQUEST_HEADS,
                          NULL};

    return git(u, u->remote, args);
}

/* Joins packs, each with all it holds: no object goes, reached by a branch or not.  What
 * was fetched counts even when this fails, and the next fetch tries again. */
static int tidy(const struct update *u)
{
    static const char *const refs[] = {"pack-refs", "--all", NULL};
    static const char *const packs[] = {"repack", "--geometric=2", "-d", "-q", NULL};
    int rc;

    if (sh_git_mirror_packs(u->dir) <= PACKS_MAX)
        return 0;
    rc = git(u, NULL, refs);
    if (rc == 0)
        rc = git(u, NULL, packs);
    if (rc == SP_ERR_CANCELLED)
        return rc;
    sh_git_forgive(u->err);
    return 0;
}

static int bring(const struct update *u, const struct sh_git_refs *here,
                 const struct sh_git_refs *there)
{
    int rc;

    if (sh_git_refs_up_to_date(here, there))
        return 0;
    sh_git_mirror_sweep(u->dir);
    rc = sh_git_refs_prune(u->dir, here, there, u->watch, u->lock, u->err);
    if (rc == 0)
        rc = fetch(u);
    if (rc == 0)
        rc = tidy(u);
    return rc;
}

static int follow_head(const struct update *u, const char *head)
{
    char *name = NULL;
    int rc = sh_git_default_branch(u->dir, &name, u->err);
    bool same = rc == 0 && strcmp(name, head + strlen("refs/heads/")) == 0;

    free(name);
    if (same || (rc && rc != SP_ERR_NOT_FOUND))
        return rc;
    sh_git_forgive(u->err);
    return sh_git_refs_set_head(u->dir, head, u->err);
}

static int update(const struct update *u)
{
    struct sh_git_refs here = SH_GIT_REFS_INIT, there = SH_GIT_REFS_INIT;
    char *head = NULL;
    int rc = sh_git_refs_here(u->dir, u->watch, &here, u->err);

    if (rc == 0)
        rc = sh_git_refs_there(u->dir, u->remote, u->watch, here.branches.len == 0, &there,
                               &head, u->err);
    if (rc == 0)
        rc = bring(u, &here, &there);
    if (rc == 0 && head)
        rc = follow_head(u, head);
    free(head);
    sh_git_refs_clear(&here);
    sh_git_refs_clear(&there);
    return rc;
}

int sh_git_fetch(const char *dir, const struct sp_git_remote *remote,
                 const struct sh_git_watch *watch, struct sp_error *err)
{
    struct update u = {.dir = dir, .remote = remote, .watch = watch, .lock = -1, .err = err};
    bool is_needed;
    int rc = sh_git_remote_check(remote, err);

    if (rc)
        return rc;
    rc = sh_git_mirror_lock(dir, watch, &u.lock, err);
    is_needed = rc == SP_ERR_NOT_FOUND;
    if (rc == 0) {
        rc = sh_git_mirror_is_suspect(dir) ? SH_ERR_MIRROR_DAMAGED : update(&u);
        is_needed = rc == SH_ERR_MIRROR_DAMAGED && sh_git_suspect(dir, err) == 0;
        sh_git_mirror_unlock(&u.lock);
    }
    if (!is_needed)
        return rc;
    sh_git_forgive(err);
    return sh_git_clone(dir, remote, watch, err);
}
