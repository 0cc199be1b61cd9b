/* source_provider.h - the contract between an ingestion host and a source provider
 *
 * A source provider is a loadable module that knows one code hosting product: it
 * lists the repositories that an account can see, and hands over what is to be
 * imported of one of them.  The host keeps the records, mirrors Git, and decides
 * what is imported and when.
 *
 * Six rules hold for the whole file:
 *
 *  1. Growth.  A struct that starts with `size` may get members at its end.  Who
 *     fills one sets size to its own sizeof; who reads one asks SP_HAS() before it
 *     touches a member that was added after ABI 1.  (libsource-provider does both
 *     for hosts, but for what a record points to and for struct source_provider.)
 *  2. Ownership.  Memory is freed by the side that allocated it.  A pointer passed
 *     to a function or callback is borrowed until that call returns.
 *  3. Text is UTF-8 and NUL-terminated.  NULL means "not known", "" is a value.
 *     Times are milliseconds since 1970 UTC; 0 means "not known".  Ids are the
 *     product's own numbers, stable when things are renamed or moved; 0 means
 *     "none".
 *  4. Results.  0 is success, negative is an enum sp_code.  Who fails fills *err
 *     and leaves its other outputs untouched.
 *  5. Threads.  Callbacks run on the thread that made the call, and never after it
 *     has returned.
 *  6. Secrets (settings marked SP_SETTING_SECRET, sp_git_remote.authorization) are
 *     in no message and no log line.
 */
#ifndef SOURCE_PROVIDER_H
#define SOURCE_PROVIDER_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SP_ABI_VERSION  1 /* raised only when old modules must break */
#define SP_ENTRY_SYMBOL "source_provider_entry"
#define SP_ACCOUNT_MAX  1024  /* bytes of an account's name, its final NUL included */
#define SP_REVISION_MAX 16384 /* bytes of a revision, its final NUL included */
#define SP_CURSOR_MAX   4096  /* bytes of a cursor, its final NUL included */

/* True when the struct that `p` points to is new enough to hold `member`. */
#define SP_HAS(type, p, member) ((p)->size >= offsetof(type, member) + sizeof((p)->member))

#if defined(__GNUC__)
#define SP_EXPORT __attribute__((__visibility__("default")))
#else
#define SP_EXPORT
#endif

/* ---- Results --------------------------------------------------------------- */

enum sp_code {
    SP_OK = 0,
    SP_ERR_INTERNAL = -1, /* a defect in the module or the host */
    SP_ERR_NOMEM = -2,
    SP_ERR_INVALID = -3,     /* bad setting or argument; sp_error.setting names it */
    SP_ERR_UNSUPPORTED = -4, /* this product or version cannot do it */
    SP_ERR_CANCELLED = -5,   /* sp_sink.cancelled said so */
    SP_ERR_LOGIN = -6,       /* the server does not accept who we are */
    SP_ERR_FORBIDDEN = -7,   /* it knows who we are, and denies this one thing */
    SP_ERR_NOT_FOUND = -8,
    SP_ERR_RATE_LIMIT = -9, /* sp_error.retry_after_ms says for how long */
    SP_ERR_NETWORK = -10,   /* resolve, connect, read, time-out */
    SP_ERR_TLS = -11,
    SP_ERR_UNAVAILABLE = -12, /* the server is there and answers 5xx */
    SP_ERR_PROTOCOL = -13,    /* an answer that cannot be understood */
    SP_ERR_PARTIAL = -14,     /* done but for some records; the message names the first */
    SP_ERR_HOST = -100        /* this and below: the host's own, from its callbacks */
};

#define SP_ERROR_RETRY (1u << 0) /* the same call may succeed later */

/* Owned by the caller, who sets size and zeroes the rest. */
struct sp_error {
    size_t size;
    int32_t code;            /* what the function returned */
    int32_t http_status;     /* 0 when no answer arrived */
    uint32_t flags;          /* SP_ERROR_* */
    uint32_t retry_after_ms; /* 0: not known */
    char setting[64];        /* key of the setting to blame, or "" */
    char cause[32];          /* "dns", "captcha", ...: stable, for programs; or "" */
    char message[512];       /* one line, whole by itself: what failed, with its name */
    char remedy[256];        /* what the user can do, where the message does not say; or "" */
};

