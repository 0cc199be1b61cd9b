/* faults.c - see faults.h */
#include "faults.h"

#include "error.h"

#include <stdio.h>

enum { IN_VAIN_MAX = 10 };

/* A negative value of the host's callbacks ends the import; it does not fill our error. */
static bool is_of_record(int rc, const struct sp_error *err)
{
    return err->code == rc &&
           (rc == SP_ERR_PROTOCOL || rc == SP_ERR_NOT_FOUND || rc == SP_ERR_FORBIDDEN ||
            rc == SP_ERR_UNAVAILABLE || rc == SP_ERR_NETWORK);
}

static void keep_number(struct bb_faults *faults, int64_t number)
{
    if (number <= 0 || faults->n_numbers == BB_LEFT_OUT_MAX)
        faults->is_untold = true;
    else if (faults->n_numbers == 0 || faults->numbers[faults->n_numbers - 1] != number)
        faults->numbers[faults->n_numbers++] = number;
}

int bb_faults_note(struct bb_faults *faults, const struct sp_instance *instance, int64_t number,
                   int rc, struct sp_error *err)
{
    if (!is_of_record(rc, err))
        return rc;
    if ((err->flags & SP_ERROR_RETRY) && ++faults->in_vain > IN_VAIN_MAX)
        return rc;
    keep_number(faults, number);
    if (faults->n++ == 0) {
        faults->first = *err;
        if (number > 0)
            snprintf(faults->first.message, sizeof faults->first.message,
                     "pull request %lld, %.400s", (long long)number, err->message);
    }
    bb_log(instance, SP_LOG_WARNING, "left out: %s", err->message);
    *err = (struct sp_error){.size = err->size};
    return SP_OK;
}

bool bb_faults_has(const struct bb_faults *faults, int64_t number)
{
    for (size_t i = 0; i < faults->n_numbers; i++)
        if (faults->numbers[i] == number)
            return true;
    return false;
}

void bb_faults_relax(struct bb_faults *faults)
{
    faults->in_vain = 0;
}

int bb_faults_tell(const struct bb_faults *faults, struct sp_error *err)
{
    if (faults->n == 0)
        return SP_OK;
    return bb_fail(err, SP_ERR_PARTIAL,
                   faults->n == 1 ? "%u record skipped, %s"
                                  : "%u records skipped, the first: %s",
                   faults->n, faults->first.message);
}
