/* log.c - reads commits out of a mirror, one git log for all of them
 *
 * Each commit is a line feed free row of fields that NUL ends, the one character that no
 * commit can hold, and then whatever --shortstat says up to the NUL that begins the next.
 * Memory is that of the largest commit.  A field beyond FIELD_MAX is cut there.
 */
#include "git.h"

#include "git_error.h"
#include "names.h"
#include "process_lines.h"
#include "run.h"
#include "stat.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define NAMES_MAX ((size_t)1 << 30)
#define FIELD_MAX ((size_t)4 << 20)

enum {
    SHA,
    PARENTS,
    AUTHOR_NAME,
    AUTHOR_EMAIL,
    AUTHOR_DATE,
    COMMITTER_NAME,
    COMMITTER_EMAIL,
    COMMITTER_DATE,
    SUBJECT,
    STAT,
    N_FIELDS
};
#define FORMAT "%x00%H%x00%P%x00%an%x00%ae%x00%ad%x00%cn%x00%ce%x00%cd%x00%s%x00"

struct reader {
    sh_git_commit_fn fn;
    void *ctx;
    struct sp_error *err;
    struct sh_process_text text; /* the fields of one commit, each with its NUL */
    size_t at[N_FIELDS];         /* where they begin */
    int field;                   /* the one being read; -1 before the first commit */
};

/* ---- Fields ---------------------------------------------------------------- */

/* "1700000000 +0200" to milliseconds and zone.  git gives nothing, or a number out of all
 * bounds, for a date that it cannot read itself; so 0 and "". */
static int64_t parse_date(const char *date, const char **ret_tz)
{
    char *end;
    long long seconds;

    errno = 0;
    seconds = strtoll(date, &end, 10);
    *ret_tz = *end == ' ' ? end + 1 : "";
    if (errno || seconds > INT64_MAX / 1000 || seconds < INT64_MIN / 1000)
        return 0;
    return (int64_t)seconds * 1000;
}

static int deliver(struct reader *r)
{
    const char *f[N_FIELDS], *unused;
    struct sh_git_commit commit = {0};

    for (int i = 0; i < N_FIELDS; i++)
        f[i] = r->text.data + r->at[i];
    if (!sh_git_is_sha(f[SHA], '\0'))
        return sp_error_set(r->err, SP_ERR_HOST,
                            "git: its log cannot be understood; are the names not SHA-1?");
    commit.sha = f[SHA];
    commit.parents = f[PARENTS];
    commit.author_name = f[AUTHOR_NAME];
    commit.author_email = f[AUTHOR_EMAIL];
    commit.authored_ms = parse_date(f[AUTHOR_DATE], &commit.author_tz);
    commit.committer_name = f[COMMITTER_NAME];
    commit.committer_email = f[COMMITTER_EMAIL];
    commit.committed_ms = parse_date(f[COMMITTER_DATE], &unused);
    commit.subject = f[SUBJECT];
    sh_git_stat_parse(f[STAT], &commit.size);
    return r->fn(r->ctx, &commit);
}

/* ---- Stream ---------------------------------------------------------------- */

static int end_field(struct reader *r)
{
    int rc = 0;

    if (r->field >= 0)
        rc = sh_process_text_add(&r->text, "", 1, r->err);
    if (rc == 0 && r->field == STAT)
        rc = deliver(r);
    if (r->field < 0 || r->field == STAT) {
        r->text.len = 0;
        r->field = SHA;
    } else {
        r->field++;
    }
    r->at[r->field] = r->text.len;
    return rc;
}

static int add_to_field(struct reader *r, const char *data, size_t len)
{
    size_t room;

    if (r->field < 0)
        return 0;
    room = FIELD_MAX - (r->text.len - r->at[r->field]);
    return sh_process_text_add(&r->text, data, len < room ? len : room, r->err);
}

static int take(void *ctx, const char *data, size_t len)
{
    struct reader *r = ctx;
    const char *end = data + len;
    int rc = 0;

    while (rc == 0 && data < end) {
        const char *nul = memchr(data, '\0', (size_t)(end - data));

        rc = add_to_field(r, data, (size_t)((nul ? nul : end) - data));
        if (rc == 0 && nul)
            rc = end_field(r);
        data = nul ? nul + 1 : end;
    }
    return rc;
}

/* ---- Call ------------------------------------------------------------------ */

/* The log forgives what is missing, for the sake of `known`.  A tip that is missing would
 * mean commits that nobody ever hears of. */
static int check_wanted(const char *dir, const struct sh_process_text *wanted,
                        const struct sh_git_watch *watch, struct sp_error *err)
{
    static const char *const args[] = {"rev-list", "--no-walk", "--quiet", "--stdin", NULL};
    struct sh_git_run run = {.dir = dir,
                             .args = args,
                             .watch = watch,
                             .input = wanted->data,
                             .input_len = wanted->len};

    return sh_git_run(&run, err);
}

static int log_names(const char *dir, const struct sh_process_text *names,
                     const struct sh_git_watch *watch, struct reader *reader)
{
    static const char *const args[] = {"log",
                                       "--ignore-missing", /* must come first */
                                       "--stdin",
                                       "--topo-order",
                                       "--shortstat",
                                       "--date=raw",
                                       "--encoding=UTF-8",
                                       "--no-show-signature",
                                       "--no-notes",
                                       "--no-mailmap",
                                       "--no-color",
                                       "--format=tformat:" FORMAT,
                                       NULL};
    struct sh_git_run run = {.dir = dir,
                             .args = args,
                             .watch = watch,
                             .input = names->data,
                             .input_len = names->len,
                             .ctx = reader,
                             .output = take};
    int rc = sh_git_run(&run, reader->err);

    /* The last commit has no other behind it. */
    return rc == 0 && reader->field >= 0 ? end_field(reader) : rc;
}

int sh_git_log(const char *dir, const char *const *wanted, const char *const *known,
               const struct sh_git_watch *watch, sh_git_commit_fn fn, void *ctx,
               struct sp_error *err)
{
    struct sh_process_text names = {.max = NAMES_MAX};
    struct reader reader = {.fn = fn,
                            .ctx = ctx,
                            .err = err,
                            .field = -1,
                            .text = {.max = N_FIELDS * FIELD_MAX * 2}};
    int rc = sh_git_names_add(&names, "", wanted, err);

    if (rc == 0 && *wanted)
        rc = check_wanted(dir, &names, watch, err);
    if (rc == 0)
        rc = sh_git_names_add(&names, "^", known, err);
    if (rc == 0 && *wanted)
        rc = log_names(dir, &names, watch, &reader);
    sh_process_text_clear(&names);
    sh_process_text_clear(&reader.text);
    return rc;
}