/* ---- Spans ----------------------------------------------------------------- */

struct sp_fact {
    const char *key, *text; /* text NULL: the number; never grows */
    int64_t number;
};

/* Others of the same thread may begin before it ends, and end after it, as requests in flight
 * do.  Without it a span lies within another one of its thread, or beside it. */
#define SP_SPAN_OVERLAPS (1u << 0)

/* What something took.  Times are nanoseconds of CLOCK_MONOTONIC. */
struct sp_span {
    size_t size;
    const char *category; /* "request", "parse", ...: stable, for programs */
    const char *name;     /* what was done, in a few words; without a secret, as the facts */
    int64_t begin_ns, end_ns;
    const struct sp_fact *facts;
    size_t n_facts;
    const struct sp_span *const *parts; /* within it, one after the other */
    size_t n_parts;
    uint64_t flags; /* SP_SPAN_* */
};

/* ---- Host services --------------------------------------------------------- */

enum sp_log_level { SP_LOG_ERROR, SP_LOG_WARNING, SP_LOG_INFO, SP_LOG_DEBUG };

/* How fast an account may ask, in microseconds: what its provider was told, and what it found
 * out.  All that log in as the account share one state. */
struct sp_rate {
    size_t size;
    int64_t pace_us;   /* at least between two requests of those who have one; 0: none */
    int64_t refill_us; /* the server grants one more request each so often; 0: not known */
    int64_t room_us;   /* and so much time's worth of them at once, when nobody has asked */
    int64_t requests;  /* what this one is to be counted as there; 0: none goes, it is told */
    /* What the server said of its limit, and when it was asked (milliseconds since 1970 UTC; 0:
     * never).  Whoever has the older of two is given the newer: the provider here. */
    int64_t capacity, fill_rate, told_ms;
};

/* Moments on one clock, in microseconds; both 0 at first. */
struct sp_rate_state {
    int64_t paced_us; /* when the next request may go that has a pace */
    int64_t full_us;  /* when the server grants all at once again */
};

enum { SP_RATE_LOST_US = 60 * 1000 * 1000 }; /* so far ahead is no moment of this clock */

/* How long one more request has to wait; 0: it is taken.  What is counted late may overdraw
 * the server's part by an eighth, and by less than what would be taken for a lost moment. */
static inline int64_t sp_rate_take(const struct sp_rate *rate, struct sp_rate_state *state,
                                   int64_t now_us)
{
    int64_t room = rate->room_us > rate->refill_us ? rate->room_us : rate->refill_us;
    int64_t late = room / 8 < SP_RATE_LOST_US / 2 ? room / 8 : SP_RATE_LOST_US / 2;
    int64_t last = now_us + room + late;
    int64_t full = state->full_us, pause = 0, wait = 0;

    if (!rate->requests)
        return 0;
    if (full < now_us || full > now_us + room + SP_RATE_LOST_US)
        full = now_us;
    if (rate->pace_us && state->paced_us <= now_us + rate->pace_us + SP_RATE_LOST_US)
        pause = state->paced_us - now_us;
    if (rate->refill_us)
        wait = full + rate->refill_us - room - now_us;
    if (pause > 0 || wait > 0)
        return pause > wait ? pause : wait;
    if (rate->pace_us)
        state->paced_us = now_us + rate->pace_us;
    full += rate->refill_us * rate->requests;
    if (rate->refill_us)
        state->full_us = full < last ? full : last;
    return 0;
}

