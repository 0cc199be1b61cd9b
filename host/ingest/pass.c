/* pass.c - see pass.h */
#include "ingest/pass.h"

#include "claim.h"
#include "clock.h"
#include "ingest/import.h"
#include "ingest/listing.h"
#include "output.h"
#include "store/choice.h"
#include "store/job.h"

#include <inttypes.h>
#include <string.h>

typedef int (*mark_fn)(const struct sh_scope *, struct sh_selected *, struct sp_error *);

static int mark_all(struct sh_host *host, const struct sh_connection *connection,
                    const struct sh_selection *selection, mark_fn mark, struct sp_error *err)
{
    int rc = selection->n ? sh_store_begin(host->store, err) : SP_OK;

    if (rc || !selection->n)
        return rc;
    for (size_t i = 0; !rc && i < selection->n; i++)
        rc =
            mark(&(struct sh_scope){host->store, connection->name, selection->list[i].id, 0, 0},
                 &selection->list[i], err);
    if (!rc)
        rc = sh_store_tell(host->store, err);
    return sh_store_end(host->store, rc, err);
}

static int mark_named(const struct sh_scope *scope, struct sh_selected *selected,
                      struct sp_error *err)
{
    (void)selected;
    return sh_choice_import(scope, "import", sh_now_ms(), err);
}

static int mark_as_decided(const struct sh_scope *scope, struct sh_selected *selected,
                           struct sp_error *err)
{
    int rc = SP_OK;

    if (selected->wanted && !selected->imported)
        rc = sh_choice_import(scope, selected->by, sh_now_ms(), err);
    selected->imported = selected->imported || selected->wanted;
    if (rc || !selected->excluded_anew)
        return rc;
    return sh_choice_exclude(scope, selected->excluded ? selected->by : NULL, sh_now_ms(), err);
}

int sh_mark_imported(struct sh_host *host, const struct sh_connection *connection,
                     const struct sh_selection *selection, struct sp_error *err)
{
    return mark_all(host, connection, selection, mark_named, err);
}

int sh_list_in_turn(struct sh_host *host, struct sh_connection *connection,
                    struct sh_progress *progress, struct sp_error *err)
{
    struct sh_claim claim;
    int rc = sh_claim_wait(host, connection->name, 0, &claim, err);

    if (rc)
        return rc;
    rc = sh_list(host, connection, &claim, progress, err);
    sh_claim_give(&claim);
    return rc;
}

int sh_mark_asked(struct sh_host *host, struct sh_connection *connection,
                  struct sh_selection *ret, struct sp_error *err)
{
    struct sh_selection selection = {0};
    int rc = connection->is_warned ? SP_OK : sh_selection_warn(host, connection, err);

    connection->is_warned = true;
    if (!rc)
        rc = sh_select_asked(host, connection, &selection, err);
    if (!rc)
        rc = mark_all(host, connection, &selection, mark_as_decided, err);
    if (rc || !ret) {
        sh_selection_clear(&selection);
        return rc;
    }
    sh_selection_keep_wanted(&selection);
    *ret = selection;
    return SP_OK;
}

static void print_json(const char *connection, const struct sh_selected *selected,
                       const struct sh_run *run, int code, const struct sp_error *err)
{
    struct json_object *object = json_object_new_object();

    sh_json_text(object, "connection", connection);
    sh_json_text(object, "path", selected->path);
    sh_json_int(object, "id", selected->id);
    sh_json_text(object, "result", sp_code_name(code));
    sh_json_int(object, "commits", run->commits);
    sh_json_int(object, "pull_requests", run->pull_requests);
    sh_json_int(object, "activities", run->activities);
    sh_json_text(object, "message", code ? err->message : NULL);
    sh_print_json(object);
}

static void print_text(const struct sh_selected *selected, const struct sh_run *run, int code,
                       const struct sp_error *err)
{
    if (code)
        sh_complain_of(selected->path, err);
    else
        sh_print("%s: %" PRId64 " new commits, %" PRId64 " pull requests read with %" PRId64
                 " activities",
                 selected->path, run->commits, run->pull_requests, run->activities);
}

/* What is wrong lies in that one repository at the server; the pass has done its work. */
static bool concerns_one(const struct sh_selected *selected, int code)
{
    return selected->offline || code == SP_ERR_PARTIAL || code == SP_ERR_NOT_FOUND ||
           code == SP_ERR_FORBIDDEN;
}

