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
    return member->instance ? member->instance->connection.file : NULL;
}

void sh_instance_leave(struct sh_instance *instance)
{
    if (!instance || --instance->n_users > 0)
        return;
    sh_connection_clear(&instance->connection);
    free(instance);
}

static void free_member(struct sh_member *member)
{
    sh_instance_leave(member->instance);
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

/* Secrets included; what [import] says is no setting. */
static bool has_settings_of(const struct sh_connection *one, const struct sh_connection *other)
{
    char salt[SP_SALT_MAX], ones[SP_FINGERPRINT_MAX], others[SP_FINGERPRINT_MAX];
    struct sp_error ignored;

    return one->provider == other->provider &&
           !sp_fingerprint_salt(salt, sizeof salt, &ignored) &&
           !sp_values_fingerprint(one->values, salt, ones, sizeof ones, &ignored) &&
           !sp_values_fingerprint(other->values, salt, others, sizeof others, &ignored) &&
           strcmp(ones, others) == 0;
}

/* Takes over what was read.  A login that was replaced is not tried any more; with the same
 * settings what is under way goes on. */
static int put_in_force(struct sh_member *member, struct sh_connection *read, bool has_changed,
                        struct sp_error *err)
{
    struct sh_instance *instance = malloc(sizeof *instance);

    if (!instance) {
        sh_connection_clear(read);
        return sp_error_set(err, SP_ERR_NOMEM, "out of memory");
    }
    *instance = (struct sh_instance){*read, 1};
    if (member->instance && !has_settings_of(&member->instance->connection, read))
        sh_account_retire(member->instance->connection.account);
    /* Not before: where the settings are others, no request begins with the old ones now. */
    sh_event(SP_LOG_INFO, "configured", member->name, NULL, "%s",
             member->instance ? "its file was read again" : "is looked after");
    sh_instance_leave(member->instance);
    member->instance = instance;
    member->is_changed = member->is_changed || (has_changed && member->stamp);
    return SP_OK;
}

/* Reads the file; one without errors is in force from then on. */
static int read_member(struct sh_member *member, struct sh_host *host, const char *path,
                       bool has_changed, struct sp_error *err)
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
        if (member->instance)
            sh_event(SP_LOG_WARNING, "broken", member->name, NULL,
                     "the file has errors; what was read before stays in force");
        member->stamp = stamp + stamp_of_named(read.file);
        set_broken(member, true, read.file);
        read.file = NULL;
        sh_connection_clear(&read);
        return SP_OK;
    }
    stamp += stamp_of_named(read.file);
    rc = put_in_force(member, &read, has_changed, err);
    if (rc)
        return rc;
    set_broken(member, false, NULL);
    member->stamp = stamp;
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
    if (has_changed || all)
        rc = read_member(member, host, path, has_changed, err);
    free(path);
    return rc;
}

static bool is_listing(const struct sh_member *member)
{
    for (size_t i = 0; i < member->n_holds; i++)
        if (member->hold[i].repository_id == 0 && !member->hold[i].until_ticks)
            return true;
    return false;
}

/* A file that was changed shall be seen to work, or not: it does not wait out the failures of
 * the one before, nor the time after a listing that still ends with that.  A server that asked
 * for a pause still gets it. */
static int hurry(struct sh_store *store, struct sh_member *member, struct sp_error *err)
{
    const struct sh_scope listing = {store, member->name, 0, 0, 0};
    struct sh_job_row job;
    int rc;

    if (!member->is_changed || is_listing(member))
        return SP_OK;
    rc = sh_job_read(&listing, &job, err);
    if (!rc && strcmp(job.state, "limited") != 0)
        rc = sh_job_hurry(&listing, sh_now_ms(), err);
    member->is_changed = rc != SP_OK;
    return rc;
}

/* Has tried what was changed, and ends what has no file any more. */
static int settle(struct sh_roster *roster, struct sh_store *store, struct sp_error *err)
{
    size_t kept = 0;
    int rc = SP_OK;

    for (size_t i = 0; i < roster->n; i++) {
        struct sh_member *member = roster->list[i];

        if (!rc && member->is_there)
            rc = hurry(store, member, err);
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