/* Outlives every instance that was configured with it.  Callable from any thread. */
struct sp_host {
    size_t size;
    void *ctx;
    const char *user_agent; /* what to call ourselves towards servers */
    /* One finished line, without line feed and without a secret.  May be NULL. */
    void (*log)(void *ctx, uint32_t level, const char *line);
    /* Servers lock an account after a few failed logins, whoever tries them.  So a provider
     * asks before each request that carries the credentials, Git's included.  > 0: go, and
     * give that number to login_leave when the answer is there.  0: not yet, ask again within
     * a second.  Negative, with err filled: the login is known to be refused, and nothing is
     * sent.  `most`: so many of the account's requests may be under way at once, those of
     * others included.  `proven`: 0 until the server has accepted the login of this instance;
     * of those only one is let in at a time.  The three are all set or all NULL, and may be
     * called from any thread. */
    int (*login_enter)(void *ctx, uint32_t most, int proven, struct sp_error *err);
    /* The server refused the login: called at once, and before login_leave of the request
     * that it refused.  With SP_ERROR_RETRY the server did not say so clearly. */
    void (*login_refused)(void *ctx, const struct sp_error *why);
    void (*login_leave)(void *ctx, int seat);
    /* The time, milliseconds since 1970 UTC, from any thread.  May be NULL: the system's. */
    int64_t (*now_ms)(void *ctx);
    /* A span has ended; told by the thread that it was spent in.  NULL: nobody wants to know,
     * and nothing need be measured. */
    void (*span)(void *ctx, const struct sp_span *);
    /* Asked before each request whose rate is limited, or of which nobody has told yet whether
     * it is.  `seat`: what login_enter gave for it, 0 where it goes without a login.  1: go.
     * 0: not yet, ask for a seat again in *ret_wait_ms.  Where it is not 1 the seat was taken
     * back.  With requests 0 nothing goes, the host only gets to know what the server said.
     * May be NULL: the provider keeps the rate of each instance by itself. */
    int (*rate_enter)(void *ctx, int seat, struct sp_rate *rate, int64_t *ret_wait_ms,
                      struct sp_error *err);
};

/* ---- Settings -------------------------------------------------------------- */

enum sp_setting_type {
    SP_SETTING_STRING,
    SP_SETTING_URL,
    SP_SETTING_INTEGER,
    SP_SETTING_BOOLEAN, /* true|false, yes|no, on|off, 1|0 */
    SP_SETTING_FILE,    /* a path that must be readable */
    SP_SETTING_DATE,    /* YYYY-MM-DD, UTC */
    SP_SETTING_LIST     /* words separated by blanks */
};

#define SP_SETTING_REQUIRED (1u << 0)
/* Never shown again.  Hosts that use libsource-provider also take it from elsewhere:
 * KEY_file names a file whose only line it is, KEY_env a variable of the environment,
 * KEY_credential a credential that systemd passes. */
#define SP_SETTING_SECRET (1u << 1)
#define SP_SETTING_PEM    (1u << 2) /* of SP_SETTING_FILE: certificates or a key, as PEM */

/* One declared setting: enough for a host to check a file and to draw a form.
 * Grows by source_provider.setting_size. */
struct sp_setting {
    const char *key; /* [a-z][a-z0-9_]*, at most 63 bytes */
    const char *label;
    const char *help;     /* one sentence */
    const char *fallback; /* the value when absent; NULL: none */
    int64_t minimum;      /* SP_SETTING_INTEGER only; equal when unbounded */
    int64_t maximum;
    uint32_t type;  /* enum sp_setting_type */
    uint32_t flags; /* SP_SETTING_* */
};

struct sp_pair {
    const char *key, *value; /* never grows */
};

/* ---- Records: what flows to the host --------------------------------------- */

enum sp_visibility { SP_VISIBILITY_UNKNOWN, SP_PRIVATE, SP_PUBLIC };

#define SP_PERSON_INACTIVE (1u << 0) /* deleted or switched off */
#define SP_PERSON_SERVICE  (1u << 1) /* a machine's account */

struct sp_person {
    size_t size;
    int64_t id;
    const char *name; /* login */
    const char *slug;
    const char *display_name;
    const char *email;
    uint64_t flags; /* SP_PERSON_* */
};

