/* pull_request_queue.c - see pull_request_queue.h */
#include "pull_request_queue.h"

#include "budget.h"
#include "span.h"

static void drop_first(struct bb_importing *importing)
{
    bb_set_free(importing->queue[importing->first]);
    importing->first = (importing->first + 1) % BB_QUEUE_MAX;
    importing->n--;
}

static int deliver_first(struct bb_importing *importing)
{
    struct bb_set *set = importing->queue[importing->first];
    const struct sp_instance *instance = bb_call_instance(importing->call);
    int64_t number = set->record.number, began_ns = bb_span_begin(instance);
    int rc = bb_set_deliver(set, importing->sink, &importing->faults, importing->err);

    bb_span_end(instance, began_ns, "pull request", "pull request", NULL,
                &(struct sp_fact){"number", NULL, number}, 1);
    if (rc == SP_OK)
        bb_faults_relax(&importing->faults);
    else if (bb_set_is_gone(set, rc))
        rc = bb_importing_tell_gone(importing, number);
    else
        rc = bb_importing_leave_out(importing, number, rc);
    drop_first(importing);
    importing->progress.done++;
    bb_importing_tell_progress(importing);
    return rc ? rc : bb_budget_ask(importing->call, importing->err);
}

/* Twice as many as may be asked for at once: so that while one is delivered, or waited for, as
 * many requests are under way as may be. */
static bool is_full(const struct bb_importing *importing)
{
    return importing->n >= 2 * (unsigned)importing->settings->max_concurrency;
}

int bb_queue_add(struct bb_importing *importing, struct json_object *element,
                 struct bb_arena *arena, const struct sp_pull_request *record)
{
    struct bb_set *set = NULL;
    int rc = bb_set_start(importing->call, &importing->repository, element, arena, record, &set,
                          importing->err);

    if (rc) {
        bb_set_free(set);
        return rc;
    }
    importing->queue[(importing->first + importing->n++) % BB_QUEUE_MAX] = set;
    return is_full(importing) ? deliver_first(importing) : SP_OK;
}

int bb_queue_drain(struct bb_importing *importing)
{
    int rc = SP_OK;

    while (!rc && importing->n > 0)
        rc = deliver_first(importing);
    return rc;
}

void bb_queue_clear(struct bb_importing *importing)
{
    while (importing->n > 0)
        drop_first(importing);
}
