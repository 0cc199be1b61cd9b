/* check_import.c - imports: sets are whole, known revisions are skipped, and what was
 * interrupted is gone on with
 *
 * What one undisturbed import brought is the truth that all others are held against.
 */
#include "call.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LOOK_AT_MAX = 10 /* repositories, for the one with the most pull requests */,
    BREAKS_MAX = 8 /* places where an import is interrupted */
};

static bool needs_repository(struct kit *kit)
{
    if (!kit->repository)
        kit_skip(kit, "no repository could be imported");
    return kit->repository != NULL;
}

static bool needs_sets(struct kit *kit)
{
    if (needs_repository(kit) && kit->whole.n == 0)
        kit_skip(kit, "%s has no pull requests", kit->repository->path);
    return kit->repository && kit->whole.n > 0;
}

/* An import of the kit's repository, with what is in `store`; its end is in *call, which the
 * caller clears. */
static int import(struct kit_call *call, struct kit_store *store,
                  struct sp_connection *connection)
{
    call->store = store;
    return kit_call_import(call, connection, 0);
}

/* Holds what an import left in `store` against the truth. */
static void compare(struct kit *kit, const struct kit_store *store, const char *when)
{
    int64_t number = 0;
    size_t n = kit_store_differences(&kit->whole, store, &number);
    const struct kit_set *was = kit_store_find(&kit->whole, number);
    const struct kit_set *is = kit_store_find(store, number);

    if (n)
        kit_fault(kit, "%s pull request %" PRId64 " %s", when, number,
                  !is                                        ? "is not there"
                  : !was                                     ? "is there, and should not be"
                  : strcmp(was->revision, is->revision) != 0 ? "has another revision"
                                                             : "is another");
}

/* ---- Sets whole ------------------------------------------------------------ */

static void import_first(struct kit *kit, const struct kit_row *repository,
                         struct sp_connection *connection)
{
    const struct kit_row *before = kit->repository;
    struct kit_store store = {0};
    struct kit_call call;

    kit->repository = repository;
    kit_call_init(&call, kit);
    if (import(&call, &store, connection)) {
        kit_fault(kit, "the import of %s fails: %s", repository->path, call.err.message);
    } else if (before && store.n <= kit->whole.n) {
        kit->repository = before;
    } else {
        kit_store_clear(&kit->whole);
        kit->whole = store;
        store = (struct kit_store){0};
        kit->n_cursors = call.count[KIT_CURSOR];
        kit->n_rows = call.count[KIT_IN_SET];
    }
    if (call.n_asked == 0)
        kit_fault(kit, "the import of %s never asks whether it is cancelled", repository->path);
    if (!call.rc && call.n_remotes == 0)
        kit_fault(kit, "the import of %s hands over no git_remote", repository->path);
    kit_store_clear(&store);
    kit_call_clear(&call);
}

static void choose(struct kit *kit, struct sp_connection *connection)
{
    unsigned looked_at = 0;

    for (size_t i = 0; i < kit->repositories.n && looked_at < LOOK_AT_MAX; i++) {
        const struct kit_row *row = &kit->repositories.row[i];

        if (kit->wanted ? strcmp(row->path, kit->wanted) != 0 : !row->importable)
            continue;
        looked_at++;
        import_first(kit, row, connection);
    }
    if (kit->wanted && !looked_at)
        kit_fault(kit, "the listing has no repository %s", kit->wanted);
}

/* A repository that nobody has. */
static void import_unknown(struct kit *kit, struct sp_connection *connection)
{
    const struct kit_row *before = kit->repository;
    struct kit_row nobodys = {.id = KIT_UNKNOWN_ID, .path = NULL};
    struct kit_call call;

    if (!before)
        return;
    nobodys.path = kit_grow(NULL, 0, strlen(before->path) / 64 + 2);
    strcat(strcpy(nobodys.path, before->path), "-that-nobody-has");
    kit->repository = &nobodys;
    kit_call_init(&call, kit);
    if (kit_call_import(&call, connection, 0) == 0)
        kit_fault(kit, "the import of %s, which does not exist, succeeds", nobodys.path);
    kit_call_clear(&call);
    kit->repository = before;
    free(nobodys.path);
}

void kit_check_sets(struct kit *kit)
{
    struct sp_connection *connection = kit_connect(kit);

    if (!connection)
        return;
    if (kit->repositories.n == 0)
        kit_skip(kit, "no repository was listed");
    choose(kit, connection);
    import_unknown(kit, connection);
    if (kit->repository)
        kit_tell(kit, "%s: %zu pull requests, %zu cursors", kit->repository->path, kit->whole.n,
                 kit->n_cursors);
    sp_connection_close(connection);
}

/* ---- Revisions ------------------------------------------------------------- */

/* Whatever of a pull request has no revision is read each time. */
static size_t without_revision(const struct kit_store *store)
{
    size_t n = 0;

    for (size_t i = 0; i < store->n; i++)
        n += !*store->set[i].revision;
    return n;
}