#define SP_ORGANIZATION_PERSONAL (1u << 0) /* a person's own space */

/* What groups repositories: a project, a person's own space. */
struct sp_organization {
    size_t size;
    int64_t id;
    const char *key; /* first half of a repository's path */
    const char *name;
    const char *description;
    uint32_t visibility; /* enum sp_visibility */
    uint32_t flags;      /* SP_ORGANIZATION_* */
};

#define SP_REPOSITORY_ARCHIVED (1u << 0)
#define SP_REPOSITORY_FORK     (1u << 1)
#define SP_REPOSITORY_OFFLINE  (1u << 2) /* listed, but its content cannot be read now */

struct sp_repository {
    size_t size;
    int64_t id;
    int64_t organization_id;
    int64_t origin_id; /* what a fork was made from, when that can be seen */
    const char *path;  /* "KEY/slug", unique at one time */
    const char *slug;
    const char *name;
    const char *description;
    const char *default_branch; /* "main"; most listings do not tell */
    const char *state;          /* the product's word, as "AVAILABLE" */
    const char *web_url;
    uint32_t visibility; /* enum sp_visibility */
    uint32_t flags;      /* SP_REPOSITORY_* */
};

#define SP_GIT_VERIFY_TLS (1u << 0)
#define SP_GIT_LOCAL      (1u << 1) /* url is file:///PATH, of the host's machine, no login */

/* Where Git finds a repository, with everything that reaching it takes: exactly
 * what the provider itself uses for its requests. */
struct sp_git_remote {
    size_t size;
    const char *url;           /* http or https (see SP_GIT_LOCAL), holds no credentials */
    const char *authorization; /* SECRET: value of the Authorization header, or NULL */
    const char *ca_file;       /* NULL: the system's */
    const char *client_cert;
    const char *client_key;
    const char *proxy; /* SECRET, may hold a login; NULL: the environment's */
    uint64_t flags;    /* SP_GIT_* */
    int64_t since_ms;  /* commits that were committed before are not wanted; 0: all are */
    /* Git failed with `code`, by the host's reading of git's own words: what that means for
     * this product.  Fills err and returns its code, or returns 0 where the words mean
     * nothing special.  May be NULL. */
    int (*explain)(const struct sp_git_remote *, int code, const char *words,
                   struct sp_error *err);
    void *ctx; /* the provider's own, for explain and hide */
    /* Overwrites what git or the server says of the login, in whatever form, with as many
     * other characters: to be called before anything of it is shown, cut or kept.  May be
     * NULL. */
    void (*hide)(const struct sp_git_remote *, char *words, size_t length);
};

enum sp_review_state { SP_REVIEW_NONE, SP_REVIEW_APPROVED, SP_REVIEW_NEEDS_WORK };

/* Lists are arrays of pointers, so that what they point to may grow. */
struct sp_reviewer {
    size_t size;
    const struct sp_person *person;
    const char *last_reviewed_commit;
    uint64_t state; /* enum sp_review_state */
};

enum sp_pull_request_state { SP_OPEN = 1, SP_MERGED, SP_DECLINED };

#define SP_PULL_REQUEST_DRAFT (1u << 0)
/* The host has both ends in its mirror (it said so in has_commit) and reads the
 * commits from there: from_commit without what to_commit reaches. */
#define SP_PULL_REQUEST_COMMITS_IN_GIT (1u << 1)
/* What the host holds of these and the set does not tell stays: commits that the server has
 * forgotten; activities, where some could not be understood. */
#define SP_PULL_REQUEST_COMMITS_UNKNOWN (1u << 2)
#define SP_PULL_REQUEST_PARTIAL         (1u << 3)

