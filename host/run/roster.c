/* roster.c - see roster.h */
#include "run/roster.h"

#include "clock.h"
#include "output.h"
#include "store/catalog.h"
#include "store/job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A number that is another one after a file was changed or replaced. */
static int64_t stamp_of(const char *path)
{
    struct stat file;

    if (stat(path, &file))
        return 0;
    return (int64_t)file.st_mtim.tv_sec * 1000003 + file.st_mtim.tv_nsec +
           (int64_t)file.st_ino * 31 + file.st_size;
}

/* The files that the connection's names: a password that was rotated in its own, a certificate
 * that was renewed. */
static int64_t stamp_of_named(const struct sp_connection_file *file)
{
    int64_t sum = 0;

    for (size_t i = 0; file && i < file->settings.n; i++) {
        const char *key = file->settings.entry[i].key, *value = file->settings.entry[i].value;
        size_t length = strlen(key);

        if ((length > 5 && strcmp(key + length - 5, "_file") == 0) || *value == '/')
            sum += stamp_of(value);
    }
    return sum;
}

/* As read last: a broken one, too, names the files of which a change may mend it. */
static const struct sp_connection_file *newest_file(const struct sh_member *member)
{
    if (member->is_broken)
        return member->broken;
    return member->next.file ? member->next.file : member->connection.file;
}

static void free_member(struct sh_member *member)
{
    sh_connection_clear(&member->connection);
    sh_connection_clear(&member->next);
    sp_connection_file_free(member->broken);
    free(member->name);
    free(member);
}

static struct sh_member *find(const struct sh_roster *roster, const char *name)
{
    for (size_t i = 0; i < roster->n; i++)
        if (strcmp(roster->list[i]->name, name) == 0)
            return roster->list[i];
    return NULL;
}

static struct sh_member *add(struct sh_roster *roster, const char *name)
{
    struct sh_member **grown = realloc(roster->list, (roster->n + 1) * sizeof *roster->list);
    struct sh_member *member = grown ? calloc(1, sizeof *member) : NULL;

    if (grown)
        roster->list = grown;
    if (!member || !(member->name = strdup(name))) {
        free(member);
        return NULL;
    }
    roster->list[roster->n++] = member;
    return member;
}

/* Takes over the file. */
static void set_broken(struct sh_member *member, bool is_broken,
                       struct sp_connection_file *file)
{
    sp_connection_file_free(member->broken);
    member->broken = file;
    member->is_broken = is_broken;
}

/* Reads the file; one without errors waits in `next`. */
static int read_member(struct sh_member *member, struct sh_host *host, const char *path,
                       struct sp_error *err)
{
    /* taken before it is read: what is written meanwhile is another file */
    int64_t stamp = stamp_of(path);
    struct sh_connection read;
    int rc = sh_connection_open_named(host, member->name, &read, err);

    if (!rc)
        rc = sh_catalog_set_problem(host->store, member->name, read.problem, sh_now_ms(), err);
    if (rc) { /* what the store could not be told is read again */
        sh_connection_clear(&read);
        return rc;
    }
    if (!read.live) {
        if (member->connection.live)
            sh_event(SP_LOG_WARNING, "broken", member->name, NULL,
                     "the file has errors; what was read before stays in force");
        member->stamp = stamp + stamp_of_named(read.file);
        set_broken(member, true, read.file);
        read.file = NULL;
        sh_connection_clear(&read);
        return SP_OK;
    }
    set_broken(member, false, NULL);
    sh_connection_clear(&member->next);
    member->next = read;
    member->stamp = stamp + stamp_of_named(read.file);
    return SP_OK;
}

static int refresh(struct sh_roster *roster, struct sh_host *host, const char *name, bool all,
                   struct sp_error *err)
{
    struct sh_member *member = find(roster, name);
    char *path = NULL;
    bool has_changed;
    int rc = SP_OK;

    if (!member && !(member = add(roster, name)))
        return sp_error_set(err, SP_ERR_NOMEM, "out of memory");
    if (asprintf(&path, "%s/connections.d/%s.conf", host->options.config, name) < 0)
        return sp_error_set(err, SP_ERR_NOMEM, "out of memory");
    has_changed = stamp_of(path) + stamp_of_named(newest_file(member)) != member->stamp;
    member->is_there = true;
    member->is_changed = member->is_changed || (has_changed && member->stamp);
    if (has_changed || all)
        rc = read_member(member, host, path, err);
    free(path);
    return rc;
}

/* A file that was changed shall be seen to work, or not: it does not wait out the failures of
 * the one before.  A server that asked for a pause still gets it. */
static int hurry(struct sh_store *store, struct sh_member *member, struct sp_error *err)
{
    const struct sh_scope listing = {store, member->name, 0, 0, 0};
    struct sh_job_row job;
    int rc = member->is_changed ? sh_job_read(&listing, &job, err) : SP_OK;

    if (!rc && member->is_changed && strcmp(job.state, "limited") != 0)
        rc = sh_job_hurry(&listing, sh_now_ms(), err);
    member->is_changed = member->is_changed && rc;
    return rc;
}

/* Puts in place what waited for the work to end, and ends what has no file any more. */
static int settle(struct sh_roster *roster, struct sh_store *store, struct sp_error *err)
{
    size_t kept = 0;
    int rc = SP_OK;

    for (size_t i = 0; i < roster->n; i++) {
        struct sh_member *member = roster->list[i];

        if (member->n_working == 0 && member->is_there && member->next.live) {
            sh_event(SP_LOG_INFO, "configured", member->name, NULL, "%s",
                     member->connection.live ? "its file was read again" : "is looked after");
            sh_connection_clear(&member->connection);
            member->connection = member->next;
            member->next = (struct sh_connection){0};
            rc = rc ? rc : hurry(store, member, err);
        }
        if (member->n_working > 0 || member->is_there) {
            roster->list[kept++] = member;
            continue;
        }
        sh_event(SP_LOG_INFO, "ended", member->name, NULL,
                 "its file is gone; `source-host purge %s` deletes its data", member->name);
        free_member(member);
    }
    roster->n = kept;
    return rc;
}

int sh_roster_refresh(struct sh_roster *roster, struct sh_host *host, bool all,
                      struct sp_error *err)
{
    char **names = NULL;
    size_t n = 0;
    int rc = sh_connection_names(host, &names, &n, err);

    if (rc)
        return rc;
    for (size_t i = 0; i < roster->n; i++)
        roster->list[i]->is_there = false;
    for (size_t i = 0; i < n && !rc; i++)
        rc = refresh(roster, host, names[i], all, err);
    sh_connection_names_free(names, n);
    return rc ? rc : settle(roster, host->store, err);
}

void sh_roster_clear(struct sh_roster *roster)
{
    for (size_t i = 0; i < roster->n; i++)
        free_member(roster->list[i]);
    free(roster->list);
    *roster = (struct sh_roster){0};
}