static void import_again(struct kit *kit, struct sp_connection *connection, bool fresh)
{
    struct kit_store store = {0};
    struct kit_call call;

    kit_store_copy(&store, &kit->whole);
    for (size_t i = 0; i < store.n; i++)
        store.set[i].fresh = fresh;
    kit_call_init(&call, kit);
    if (import(&call, &store, connection))
        kit_fault(kit, "the second import fails: %s", call.err.message);
    else if (fresh && call.n_sets > without_revision(&kit->whole))
        kit_fault(kit, "%u of %zu pull requests are sent though the host has just stored them",
                  call.n_sets, kit->whole.n);
    else if (call.n_sets > kit->whole.n || (call.n_sets == kit->whole.n && !kit->whole.cursor))
        kit_fault(kit, "all %u pull requests are sent again though their revisions are known",
                  call.n_sets);
    if (call.n_gone)
        kit_fault(kit, "%u pull requests are said to be gone, and nothing changed",
                  call.n_gone);
    if (!call.rc)
        compare(kit, &store, "after a second import");
    kit_store_clear(&store);
    kit_call_clear(&call);
}

/* Told another revision each, it has to send all of them. */
static void import_changed(struct kit *kit, struct sp_connection *connection)
{
    struct kit_store store = {0};
    struct kit_call call;

    kit_call_init(&call, kit);
    call.held_revision = "another";
    if (import(&call, &store, connection))
        kit_fault(kit, "an import beside other revisions fails: %s", call.err.message);
    else
        compare(kit, &store, "when the host holds other revisions");
    kit_store_clear(&store);
    kit_call_clear(&call);
}

static void import_none(struct kit *kit, struct sp_connection *connection)
{
    struct kit_call call;

    kit_call_init(&call, kit);
    call.leave_all = true;
    if (kit_call_import(&call, connection, 0))
        kit_fault(kit, "an import of which others have all fails: %s", call.err.message);
    kit_call_clear(&call);
}

void kit_check_revisions(struct kit *kit)
{
    struct sp_connection *connection = needs_sets(kit) ? kit_connect(kit) : NULL;

    if (!connection)
        return;
    import_again(kit, connection, false);
    import_again(kit, connection, true);
    import_changed(kit, connection);
    import_none(kit, connection);
    sp_connection_close(connection);
}

/* ---- Resuming -------------------------------------------------------------- */

/* Interrupts an import there and goes on with what was stored until then. */
static void resume_from(struct kit *kit, struct sp_connection *connection, const char *what,
                        struct kit_moment stop)
{
    struct kit_store store = {0};
    struct kit_call call, rest;
    char when[80];
    size_t stored;

    snprintf(when, sizeof when, "after an end at %s %u", what, stop.n);
    kit_call_init(&call, kit);
    kit_call_init(&rest, kit);
    call.stop = stop;
    if (import(&call, &store, connection) != KIT_STOP)
        kit_fault(kit, "interrupted at %s %u, it returns %d: %s", what, stop.n, call.rc,
                  call.err.message);
    stored = store.n;
    if (import(&rest, &store, connection))
        kit_fault(kit, "%s it cannot go on: %s", when, rest.err.message);
    else if (rest.n_sets > kit->whole.n - stored + without_revision(&store))
        kit_fault(kit, "%s it sends %u pull requests; %zu were left", when, rest.n_sets,
                  kit->whole.n - stored);
    if (!rest.rc)
        compare(kit, &store, when);
    kit_store_clear(&store);
    kit_call_clear(&call);
    kit_call_clear(&rest);
}

/* At each of n places, or at some of them that lie as far apart as can be. */
static void resume_from_each(struct kit *kit, struct sp_connection *connection,
                             const char *what, enum kit_place place, size_t n)
{
    size_t breaks = n < BREAKS_MAX ? n : BREAKS_MAX;

    for (size_t i = 0; i < breaks; i++) {
        size_t at = breaks > 1 ? 1 + i * (n - 1) / (breaks - 1) : 1;

        resume_from(kit, connection, what, (struct kit_moment){place, (unsigned)at});
    }
}

void kit_check_resume(struct kit *kit)
{
    struct sp_connection *connection = needs_sets(kit) ? kit_connect(kit) : NULL;

    if (!connection)
        return;
    resume_from_each(kit, connection, "cursor", KIT_CURSOR, kit->n_cursors);
    resume_from_each(kit, connection, "pull request", KIT_SET_END, kit->whole.n);
    resume_from_each(kit, connection, "row of a set", KIT_IN_SET, kit->n_rows);
    sp_connection_close(connection);
}

/* ---- A part ---------------------------------------------------------------- */

void kit_check_part(struct kit *kit)
{
    struct sp_connection *connection = needs_repository(kit) ? kit_connect(kit) : NULL;
    struct kit_store store = {0};
    struct kit_call call;

    if (!connection)
        return;
    kit_call_init(&call, kit);
    call.store = &store;
    if (kit_call_import(&call, connection, SP_IMPORT_PART))
        kit_fault(kit, "the part fails: %s", call.err.message);
    if (call.n_remotes || call.n_gone || call.count[KIT_CURSOR])
        kit_fault(kit, "a part brings %u Git remotes, %u that are gone and %u cursors",
                  call.n_remotes, call.n_gone, call.count[KIT_CURSOR]);
    kit_store_clear(&store);
    kit_call_clear(&call);
    sp_connection_close(connection);
}