struct sp_pull_request {
    size_t size;
    int64_t number; /* identity within its repository */
    const char *title;
    const char *description;
    const char *web_url;
    const struct sp_person *author;
    int64_t created_ms, updated_ms, closed_ms;
    const char *from_ref; /* "refs/heads/topic" */
    const char *from_commit;
    int64_t from_repository_id; /* 0: a fork that is gone or hidden */
    const char *to_ref;
    const char *to_commit;
    const char *merge_commit;
    int64_t comment_count; /* -1: not told; counts hereafter alike */
    int64_t open_task_count;
    int64_t resolved_task_count;
    const struct sp_reviewer *const *reviewers;
    size_t n_reviewers;
    /* Made by the provider; differs whenever anything about the pull request may
     * have changed.  "" or NULL: cannot tell, read it again each time. */
    const char *revision;
    uint32_t state; /* enum sp_pull_request_state */
    uint32_t flags; /* SP_PULL_REQUEST_* */
};

struct sp_commit {
    size_t size;
    const char *sha;
    const char *author_name, *author_email;
    int64_t authored_ms;
    const char *committer_name, *committer_email;
    int64_t committed_ms;
    const char *message;
    const char *const *parents;
    size_t n_parents;
};

enum sp_action {
    SP_ACTION_OTHER, /* sp_activity.action_name tells which, .raw holds it */
    SP_ACTION_OPENED,
    SP_ACTION_UPDATED,
    SP_ACTION_RESCOPED, /* the commits changed: a push to either end */
    SP_ACTION_COMMENTED,
    SP_ACTION_APPROVED,
    SP_ACTION_UNAPPROVED,
    SP_ACTION_REVIEWED, /* needs work */
    SP_ACTION_REVIEW_COMMENTED,
    SP_ACTION_REVIEW_DISCARDED,
    SP_ACTION_REVIEW_FINISHED,
    SP_ACTION_MERGED,
    SP_ACTION_DECLINED,
    SP_ACTION_REOPENED,
    SP_ACTION_DELETED,
    SP_ACTION_AUTO_MERGE_REQUESTED,
    SP_ACTION_AUTO_MERGE_CANCELLED
};

enum sp_severity { SP_SEVERITY_NORMAL, SP_SEVERITY_BLOCKER /* a task */ };
enum sp_comment_state {
    SP_COMMENT_STATE_UNKNOWN,
    SP_COMMENT_OPEN,
    SP_COMMENT_PENDING,
    SP_COMMENT_RESOLVED
};

#define SP_ACTIVITY_ORPHANED (1u << 0) /* the line it was written on is gone */

/* One thing that happened in a pull request.  Every comment is one, replies of any
 * depth too (action SP_ACTION_COMMENTED, parent_comment_id set). */
struct sp_activity {
    size_t size;
    int64_t id;              /* unique within the pull request; < 0: the product numbers
                                it only as a comment or task, the provider made the id */
    const char *action_name; /* the product's word */
    const struct sp_person *actor;
    int64_t created_ms;

    int64_t comment_id, parent_comment_id; /* 0: none */
    int64_t comment_version;               /* number of edits */
    int64_t updated_ms;
    const char *text; /* markup, as written */
    int64_t resolved_ms;
    const struct sp_person *resolver;

    const char *path, *src_path; /* the file that was commented on; before a rename */
    const char *line_type;       /* "ADDED", "REMOVED", "CONTEXT" */
    const char *file_type;       /* side of the diff: "FROM", "TO" */
    const char *diff_type;       /* "EFFECTIVE", "RANGE", "COMMIT" */
    int64_t line;                /* 0: the whole file */

    /* Commits: of an anchor the diff's ends, of RESCOPED the new ends. */
    const char *from_commit, *to_commit;
    const char *previous_from_commit, *previous_to_commit;
    const char *merge_commit;
    const char *const *added_commits, *const *removed_commits;
    size_t n_added_commits, n_removed_commits;
    int64_t added_commit_total, removed_commit_total; /* the lists may be cut */

    const struct sp_person *const *added_reviewers, *const *removed_reviewers;
    size_t n_added_reviewers, n_removed_reviewers;

    const char *raw; /* JSON of an action that has no name here, else NULL */

