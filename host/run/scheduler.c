/* scheduler.c - see scheduler.h */
#include "run/scheduler.h"

#include "claim.h"
#include "clock.h"
#include "ingest/due.h"
#include "output.h"
#include "run/notify.h"
#include "run/workers.h"
#include "store/journal.h"
#include "store/lease.h"
#include "store/split.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LOOK_EVERY_MS = 1000, /* at files, refusals, and what others have put into the store */
    DRIVEN_LOOK_MS = 5,
    REST_MS = 1000,
    FIRST_IMPORTS = 2, /* at once, until the provider has said how many requests it makes */
    DAY_MS = 24 * 60 * 60 * 1000,
    JOURNAL_DAYS = 90
};

struct scheduler {
    struct sh_host *host;
    struct sh_roster roster;
    struct sh_workers workers;
    int64_t looked_ticks; /* at the files */
    int64_t tidied_ms;
    int64_t next_ms; /* when the next thing is due; INT64_MAX: nothing is */
    size_t n_working;
    size_t first;         /* of the roster, in this turn */
    char problem[512];    /* of source-host.conf, as was told last */
    size_t told_working;  /* that many, as was told last */
    int64_t told_idle_ms; /* until when, as was told last */
};

static void drop_hold(struct sh_member *member, size_t at)
{
    member->hold[at] = member->hold[--member->n_holds];
}

static bool is_held(const struct sh_member *member, int64_t repository_id)
{
    for (size_t i = 0; i < member->n_holds; i++)
        if (member->hold[i].repository_id == repository_id)
            return true;
    return false;
}

/* What has rested for long enough may be begun again. */
static void release(struct sh_member *member)
{
    for (size_t i = member->n_holds; i-- > 0;)
        if (member->hold[i].until_ticks && member->hold[i].until_ticks <= sh_ticks_ms())
            drop_hold(member, i);
}

/* It was claimed or joined with the asking, and is not begun now: it rests, or there is no
 * thread, or no store for that. */
static void give_back(const struct sh_host *host, const struct sh_scope *scope, bool rests)
{
    struct sp_error ignored;

    if (scope->helper) {
        if (sh_split_leave(scope, &ignored))
            sh_presence_renew(host->presence);
    } else if (scope->fence && rests) {
        sh_claim_postpone_row(host->presence, scope);
    } else if (scope->fence) {
        sh_claim_give_row(host->presence, scope);
    }
}

static void take_back(struct scheduler *scheduler)
{
    struct sh_work work;

    while (sh_workers_take_back(&scheduler->workers, &work)) {
        const struct sh_scope scope = sh_work_scope(&work, scheduler->host->store);
        struct sh_member *member = work.member;
        size_t at = 0;

        while (member->hold[at].repository_id != work.repository.id)
            at++;
        if (work.rests)
            member->hold[at].until_ticks = sh_ticks_ms() + REST_MS;
        else
            drop_hold(member, at);
        if (work.is_left)
            give_back(scheduler->host, &scope, false);
        member->n_working--;
        sh_instance_leave(work.instance);
        member->is_helping = member->is_helping && !work.helps;
        scheduler->n_working--;
        free(work.repository.path);
        free(work.repository.state);
    }
}

/* Takes over path and state, which a listing has none of, also where there is no room for it,
 * or no memory was for them. */
static bool begin(struct scheduler *scheduler, const struct sh_work *work)
{
    struct sh_member *member = work->member;
    bool is_whole = !work->repository.id || (work->repository.path && work->repository.state);

    if (!is_whole || member->n_holds == SH_WORKS_MAX ||
        !sh_workers_give(&scheduler->workers, scheduler->host, work)) {
        free(work->repository.path);
        free(work->repository.state);
        return false;
    }
    member->hold[member->n_holds++] = (struct sh_hold){work->repository.id, 0};
    member->n_working++;
    work->instance->n_users++;
    member->is_changed = member->is_changed && work->repository.id; /* it is tried */
    member->is_helping = member->is_helping || work->helps;
    scheduler->n_working++;
    return true;
}

static void due_at(struct scheduler *scheduler, int64_t ms)
{
    if (ms < scheduler->next_ms)
        scheduler->next_ms = ms;
}

/* What was refused elsewhere, as a login of another connection or one that was only tried, is
 * told as if the listing had met it. */
static int note_blocked(const struct sh_scope *listing, const char *why, struct sp_error *err)
{
    int64_t now_ms = sh_now_ms();
    const struct sh_result result = {SP_ERR_LOGIN, why, now_ms, now_ms};
    struct sh_job_row job;
    int rc = sh_job_read(listing, &job, err);

    return rc || strcmp(job.state, "blocked") == 0
               ? rc
               : sh_job_blame_connection(listing, &result, err);
}

