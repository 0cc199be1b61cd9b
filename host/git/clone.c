/* clone.c - makes a mirror, whole or not at all
 *
 * It grows in a directory beside its place ("DIR.part") and is renamed when all is there.
 * git clone, unlike init and fetch, writes any number of refs as one file, and follows the
 * HEAD of a repository that is still empty.
 */
#define _GNU_SOURCE 1 /* asprintf, syncfs */
#include "clone.h"

#include "directories.h"
#include "git_error.h"
#include "mirror.h"
#include "process_lines.h"
#include "refs.h"
#include "run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int clone_into(const char *part, const struct sp_git_remote *remote,
                      const struct sh_git_watch *watch, int lock, struct sp_error *err)
{
    const char *args[] = {"clone",       "--bare",
                          "--template=", "--progress",
                          "-c",          "remote.origin.fetch=" SH_GIT_PULL_REQUEST_HEADS,
                          remote->url,   part,
                          NULL};
    struct sh_git_run run = {.args = args, .remote = remote, .watch = watch, .lock = lock};

    return sh_git_run(&run, err);
}

/* The address is not the mirror's to keep: it changes, and each fetch is told it. */
static int forget_address(const char *part, struct sp_error *err)
{
    static const char *const args[] = {"config", "--remove-section", "remote.origin", NULL};

    return sh_git_run(&(struct sh_git_run){.dir = part, .args = args}, err);
}

static int check(const char *part, const struct sp_git_remote *remote,
                 const struct sh_git_watch *watch, struct sp_error *err)
{
    struct sh_git_refs refs = SH_GIT_REFS_INIT;
    int rc = sh_git_refs_here(part, watch, &refs, err);

    if (rc == 0 && refs.branches.len == 0)
        rc = sh_git_refs_confirm_none(part, remote, watch, err);
    sh_git_refs_clear(&refs);
    return rc;
}

/* A clone of a remote whose HEAD is no branch has such a HEAD too. */
static int mend_head(const char *part, struct sp_error *err)
{
    char *branch = NULL;
    int rc = sh_git_default_branch(part, &branch, err);

    free(branch);
    if (rc != SP_ERR_NOT_FOUND)
        return rc;
    sh_git_forgive(err);
    return sh_git_refs_set_head(part, "refs/heads/main", err);
}

/* A damaged mirror stays until there is a whole one to put in its place. */
static int put_in_place(const char *part, const char *dir, int lock, struct sp_error *err)
{
    char *old = NULL;
    int rc = 0;

    if (asprintf(&old, "%s.old", dir) < 0)
        return sp_error_set(err, SP_ERR_NOMEM, "git: out of memory for a path");
    sh_git_mirror_remove(old);
    /* Else a power cut could leave the name and lose the content. */
    if (syncfs(lock) < 0 || (rename(dir, old) < 0 && errno != ENOENT) || rename(part, dir) < 0)
        rc = sp_error_set(err, SP_ERR_HOST, "%s cannot be put in place: %m", dir);
    else
        sh_git_mirror_remove(old);
    free(old);
    return rc;
}

static int make(const char *part, const char *dir, const struct sp_git_remote *remote,
                const struct sh_git_watch *watch, int lock, struct sp_error *err)
{
    int rc = sh_git_mirror_empty(part); /* of a run that was killed */

    if (rc)
        return sp_error_set(err, rc, "git: out of memory for %s", part);
    rc = clone_into(part, remote, watch, lock, err);
    if (rc == 0)
        rc = check(part, remote, watch, err);
    if (rc == 0)
        rc = forget_address(part, err);
    if (rc == 0)
        rc = mend_head(part, err);
    if (rc == 0)
        rc = sh_git_mirror_identify(part, err);
    if (rc == 0)
        rc = put_in_place(part, dir, lock, err);
    return rc;
}

static int make_or_clean(const char *part, const char *dir, const struct sp_git_remote *remote,
                         const struct sh_git_watch *watch, int lock, struct sp_error *err)
{
    int rc = 0;

    if (access(dir, F_OK) != 0 || sh_git_mirror_is_suspect(dir)) {
        rc = make(part, dir, remote, watch, lock, err);
        if (rc == 0)
            return 0;
    }
    sh_git_mirror_remove(part);
    return rc;
}

/* Waits until no git works in it any more: of a host that was killed one may. */
int sh_git_remove_directory(const char *dir, const struct sh_git_watch *watch,
                            struct sp_error *err)
{
    int lock = -1;
    int rc = sh_git_mirror_lock(dir, watch, &lock, err);

    if (rc == SP_ERR_NOT_FOUND) {
        sh_git_forgive(err);
        return 0;
    }
    if (rc == 0 && sh_git_mirror_remove(dir) == SP_ERR_NOMEM)
        rc = sp_error_set(err, SP_ERR_NOMEM, "%s cannot be removed: out of memory", dir);
    if (rc == 0 && access(dir, F_OK) == 0)
        rc = sp_error_set(err, SP_ERR_HOST, "%s cannot be removed; who may delete in it?", dir);
    sh_git_mirror_unlock(&lock);
    return rc;
}

static int remove_with_end(const char *dir, const char *end, const struct sh_git_watch *watch,
                           struct sp_error *err)
{
    char *path = NULL;
    int rc;

    if (asprintf(&path, "%s%s", dir, end) < 0)
        return sp_error_set(err, SP_ERR_NOMEM, "git: out of memory for a path");
    rc = sh_git_remove_directory(path, watch, err);
    free(path);
    return rc;
}

int sh_git_remove(const char *dir, const struct sh_git_watch *watch, struct sp_error *err)
{
    int rc = remove_with_end(dir, ".part", watch, err);

    if (rc == 0)
        rc = remove_with_end(dir, "", watch, err);
    if (rc == 0)
        rc = remove_with_end(dir, ".old", watch, err);
    return rc;
}

static int at_once(void *ctx)
{
    (void)ctx;
    return 1;
}

void sh_git_sweep(const char *dir)
{
    const struct sh_git_watch watch = {.cancelled = at_once};
    struct sp_error ignored;
    int lock = -1;

    if (sh_git_mirror_lock(dir, &watch, &lock, &ignored) == 0)
        sh_git_mirror_sweep(dir);
    sh_git_mirror_unlock(&lock);
    remove_with_end(dir, ".part", &watch, &ignored);
    remove_with_end(dir, ".old", &watch, &ignored);
}

int sh_git_clone(const char *dir, const struct sp_git_remote *remote,
                 const struct sh_git_watch *watch, struct sp_error *err)
{
    size_t len = strlen(dir);
    char *part = NULL;
    int lock = -1, rc;

    while (len > 1 && dir[len - 1] == '/')
        len--;
    if (asprintf(&part, "%.*s.part", (int)len, dir) < 0)
        return sp_error_set(err, SP_ERR_NOMEM, "git: out of memory for a path");
    do { /* until it is not removed between the two */
        sh_git_forgive(err);
        rc = sh_make_directories(part, err);
        if (rc == 0)
            rc = sh_git_mirror_lock(part, watch, &lock, err);
    } while (rc == SP_ERR_NOT_FOUND);
    if (rc == 0)
        rc = make_or_clean(part, dir, remote, watch, lock, err);
    sh_git_mirror_unlock(&lock);
    free(part);
    return rc;
}
