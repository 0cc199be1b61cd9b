/* check_endings.c - whoever ends a call is obeyed: a person who cancels, the host, a login that
 * is known to be refused; and a host need not care for every callback
 */
#include "call.h"

#include <inttypes.h>

enum kind { ENUMERATE, IMPORT, HEALTH, KINDS };
static const char *const names[] = {"enumerate", "import", "health"};

enum { ATTEMPTS = 3 /* a busy machine may be late once, and twice */, STALL_MS = 300 };

static int run(struct kit_call *call, enum kind kind, struct sp_connection *connection)
{
    switch (kind) {
    case ENUMERATE:
        return kit_call_enumerate(call, connection);
    case IMPORT:
        return kit_call_import(call, connection, 0);
    default:
        return kit_call_health(call, connection);
    }
}

static bool is_possible(const struct kit *kit, enum kind kind)
{
    return kind != IMPORT || kit->repository;
}

/* ---- Cancelled ------------------------------------------------------------- */

static const struct way {
    const char *when;
    struct kit_moment cancel;
    int64_t after_ms;
    bool stall; /* no request with a login may go, so that it has to wait */
} ways[] = {
    {"before it begins", {KIT_NOWHERE, 1}, 0, false},
    {"after its first record", {KIT_ANY, 1}, 0, false},
    {"while it waits for a seat", {KIT_NOWHERE, 0}, STALL_MS, true},
};

/* False: it was late, which on a busy machine may be another's fault. */
static bool cancel_once(struct kit *kit, enum kind kind, const struct way *way)
{
    struct sp_connection *connection = kit_connect(kit);
    struct kit_call call;
    int64_t late = 0;

    if (!connection)
        return true;
    kit_call_init(&call, kit);
    call.cancel = way->cancel;
    call.cancel_after_ms = way->after_ms;
    kit->host.stall = way->stall;
    run(&call, kind, connection);
    kit->host.stall = false;
    if (call.wanted_ms)
        late = call.ended_ms - call.wanted_ms;
    if (call.told_ms && call.rc != SP_ERR_CANCELLED)
        kit_fault(kit, "%s, cancelled %s: it is told so and returns %d (%s)", names[kind],
                  way->when, call.rc, sp_code_name(call.rc));
    if (call.wanted_ms && !call.told_ms && way->cancel.place == KIT_NOWHERE && way->cancel.n)
        kit_fault(kit, "%s, cancelled %s: it does not ask", names[kind], way->when);
    kit_host_check_seats(kit);
    kit_call_clear(&call);
    sp_connection_close(connection);
    return late <= KIT_WAIT_MS;
}

void kit_check_cancel(struct kit *kit)
{
    for (enum kind kind = ENUMERATE; kind < KINDS; kind++)
        for (size_t i = 0; is_possible(kit, kind) && i < sizeof ways / sizeof *ways; i++) {
            unsigned attempt = 0;

            while (attempt < ATTEMPTS && !cancel_once(kit, kind, &ways[i]))
                attempt++;
            if (attempt == ATTEMPTS)
                kit_fault(kit, "%s, cancelled %s: it ends more than a second later",
                          names[kind], ways[i].when);
        }
}

/* ---- Ended by the host ------------------------------------------------------ */

static void end_by_callback(struct kit *kit, enum kind kind, struct kit_moment stop)
{
    struct sp_connection *connection = kit_connect(kit);
    struct kit_call call;

    if (!connection)
        return;
    kit_call_init(&call, kit);
    call.stop = stop;
    run(&call, kind, connection);
    if (call.stopped && call.rc != KIT_STOP)
        kit_fault(kit, "%s: a callback ended the call with %d, it returns %d: %s", names[kind],
                  KIT_STOP, call.rc, call.err.message);
    kit_host_check_seats(kit);
    kit_call_clear(&call);
    sp_connection_close(connection);
}

static void end_by_refusal(struct kit *kit, enum kind kind)
{
    struct sp_connection *connection = kit_connect(kit);
    struct kit_call call;

    if (!connection)
        return;
    kit_call_init(&call, kit);
    kit->host.refuse = true;
    kit->host.asked = 0;
    run(&call, kind, connection);
    kit->host.refuse = false;
    if (kit->host.asked && kind != HEALTH && call.rc != SP_ERR_LOGIN)
        kit_fault(kit, "%s: the host knows that the login is refused, it returns %d: %s",
                  names[kind], call.rc, call.err.message);
    if (kit->host.asked && kind == HEALTH && call.rc)
        kit_fault(kit, "health: the host knows that the login is refused, the report fails: %s",
                  call.err.message);
    kit_host_check_seats(kit);
    kit_call_clear(&call);
    sp_connection_close(connection);
}

void kit_check_endings(struct kit *kit)
{
    for (enum kind kind = ENUMERATE; kind < KINDS; kind++) {
        if (!is_possible(kit, kind))
            continue;
        for (unsigned n = 1; n <= 3; n++)
            end_by_callback(kit, kind, (struct kit_moment){KIT_ANY, n});
        end_by_callback(kit, kind, (struct kit_moment){KIT_IN_SET, 1});
        end_by_refusal(kit, kind);
    }
}

/* ---- A host that does not care ----------------------------------------------- */

static int run_deaf(struct kit *kit, enum kind kind, struct sp_instance *instance,
                    struct sp_error *err)
{
    /* An older host: what its size leaves out is none of its members. */
    struct sp_sink sink = {.size = offsetof(struct sp_sink, held_repositories),
                           .held_repositories = UINT64_MAX};
    struct sp_import what = {.size = offsetof(struct sp_import, flags), .flags = UINT64_MAX};

    sp_error_clear(err);
    switch (kind) {
    case ENUMERATE:
        return kit->provider->enumerate(instance, &sink, err);
    case IMPORT:
        what.repository_id = kit->repository->id;
        what.path = kit->repository->path;
        return kit->provider->import(instance, &what, &sink, err);
    default:
        return kit->provider->health(instance, &sink, err);
    }
}

/* Called as it is, since libsource-provider's guard has every callback. */
void kit_check_deaf_host(struct kit *kit)
{
    struct sp_host host = {.size = sizeof host, .user_agent = "source-provider-check"};
    struct sp_instance *instance = NULL;
    struct sp_error err;

    sp_error_clear(&err);
    if (kit->provider->configure(&host, kit->pair, kit->n_pairs, &instance, &err)) {
        kit_fault(kit, "configure fails for a host without services: %s", err.message);
        return;
    }
    for (enum kind kind = ENUMERATE; kind < KINDS; kind++) {
        int rc = is_possible(kit, kind) ? run_deaf(kit, kind, instance, &err) : SP_OK;

        if (rc && rc != SP_ERR_PARTIAL)
            kit_fault(kit, "%s fails for a host that wants no callbacks: %s", names[kind],
                      err.message);
    }
    kit->provider->close(instance);
}