    uint32_t action;        /* enum sp_action */
    uint32_t severity;      /* enum sp_severity */
    uint32_t comment_state; /* enum sp_comment_state */
    uint32_t flags;         /* SP_ACTIVITY_* */
};

enum sp_check_status { SP_CHECK_PASS, SP_CHECK_WARN, SP_CHECK_FAIL, SP_CHECK_SKIP };

struct sp_check {
    size_t size;
    const char *id;      /* "resolve", "login", ...: stable, for programs */
    const char *detail;  /* what was seen */
    const char *remedy;  /* what to do, or NULL */
    const char *setting; /* key of the setting to blame, or NULL */
    uint32_t status;     /* enum sp_check_status */
    uint32_t duration_ms;
    int64_t code;      /* enum sp_code of what failed, 0: nothing did */
    const char *cause; /* why it is not a pass: "dns", "captcha", ...: stable, or NULL */
};

struct sp_progress {
    size_t size;
    const char *what;     /* plural noun: "repositories", "pull requests" */
    uint64_t done, total; /* total 0: not known; it may grow */
};

/* The host's side of a long call.  Callbacks that return int return 0 to go on; a
 * negative value ends the call, which returns that very value.  They may block: the
 * provider then holds no more than its requests in flight.  A callback that is NULL
 * is one the host does not care for. */
struct sp_sink {
    size_t size;
    void *ctx;

    /* enumerate: each organization before its repositories, in any other order; once
     * each.  `complete` comes last, and only when nothing at all was missed: without
     * it a host must conclude nothing about what is absent. */
    int (*organization)(void *ctx, const struct sp_organization *);
    int (*repository)(void *ctx, const struct sp_repository *);
    int (*complete)(void *ctx);

    /* import: first Git, which the host mirrors before it returns ... */
    int (*git_remote)(void *ctx, const struct sp_git_remote *);
    /* ... then pull requests, in any order.  For each the provider asks for the revision
     * that the host holds (it writes "" when it holds none, at most `size` bytes) and
     * skips what is unchanged.  1: the host has stored it since the beginning of an import
     * that was interrupted and now goes on, so that the same revision need not be read
     * again even where a revision does not tell everything.  2: leave it alone, another
     * import has it. */
    int (*known_revision)(void *ctx, int64_t number, char *revision, size_t size);
    /* Of what the host holds: writes the lowest number above `after` of those that are open
     * or were updated at `since_ms` or later (INT64_MIN: of all).  1: there is one, 0: there
     * is none. */
    int (*held_pull_request)(void *ctx, int64_t after, int64_t since_ms, int64_t *number);
    /* 1: the mirror has that commit, 0: it has not, negative: ends the call. */
    int (*has_commit)(void *ctx, const char *sha);
    /* A pull request is handed over as a set: begin, its commits (newest first) and
     * activities (in any order), end.  At end, and not before, the host replaces what
     * it holds and keeps the revision.  A set that fails on the way is dropped by what comes
     * next: a begin, a cursor, that it is gone, or a call that fails. */
    int (*pull_request_begin)(void *ctx, int64_t number);
    int (*pull_request_commit)(void *ctx, const struct sp_commit *);
    int (*activity)(void *ctx, const struct sp_activity *);
    int (*pull_request_end)(void *ctx, const struct sp_pull_request *);
    /* The server was asked for this one alone, and says that it does not exist any more. */
    int (*pull_request_gone)(void *ctx, int64_t number);
    /* Somebody who was met in a pull request, also in one that is skipped. */
    int (*person)(void *ctx, const struct sp_person *);
    /* So many pull requests, of all there are, are not imported because of this setting. */
    int (*left_out)(void *ctx, const char *setting, int64_t n);
    /* What the provider wants to be told at the next import of this repository: text of its
     * own below SP_CURSOR_MAX bytes, to be kept with all that was sent before it. */
    int (*cursor)(void *ctx, const char *cursor);

    /* health */
    int (*check)(void *ctx, const struct sp_check *);

