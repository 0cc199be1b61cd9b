/* faults.h - records that were left out of an import, so that the others arrive
 *
 * They are counted, the first is told, and the cursor keeps their numbers, so that the next
 * import reads them again.
 */
#ifndef BB_FAULTS_H
#define BB_FAULTS_H

#include "cursor.h"
#include "instance.h"

struct bb_faults {
    unsigned n;
    struct sp_error first;
    unsigned in_vain;                 /* in a row, of those that were tried repeatedly */
    int64_t numbers[BB_LEFT_OUT_MAX]; /* of their pull requests, to be read next time */
    size_t n_numbers;
    bool is_untold; /* one has no number, or there are more than fit: the cursor cannot name it
                     */
};

/* Notes what *err tells of a record of that pull request (0: its number is not known), and
 * empties *err.  Returns 0 when the import can go on without the record, else err's code:
 * what is not the record's own fault, or one too many that the server gives no answer to. */
int bb_faults_note(struct bb_faults *, const struct sp_instance *, int64_t number, int rc,
                   struct sp_error *err);

/* Whether a fault of that pull request was noted. */
bool bb_faults_has(const struct bb_faults *, int64_t number);

/* A pull request came through. */
void bb_faults_relax(struct bb_faults *);

/* SP_OK without faults, else SP_ERR_PARTIAL with their count and the first. */
int bb_faults_tell(const struct bb_faults *, struct sp_error *err);

#endif
