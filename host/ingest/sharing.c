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
    NUMBERS = PARTS * PART,
    OPEN_AT = 50, /* so many new ones are worth the others' listings */
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

static int open_it(struct sh_importing *importing)
{
    struct sh_sharing *sharing = &importing->sharing;
    int64_t parts[OPEN_AT];
    size_t n = 0;

    for (unsigned part = 0; part < PARTS && n < OPEN_AT; part++)
        if (sharing->whose[part] == OURS)
            parts[n++] = part;
    sharing->is_open = true;
    return sh_split_open(&importing->scope, importing->worker, parts, n, &importing->err);
}

/* Memory for the first that it is worth something for: where others can share. */
static int prepare(struct sh_importing *importing)
{
    struct sh_sharing *sharing = &importing->sharing;

    if (sharing->whose)
        return SP_OK;
    sharing->whose = calloc(PARTS, 1);
    sharing->met = calloc(NUMBERS / 8, 1);
    return sharing->whose && sharing->met
               ? SP_OK
               : sp_error_set(&importing->err, SP_ERR_NOMEM, "out of memory");
}

int sh_sharing_met(struct sh_importing *importing, int64_t number)
{
    int rc = importing->scope.fence ? prepare(importing) : SP_OK;

    if (!rc && importing->scope.fence && number >= 0 && number < NUMBERS)
        importing->sharing.met[number / 8] |= (unsigned char)(1u << number % 8);
    return rc;
}

bool sh_sharing_has_met(const struct sh_importing *importing, int64_t number)
{
    return importing->sharing.met && number >= 0 && number < NUMBERS &&
           importing->sharing.met[number / 8] & 1u << number % 8;
}

int sh_sharing_ask(struct sh_importing *importing, int64_t number)
{
    struct sh_sharing *sharing = &importing->sharing;
    unsigned part = part_of(number);
    int rc;

    if (!importing->scope.fence)
        return 1;
    rc = prepare(importing);
    if (rc)
        return rc;
    if (!sharing->is_open && !importing->helps) {
        sharing->whose[part] = OURS;
        if (++sharing->n_new == OPEN_AT)
            rc = open_it(importing);
    } else if (sharing->whose[part] == NOBODYS) {
        rc = take(importing, part);
    }
    if (rc || sharing->whose[part] == OURS)
        return rc ? rc : 1;
    sharing->has_left = true;
    return sh_sharing_met(importing, number);
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

int sh_sharing_gather(struct sh_importing *importing, bool *ret_again)
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
    return rc;
}

void sh_sharing_clear(struct sh_importing *importing)
{
    free(importing->sharing.whose);
    free(importing->sharing.met);
}