/* A refused login: told once, asked about now and then, and over when somebody has mended the
 * settings or said resume. */
static bool may_login(struct scheduler *scheduler, struct sh_member *member)
{
    struct sh_scope listing = {scheduler->host->store, member->name, 0, 0, 0};
    struct sp_error err, store_err;
    bool was_blocked = member->is_blocked;

    if (member->is_blocked && sh_ticks_ms() - member->asked_ticks < LOOK_EVERY_MS)
        return false;
    member->asked_ticks = sh_ticks_ms();
    member->is_blocked =
        sh_account_may_login(member->instance->connection.account, &err) != SP_OK;
    if (member->is_blocked && !was_blocked)
        sh_event(SP_LOG_ERROR, "blocked", member->name, NULL, "%s", err.message);
    /* Each time: who was killed while at the listing has left it as if it were due. */
    if (member->is_blocked && err.code == SP_ERR_LOGIN &&
        note_blocked(&listing, err.message, &store_err))
        sh_complain_of(member->name, &store_err);
    if (!member->is_blocked && was_blocked) {
        sh_event(SP_LOG_INFO, "unblocked", member->name, NULL, "the login is tried again");
        if (sh_job_hurry(&listing, sh_now_ms(), &store_err))
            sh_complain_of(member->name, &store_err);
    }
    return !member->is_blocked;
}

struct beginning {
    struct scheduler *scheduler;
    struct sh_member *member;
    size_t room; /* so many more at once */
    int64_t as;  /* the worker that claims */
    bool joins;  /* imports that are others' claims */
};

static int on_due(void *ctx, const struct sh_due *due)
{
    struct beginning *beginning = ctx;
    const struct sh_host *host = beginning->scheduler->host;
    struct sh_work work = {
        .member = beginning->member,
        .instance = beginning->member->instance,
        .repository.id = due->repository_id,
        .fence = due->fence,
        .as = beginning->as,
        .helps = beginning->joins,
    };
    const struct sh_scope scope = sh_work_scope(&work, host->store);

    if (is_held(beginning->member, due->repository_id) || beginning->room == 0) {
        give_back(host, &scope, true);
        return 0;
    }
    work.repository = (struct sh_selected){
        .id = due->repository_id,
        .path = strdup(due->path),
        .state = strdup(due->state ? due->state : ""),
        .listed = due->listed,
        .offline = due->offline,
    };
    if (begin(beginning->scheduler, &work)) {
        beginning->room--;
        return 0;
    }
    beginning->room = 0;
    give_back(host, &scope, false);
    return 0;
}

/* One thread for each other connection that has none, as far as half of all are enough for
 * that, and one for what comes to be due: an import may take days. */
static size_t kept_for_others(const struct scheduler *scheduler, const struct sh_member *member)
{
    const struct sh_roster *roster = &scheduler->roster;
    size_t kept = 1;

    for (size_t i = 0; i < roster->n && kept < SH_WORKS_MAX / 2; i++)
        kept += roster->list[i] != member && roster->list[i]->n_working == 0;
    return kept;
}

static size_t at_most(size_t n, size_t most)
{
    return n < most ? n : most;
}

/* Half of the requests that the account may have under way: Git takes one for long, and the
 * others shall not wait for it.  To help takes no room: what becomes due meanwhile is ours. */
static size_t room_for_imports(const struct scheduler *scheduler,
                               const struct sh_member *member)
{
    unsigned most = sh_account_most(member->instance->connection.account);
    size_t imports = most ? most / 2 : FIRST_IMPORTS;
    size_t working = member->n_working - member->is_helping;
    size_t idle = SH_WORKS_MAX - scheduler->n_working;
    size_t kept = kept_for_others(scheduler, member);

    if (imports < 1)
        imports = 1;
    if (member->n_working == 0 && idle <= kept)
        return at_most(idle, 1);
    return imports > working && idle > kept ? at_most(imports - working, idle - kept) : 0;
}

/* Nothing else is due: then one that others are at. */
static int join_others(struct beginning *beginning, struct sp_error *err)
{
    beginning->joins = true;
    return beginning->member->is_helping
               ? 0
               : sh_split_join(beginning->scheduler->host->store, beginning->member->name,
                               beginning->as, on_due, beginning, err);
}