    /* any long call */
    void (*progress)(void *ctx, const struct sp_progress *);
    /* The server asked to come again later, because of `why`; the call waits until then
     * (milliseconds since 1970 UTC). */
    void (*waiting)(void *ctx, int64_t until_ms, const struct sp_error *why);
    /* Non-zero: give up.  Asked before each request and once a second while waiting. */
    int (*cancelled)(void *ctx);

    /* enumerate: so many repositories the host holds of the last listing, which lets pages be
     * asked for before it is known that they are there.  A hint; 0: nobody knows. */
    uint64_t held_repositories;
};

/* Another import brings the repository; this one takes a part of its pull requests off it:
 * those that a listing tells and known_revision does not refuse.  No Git, nothing about what is
 * gone, no cursor. */
#define SP_IMPORT_PART (1u << 0)

struct sp_import {
    size_t size;
    int64_t repository_id;
    const char *path;   /* as listed last: "KEY/slug" */
    const char *cursor; /* what sp_sink.cursor was given last; NULL: nothing yet */
    uint64_t flags;     /* SP_IMPORT_* */
};

/* ---- The provider ---------------------------------------------------------- */

enum sp_threading {
    SP_ONE_CALL,              /* one call at a time in the whole process */
    SP_ONE_CALL_PER_INSTANCE, /* instances are independent */
    SP_PARALLEL               /* any calls at once, even on one instance */
};

struct sp_instance; /* defined by the module, opaque to the host */

struct source_provider {
    size_t size;        /* sizeof(struct source_provider) */
    uint32_t abi;       /* SP_ABI_VERSION */
    uint32_t threading; /* enum sp_threading */
    const char *name;   /* "bitbucket-server": [a-z][a-z0-9-]*, at most 63 bytes */
    const char *title;  /* for people: "Bitbucket Server" */
    const char *version;
    const struct sp_setting *settings; /* use SP_SETTINGS(table) */
    size_t n_settings, setting_size;

    /* Makes an instance: checks the settings and copies what it keeps.  No input or
     * output, so that a host may call it only to check a form.  `host` is borrowed
     * until close. */
    int (*configure)(const struct sp_host *host, const struct sp_pair *pairs, size_t n,
                     struct sp_instance **out, struct sp_error *err);
    /* Wipes the secrets and frees the instance.  NULL is allowed. */
    void (*close)(struct sp_instance *);
    /* Sends every organization and repository that the account can see. */
    int (*enumerate)(struct sp_instance *, const struct sp_sink *, struct sp_error *err);
    /* Sends what is new of one repository. */
    int (*import)(struct sp_instance *, const struct sp_import *, const struct sp_sink *,
                  struct sp_error *err);
    /* Sends each check to sink->check.  Returns 0 when the report is complete, however
     * bad the news in it. */
    int (*health)(struct sp_instance *, const struct sp_sink *, struct sp_error *err);

    /* Writes which account of which server the instance logs in as, without a secret: who
     * writes the same shares a lockout.  "" when only the server knows (a token).  At most
     * size bytes, SP_ACCOUNT_MAX do; no input or output. */
    int (*account)(struct sp_instance *, char *account, size_t size, struct sp_error *err);
};

#define SP_SETTINGS(table)                                                                     \
    .settings = (table), .n_settings = sizeof(table) / sizeof *(table),                        \
    .setting_size = sizeof *(table)

/* The one symbol that a module exports.  Returns NULL for an ABI it does not speak. */
typedef const struct source_provider *(*sp_entry_fn)(uint32_t host_abi);

#define SOURCE_PROVIDER_DEFINE(provider)                                                       \
    SP_EXPORT const struct source_provider *source_provider_entry(uint32_t);                   \
    const struct source_provider *source_provider_entry(uint32_t host_abi)                     \
    {                                                                                          \
        return host_abi == SP_ABI_VERSION ? &(provider) : NULL;                                \
    }                                                                                          \
    struct sp_instance /* swallows the semicolon */

#ifdef __cplusplus
}
#endif
#endif /* SOURCE_PROVIDER_H */
