/* sharing.c - see sharing.h */
#include "ingest/sharing.h"

#include "store/split.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    PART = 10,       /* pull requests: they come by the time of their last change, so that who
                        takes one number at the beginning takes others far behind with it */
    PARTS = 1 << 16, /* beyond, numbers share them */
    OPEN_AT = 50,    /* so many new ones are worth the others' listings */
    LOOK_MS = 100
};
enum { NOBODYS, OURS, ANOTHERS };

static unsigned part_of(int64_t number)
{
    return (unsigned)((uint64_t)number / PART % PARTS);
}

static int take(struct sh_importing *importing, unsigned part)
{
    int rc = sh_split_take(&importing->scope, importing->worker, part, &importing->err);

    if (rc >= 0)
        importing->sharing.whose[part] = rc ? OURS : ANOTHERS;
    return rc < 0 ? rc : SP_OK;
}

/* What we are at already is ours before anybody else can take it; closed until then, so that
 * who comes after us finds that there is something to forget. */
static int open_it(struct sh_importing *importing)
{
    struct sh_sharing *sharing = &importing->sharing;
    int rc = sh_split_close(&importing->scope, &importing->err);

    for (unsigned part = 0; !rc && part < PARTS; part++)
        if (sharing->whose[part] == OURS)
            rc = take(importing, part);
    sharing->is_open = true;
    return rc ? rc : sh_split_open(&importing->scope, &importing->err);
}

int sh_sharing_ask(struct sh_importing *importing, int64_t number)
{
    struct sh_sharing *sharing = &importing->sharing;
    unsigned part = part_of(number);
    int rc = SP_OK;

    if (!importing->scope.fence)
        return 1;
    if (!sharing->whose)
        sharing->whose = calloc(PARTS, 1);
    if (!sharing->whose)
        return sp_error_set(&importing->err, SP_ERR_NOMEM, "out of memory");
    if (!sharing->is_open && !importing->helps) {
        sharing->whose[part] = OURS;
        if (++sharing->n_new == OPEN_AT)
            rc = open_it(importing);
    } else if (sharing->whose[part] == NOBODYS) {
        rc = take(importing, part);
    }
    if (rc)
        return rc;
    sharing->has_left = sharing->has_left || sharing->whose[part] == ANOTHERS;
    return sharing->whose[part] == OURS;
}

static int wait_for_helpers(struct sh_importing *importing)
{
    int64_t helpers = 0;
    int rc;

    while (!(rc = sh_split_helpers(&importing->scope, &helpers, &importing->err)) && helpers) {
        if (sh_importing_cancelled(importing))
            return sp_error_set(&importing->err, SP_ERR_CANCELLED, "%s: stopped",
                                importing->path);
        usleep(LOOK_MS * 1000);
    }
    return rc;
}

int sh_sharing_gather(struct sh_importing *importing, bool is_whole, bool *ret_again)
{
    struct sh_sharing *sharing = &importing->sharing;
    int rc;

    *ret_again = sharing->has_left;
    if (!sharing->is_open)
        return SP_OK;
    rc = sh_split_close(&importing->scope, &importing->err);
    if (!rc)
        rc = wait_for_helpers(importing);
    memset(sharing->whose, NOBODYS, PARTS);
    sharing->has_left = false;
    sharing->is_known_read = is_whole;
    return rc || *ret_again ? rc : sh_split_forget(&importing->scope, &importing->err);
}

void sh_sharing_clear(struct sh_importing *importing)
{
    free(importing->sharing.whose);
}