/* Where machines share the store each is claimed with the asking. */
static int claim_due(struct beginning *beginning, const struct sh_worker_row *us,
                     int64_t now_ms, struct sp_error *err)
{
    int rc = 1;

    beginning->as = us->id;
    while (rc == 1 && beginning->room > 0)
        rc = sh_lease_take_due(beginning->scheduler->host->store, beginning->member->name, us,
                               now_ms, on_due, beginning, err);
    if (rc == 0)
        rc = join_others(beginning, err);
    if (rc < 0)
        sh_claim_failed(beginning->scheduler->host);
    return rc < 0 ? rc : SP_OK;
}

static int begin_imports(struct scheduler *scheduler, struct sh_member *member, int64_t now_ms,
                         struct sp_error *err)
{
    struct beginning beginning = {scheduler, member, room_for_imports(scheduler, member), 0,
                                  false};
    struct sh_store *store = scheduler->host->store;
    int64_t most = (int64_t)(member->n_holds + beginning.room), next_ms;
    struct sh_worker_row us = {.place = ""};
    int rc = SP_OK;

    if (scheduler->host->presence)
        us = sh_presence_worker(scheduler->host->presence);
    if (us.id)
        rc = claim_due(&beginning, &us, now_ms, err);
    else if (beginning.room > 0)
        rc = sh_jobs_due(store, member->name, now_ms, most, on_due, &beginning, err);
    if (!rc)
        rc = sh_jobs_next(store, member->name, us.place, now_ms, &next_ms, err);
    if (!rc)
        due_at(scheduler, next_ms);
    return rc;
}

/* The listing goes first, and alone after it failed: it tells whether the connection works. */
static int begin_listing(struct scheduler *scheduler, struct sh_member *member,
                         struct sp_error *err)
{
    struct sh_scope listing = {scheduler->host->store, member->name, 0, 0, 0};
    struct sh_work work = {.member = member, .instance = member->instance};
    int64_t now_ms = sh_now_ms();
    struct sh_job_row job;
    int rc;

    release(member);
    member->may_import = false;
    if (!member->instance || !member->is_there || !may_login(scheduler, member))
        return SP_OK;
    rc = sh_job_read(&listing, &job, err);
    if (rc)
        return rc;
    member->may_import = job.failures == 0 && strcmp(job.state, "limited") != 0;
    if (!is_held(member, 0)) {
        if (job.next_ms <= now_ms)
            begin(scheduler, &work);
        else
            due_at(scheduler, job.next_ms);
    }
    return SP_OK;
}

/* Each turn another one is the first to take what threads there are, and all listings that are
 * due come before imports, which may be long. */
static int look_after_all(struct scheduler *scheduler, struct sp_error *err)
{
    const struct sh_roster *roster = &scheduler->roster;
    const size_t first = scheduler->first++;
    int rc = SP_OK;

    for (size_t i = 0; i < roster->n && !rc; i++)
        rc = begin_listing(scheduler, roster->list[(first + i) % roster->n], err);
    for (size_t i = 0; i < roster->n && !rc; i++) {
        struct sh_member *member = roster->list[(first + i) % roster->n];

        rc = member->may_import ? begin_imports(scheduler, member, sh_now_ms(), err) : SP_OK;
    }
    return rc;
}

/* source-host.conf, each time as a whole: it is small.  A broken one is told once. */
static void look_at_configuration(struct scheduler *scheduler)
{
    struct sh_configuration *now = &scheduler->host->configuration, read;
    struct sp_error err;

    if (sh_configuration_read(scheduler->host->options.config, &read, &err)) {
        if (strcmp(scheduler->problem, err.message) != 0)
            sh_event(SP_LOG_WARNING, "broken", NULL, NULL,
                     "%s; what was read before stays in force", err.message);
        snprintf(scheduler->problem, sizeof scheduler->problem, "%s", err.message);
        return;
    }
    scheduler->problem[0] = '\0';
    if (read.min_free == now->min_free && read.pace.list_ms == now->pace.list_ms &&
        read.pace.sync_ms == now->pace.sync_ms)
        return;
    *now = read;
    sh_event(SP_LOG_INFO, "configured", NULL, NULL, "source-host.conf was read again");
}

static int look_at_files(struct scheduler *scheduler, struct sp_error *err)
{
    bool all = sh_reload_asked();

    if (!all && scheduler->looked_ticks &&
        sh_ticks_ms() - scheduler->looked_ticks < LOOK_EVERY_MS)
        return SP_OK;
    scheduler->looked_ticks = sh_ticks_ms();
    sh_notify("WATCHDOG=1");
    look_at_configuration(scheduler);
    return sh_roster_refresh(&scheduler->roster, scheduler->host, all, err);
}

/* Once a day, and as soon as a clock is set back that was ahead at the last time: what was
 * noted by it would wait until then. */
