/* check_listing.c - a listing is complete or failed, and says the same each time */
#include "call.h"

#include <string.h>

static void keep(struct kit *kit, struct kit_call *call)
{
    kit->organizations = call->organizations;
    kit->repositories = call->repositories;
    call->organizations = call->repositories = (struct kit_rows){0};
}

void kit_check_listing(struct kit *kit)
{
    struct sp_connection *connection = kit_connect(kit);
    struct kit_call first, again;

    if (!connection)
        return;
    kit_call_init(&first, kit);
    kit_call_init(&again, kit);
    if (kit_call_enumerate(&first, connection))
        kit_fault(kit, "the listing fails: %s", first.err.message);
    else if (kit_call_enumerate(&again, connection))
        kit_fault(kit, "the second listing fails: %s", again.err.message);
    else if (first.digest != again.digest)
        kit_fault(kit, "two listings differ: ids or paths change, or it misses some");
    if (first.n_asked == 0)
        kit_fault(kit, "the listing never asks whether it is cancelled");
    kit_tell(kit, "%zu organizations, %zu repositories", first.organizations.n,
             first.repositories.n);
    if (first.rc == SP_ERR_LOGIN) /* which servers lock accounts for, when it is repeated */
        kit_board_bail(kit->board, "the login is refused, nothing more is tried");
    keep(kit, &first);
    sp_connection_close(connection);
    kit_call_clear(&first);
    kit_call_clear(&again);
}
