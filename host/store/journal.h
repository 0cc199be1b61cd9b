/* journal.h - what is to be done, what was done, and how it went */
#ifndef SH_JOURNAL_H
#define SH_JOURNAL_H

#include "store/history.h"

/* One run of a listing (repository_id 0) or of an import. */
struct sh_run {
    int64_t started_ms;
    int64_t round_ms;           /* when the import began that this one goes on with */
    char cursor[SP_CURSOR_MAX]; /* the provider's, from before; then the new one */
    bool has_cursor;
    int64_t commits, pull_requests, activities; /* stored by it */
    int64_t left_out;                           /* pull requests; -1: was not told */
    char mirror_id[SH_GIT_ID_MAX];
    int64_t commits_since_ms; /* the history_since that the commits were read with before */
    char left_out_setting[64];
};

/* Notes the beginning; of an import, fills in what an earlier one has left for it. */
int sh_journal_start(const struct sh_scope *, struct sh_run *, struct sp_error *);
/* Notes with which history_since commits were read, and how many were older: of all, or
 * (`more`) besides those of before. */
int sh_journal_older_commits(const struct sh_scope *, int64_t since_ms, int64_t n, bool more,
                             struct sp_error *);
/* `code` and `message` tell how it ended; they are kept in the run, and for an import in
 * the repository's job. */
int sh_journal_finish(const struct sh_scope *, const struct sh_run *, int code,
                      const char *message, int64_t now_ms, struct sp_error *);

#endif