static int tidy(struct scheduler *scheduler, struct sp_error *err)
{
    const struct sh_pace *pace = &scheduler->host->configuration.pace;
    struct sh_store *store = scheduler->host->store;
    int64_t now_ms = sh_now_ms(), last_ms = scheduler->tidied_ms;
    int rc;

    if (now_ms >= last_ms && now_ms - last_ms < DAY_MS)
        return SP_OK;
    scheduler->tidied_ms = now_ms;
    rc = sh_jobs_recall(store, now_ms, sh_due_latest(pace, now_ms), err);
    return rc ? rc : sh_journal_prune(store, now_ms - JOURNAL_DAYS * (int64_t)DAY_MS, err);
}

/* The service manager is told what goes on, the log only when nothing does. */
static void tell_pace(struct scheduler *scheduler)
{
    const size_t n = scheduler->roster.n, n_working = scheduler->n_working;
    const char *plural = n == 1 ? "" : "s";

    if (n_working > 0 && n_working != scheduler->told_working)
        sh_notify("STATUS=%zu connection%s; %zu thing%s under way", n, plural, n_working,
                  n_working == 1 ? "" : "s");
    scheduler->told_working = n_working;
    if (n_working > 0) {
        scheduler->told_idle_ms = 0;
        return;
    }
    if (scheduler->told_idle_ms == scheduler->next_ms)
        return;
    scheduler->told_idle_ms = scheduler->next_ms;
    if (scheduler->host->options.debug)
        sh_event(SP_LOG_DEBUG, "idle", NULL, NULL, "nothing is due before %" PRId64,
                 scheduler->next_ms);
    sh_notify("STATUS=%zu connection%s; nothing is due before %s", n, plural,
              scheduler->next_ms == INT64_MAX ? "something changes"
                                              : sh_time_text(scheduler->next_ms));
}

static int turn(struct scheduler *scheduler, struct sp_error *err)
{
    int rc;

    take_back(scheduler);
    rc = look_at_files(scheduler, err);
    if (!rc)
        rc = tidy(scheduler, err);
    scheduler->next_ms = INT64_MAX;
    if (!rc)
        rc = look_after_all(scheduler, err);
    if (!rc)
        tell_pace(scheduler);
    return rc;
}

/* Not longer than a second: there may be a signal, or something new in the store. */
static void pause_until_due(struct scheduler *scheduler)
{
    int64_t now_ms = sh_now_ms(), ends = sh_ticks_ms() + LOOK_EVERY_MS;
    int64_t left_ms = scheduler->next_ms - now_ms;

    if (!sh_clock_is_driven()) {
        sh_workers_wait(&scheduler->workers, scheduler->host->store,
                        left_ms < 1               ? 1
                        : left_ms < LOOK_EVERY_MS ? left_ms
                                                  : LOOK_EVERY_MS);
        return;
    }
    while (!sh_workers_wait(&scheduler->workers, scheduler->host->store, DRIVEN_LOOK_MS) &&
           sh_now_ms() == now_ms && sh_ticks_ms() < ends && !sh_stopping())
        ;
}

/* What fails in a turn lies in the host itself, as a full disk, and may pass. */
static void go_on(struct scheduler *scheduler)
{
    struct sp_error err;
    bool failed = false;

    while (!sh_stopping()) {
        int rc = turn(scheduler, &err);

        if (rc && !failed)
            sh_event(SP_LOG_ERROR, "failed", NULL, NULL, "%s", err.message);
        failed = rc != 0;
        if (failed)
            sh_workers_wait(&scheduler->workers, scheduler->host->store, LOOK_EVERY_MS);
        else
            pause_until_due(scheduler);
    }
}

int sh_schedule(struct sh_host *host, struct sp_error *err)
{
    struct scheduler *scheduler = calloc(1, sizeof *scheduler);

    if (!scheduler || sh_workers_init(&scheduler->workers)) {
        free(scheduler);
        return sp_error_set(err, SP_ERR_NOMEM, "out of memory");
    }
    scheduler->host = host;
    sh_event(SP_LOG_INFO, "started", NULL, NULL, "looking after %s/connections.d",
             host->options.config);
    sh_notify("READY=1");
    go_on(scheduler);
    sh_notify("STOPPING=1");
    sh_workers_end(&scheduler->workers);
    take_back(scheduler);
    sh_workers_clear(&scheduler->workers);
    sh_roster_clear(&scheduler->roster);
    sh_event(SP_LOG_INFO, "stopped", NULL, NULL,
             "what is under way goes on with the next start");
    free(scheduler);
    return SP_OK;
}
