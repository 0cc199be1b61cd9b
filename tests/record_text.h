/* record_text.h - records of the contract as text, a line each, with all they hold
 *
 * What is empty is left out, long text is cut ("Merge pull reque~84": so many bytes).  A person
 * is told once, before the first record that names the id.
 */
#ifndef RECORD_TEXT_H
#define RECORD_TEXT_H

#include "idset.h"
#include "source_provider.h"

#include <stdio.h>

struct record_text {
    FILE *to;
    struct bb_idset people; /* that were told */
};

void record_text_person(struct record_text *, const struct sp_person *);
void record_text_organization(struct record_text *, const struct sp_organization *);
/* base: what web_url begins with */
void record_text_repository(struct record_text *, const struct sp_repository *,
                            const char *base);
void record_text_pull_request(struct record_text *, const struct sp_pull_request *,
                              int64_t target_id);
void record_text_commit(struct record_text *, const struct sp_commit *);
void record_text_activity(struct record_text *, const struct sp_activity *);

#endif
