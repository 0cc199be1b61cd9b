/* journal.h - what is to be done, what was done, and how it went */
#ifndef SH_JOURNAL_H
#define SH_JOURNAL_H

#include "store/history.h"

/* One run of a listing (repository_id 0) or of an import. */
struct sh_run {
    int64_t started_ms;
    int64_t commits, pull_requests, activities; /* stored by it */
};

int sh_journal_start(const struct sh_scope *, const struct sh_run *, struct sp_error *);
/* `code` and `message` tell how it ended; they are kept in the run, and for an import in
 * the repository's job. */
int sh_journal_finish(const struct sh_scope *, const struct sh_run *, int code,
                      const char *message, int64_t now_ms, struct sp_error *);

#endif
