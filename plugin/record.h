/* record.h - JSON becomes records, here and nowhere else
 *
 * Each function reads one JSON object into one record of the contract.  Strings are
 * borrowed from the tree, lists and made-up strings live in the arena; so a record is good
 * until the tree or the arena goes.  What is wrong is noted in the node's document
 * (json.h), and asked for once when a record is done.
 */
#ifndef BB_RECORD_H
#define BB_RECORD_H

#include "arena.h"
#include "json.h"
#include "source_provider.h"
#include "url.h"

/* NULL where the node is absent, or out of memory (noted). */
const struct sp_person *bb_record_person(const struct bb_node *, struct bb_arena *);

void bb_record_organization(const struct bb_node *project, struct sp_organization *);

/* The repository's project is read apart, by the function above. */
void bb_record_repository(const struct bb_node *repository, const struct bb_base *,
                          struct bb_arena *, struct sp_repository *);

/* Everything but revision and merge commit by activity.  target_id is the repository that
 * the pull request goes to. */
void bb_record_pull_request(const struct bb_node *, struct bb_arena *, struct sp_pull_request *,
                            int64_t *ret_target_id);

/* The revision of a pull request: text that differs whenever something about it may have
 * changed that the listing can tell.  NULL: it would be too long to tell. */
const char *bb_record_revision(const struct bb_node *, const struct sp_pull_request *,
                               struct bb_arena *);

void bb_record_commit(const struct bb_node *, struct bb_arena *, struct sp_commit *);

/* Calls fn for the activity itself, and for each reply and task below its comment.  What is
 * wrong with one of them is told to `fault` (NULL: it ends the call) with the document's code
 * and error; when that returns 0 the others go on.  Returns 0, or what a function returned. */
typedef int (*bb_activity_fn)(void *ctx, const struct sp_activity *);
typedef int (*bb_fault_fn)(void *ctx, int rc);
int bb_record_activities(const struct bb_node *, bb_activity_fn fn, bb_fault_fn fault,
                         void *ctx);

/* Notes that memory ran out. */
void bb_record_no_memory(const struct bb_node *);

#endif
