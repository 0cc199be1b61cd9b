/* job.h - the work there is for a connection's listing and for each imported repository
 *
 * A job is a row that stays: its state tells how the work goes, next_at when it is due.
 * Scopes with repository_id 0 mean the listing, in whose job stands, too, why the whole
 * connection cannot work.
 */
#ifndef SH_JOB_H
#define SH_JOB_H

#include "store/history.h"

/* Not now, for a reason of the host's own. */
#define SH_ERR_PAUSED (SP_ERR_HOST - 2)

/* One run of a listing or of an import. */
struct sh_run {
    int64_t started_ms;
    int64_t round_ms;           /* when the import began that this one goes on with */
    char cursor[SP_CURSOR_MAX]; /* the provider's, from before; then the new one */
    bool has_cursor;
    int64_t failures;   /* in a row, before it */
    int64_t changed_ms; /* when something last happened in it; 0: nothing ever */
    bool is_first;      /* nothing was ever brought before it */
    bool was_split;     /* what is noted of who helped an earlier one may still be there */
    int64_t commits, pull_requests, activities; /* stored by it */
    int64_t requests;                           /* to the server */
    int64_t left_out;                           /* pull requests; -1: was not told */
    char mirror_id[SH_GIT_ID_MAX];
    int64_t commits_since_ms; /* the history_since that the commits were read with before */
    char left_out_setting[64];
};

/* How it ended. */
struct sh_result {
    int code;
    const char *message;
    int64_t now_ms;
    int64_t next_ms; /* when it is due again; 0: not by itself */
};

/* It is begun by this process; fills in what an earlier run has left. */
int sh_job_start(const struct sh_scope *, struct sh_run *, struct sp_error *);
/* How far it is: `state` is listing, fetching or importing; total 0: not known. */
int sh_job_advance(const struct sh_scope *, const char *state, const char *what, uint64_t done,
                   uint64_t total, struct sp_error *);
/* The server asked to wait until then. */
int sh_job_limited(const struct sh_scope *, const char *reason, int64_t until_ms,
                   struct sp_error *);
int sh_job_finish(const struct sh_scope *, const struct sh_run *, const struct sh_result *,
                  struct sp_error *);

/* It cannot be begun, for that reason, before next_ms. */
int sh_job_pause(const struct sh_scope *, const char *reason, int64_t now_ms, int64_t next_ms,
                 struct sp_error *);

/* With which history_since commits were read, and how many were older: of all, or (`more`)
 * besides those of before.  Both in a transaction of the caller's. */
int sh_job_commits_since(const struct sh_scope *, int64_t since_ms, struct sp_error *);
int sh_job_older_commits(const struct sh_scope *, int64_t n, bool more, struct sp_error *);

/* Writes who works on it, or did so last: "process 4711". */
int sh_job_holder(const struct sh_scope *, char *holder, size_t size, struct sp_error *);

/* An import found that the connection cannot work: noted in the listing's job, which is due
 * when the connection is to be tried again. */
int sh_job_blame_connection(const struct sh_scope *, const struct sh_result *,
                            struct sp_error *);

/* A job's row, as far as what is due depends on it; zeros where it was never begun. */
struct sh_job_row {
    char state[16];
    int64_t failures;
    int64_t next_ms; /* 0: not by itself */
};
int sh_job_read(const struct sh_scope *, struct sh_job_row *ret, struct sp_error *);

/* The imported repositories of a connection that are due by then, the most overdue first, at
 * most n.  Non-zero from fn ends the query, which returns it. */
struct sh_due {
    int64_t repository_id;
    const char *path, *state;
    bool listed, offline;
    int64_t fence; /* of a claim that was taken with it (lease.h); 0: none was */
};
/* Of the columns id, path, state, listed, offline; no claim. */
struct sh_due sh_due_row(const struct sh_value *column);
typedef int (*sh_due_fn)(void *ctx, const struct sh_due *);
int sh_jobs_due(struct sh_store *, const char *connection, int64_t by_ms, int64_t n,
                sh_due_fn fn, void *ctx, struct sp_error *);
/* When the next of them is due after that moment, whose mirror is at that place or nowhere;
 * INT64_MAX: none is. */
int sh_jobs_next(struct sh_store *, const char *connection, const char *place, int64_t after_ms,
                 int64_t *ret, struct sp_error *);

/* What waits to be done, and how long one takes. */
struct sh_forecast {
    int64_t queued;  /* imported repositories that are due */
    int64_t each_ms; /* of the last imports; 0: not known */
};
int sh_jobs_forecast(struct sh_store *, const char *connection, int64_t now_ms,
                     struct sh_forecast *ret, struct sp_error *);

/* How many repositories there are in each state, of those that are imported. */
typedef int (*sh_state_fn)(void *ctx, const char *state, int64_t n);
int sh_jobs_count(struct sh_store *, sh_state_fn fn, void *ctx, struct sp_error *);

/* Why some are paused, since when: at most once. */
typedef int (*sh_paused_fn)(void *ctx, const char *reason, int64_t since_ms);
int sh_jobs_paused(struct sh_store *, sh_paused_fn fn, void *ctx, struct sp_error *);

/* Of each connection with some, when that of its imported repositories succeeded which did so
 * longest ago. */
typedef int (*sh_oldest_fn)(void *ctx, const char *connection, int64_t oldest_ms);
int sh_jobs_oldest(struct sh_store *, sh_oldest_fn fn, void *ctx, struct sp_error *);

/* Makes the listing due now. */
int sh_job_hurry(const struct sh_scope *, int64_t now_ms, struct sp_error *);
/* What is due after latest_ms, as a clock that was ahead has put it off, is due now; what a
 * server asked to wait, once it is longer than any can. */
int sh_jobs_recall(struct sh_store *, int64_t now_ms, int64_t latest_ms, struct sp_error *);
/* What waited to be listed again, and is: due now. */
int sh_jobs_revive(struct sh_store *, const char *connection, int64_t now_ms,
                   struct sp_error *);

#endif