/* Where machines share the store, and a worker of another one has the mirror: that is to update
 * it, now, and SP_ERR_HOST says so. */
static int leave_to_place(struct sh_host *host, const struct sh_scope *scope,
                          struct sp_error *err)
{
    char machine[64];
    int rc = sh_host_need_presence(host, err);

    if (rc || !host->presence)
        return rc;
    rc = sh_place_elsewhere(scope, sh_presence_worker(host->presence).place, machine,
                            sizeof machine, err);
    if (rc || !*machine)
        return rc;
    rc = sh_job_hurry(scope, sh_now_ms(), err);
    return rc ? rc
              : sp_error_set(err, SP_ERR_HOST,
                             "a worker on %s has its mirror, and updates it now; left to that",
                             machine);
}

/* SP_ERR_HOST with who has it, when somebody else imports it now. */
static int import_one(struct sh_host *host, struct sh_connection *connection,
                      const struct sh_selected *selected, struct sh_progress *progress,
                      struct sh_run *run, struct sp_error *err)
{
    const struct sh_scope scope = {host->store, connection->name, selected->id, 0, 0};
    struct sh_claim claim;
    char holder[64];
    int rc = leave_to_place(host, &scope, err);

    *run = (struct sh_run){0};
    if (!rc)
        rc = sh_claim_take(host, connection->name, selected->id, &claim, err);
    if (rc < 0)
        return rc;
    if (rc == 0) {
        rc = sh_job_holder(&scope, holder, sizeof holder, err);
        return rc ? rc
                  : sp_error_set(err, SP_ERR_HOST, "%s imports it now; left to that", holder);
    }
    rc = sh_import(host, connection, &claim, selected, progress, run, err);
    sh_claim_give(&claim);
    return rc;
}

/* Whether the others may still be tried after one met what may concern the connection: the
 * listing tells, as it does for `run`.  A server that asked for a pause is not asked. */
static bool goes_on(struct sh_host *host, struct sh_connection *connection,
                    struct sh_progress *progress)
{
    const struct sh_scope listing = {host->store, connection->name, 0, 0, 0};
    struct sp_error err;
    struct sh_job_row job;
    int rc = sh_job_read(&listing, &job, &err);

    if (!rc && strcmp(job.state, "limited") == 0)
        rc = sp_error_set(&err, SP_ERR_RATE_LIMIT, "the server asked for a pause");
    else if (!rc && job.failures > 0)
        rc = sh_list_in_turn(host, connection, progress, &err);
    if (rc && !sh_stopping())
        sh_complain("%s: the others are left for now: %s", connection->name, err.message);
    return rc == SP_OK;
}

enum sh_exit sh_import_selection(struct sh_host *host, struct sh_connection *connection,
                                 const struct sh_selection *selection)
{
    struct sh_progress progress;
    size_t done = 0, partly = 0, failed = 0;
    bool is_paused = false;

    sh_progress_init(&progress);
    for (size_t i = 0; i < selection->n && !sh_stopping(); i++) {
        const struct sh_selected *selected = &selection->list[i];
        struct sp_error err;
        struct sh_run run;
        int rc = import_one(host, connection, selected, &progress, &run, &err);

        if (host->options.json)
            print_json(connection->name, selected, &run, rc, &err);
        else if (rc != SH_ERR_PAUSED || !is_paused) /* of all the same: told once */
            print_text(selected, &run, rc, &err);
        is_paused = is_paused || rc == SH_ERR_PAUSED;
        if (rc == SP_ERR_LOGIN)
            return sh_exit_for_one(rc);
        if (rc == SP_ERR_CANCELLED)
            continue; /* removed meanwhile: nobody asks for it any more */
        if (!rc)
            done++;
        else if (concerns_one(selected, rc))
            partly++;
        else
            failed++;
        if (sh_concerns_connection(rc) && i + 1 < selection->n &&
            !goes_on(host, connection, &progress))
            break;
    }
    if (sh_stopping())
        return SH_FAILED;
    if (!failed)
        return partly ? SH_PARTLY : SH_DONE;
    return done || partly ? SH_PARTLY : SH_FAILED;
}
