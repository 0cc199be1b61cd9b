/* api_repository.c - one repository: how it goes, why, what was imported, and what it shows */
#include "web/api.h"

#include "clock.h"
#include "output.h"
#include "store/figures.h"
#include "store/journal.h"
#include "web/answer.h"
#include "web/connection.h"
#include "web/rows.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { HISTORY_MAX = 50 };

#define WEEK_S (7 * 24 * 60 * 60)

/* ---- Its row --------------------------------------------------------------- */

struct telling {
    const struct sp_connection_file *file;
    struct json_object *object;
};

static int on_row(void *ctx, const struct sh_repository_row *row)
{
    struct telling *telling = ctx;
    struct sh_decision decision = sh_decide(telling->file, row, sh_now_ms());

    sh_json_put(telling->object, "repository", sh_row_of_repository(telling->file, row));
    sh_json_put(telling->object, "explain", sh_report_why(telling->file, row, &decision));
    sh_json_put(telling->object, "status", sh_report_status(telling->file->name, row));
    return 0;
}

/* A link of the server's is shown only if it is one. */
static bool is_link(const char *url)
{
    return url && (strncmp(url, "https://", 8) == 0 || strncmp(url, "http://", 7) == 0);
}

static int on_details(void *ctx, const struct sh_repository_details *details)
{
    struct json_object *row;

    json_object_object_get_ex(((struct telling *)ctx)->object, "repository", &row);
    sh_json_text(row, "description", details->description);
    sh_json_text(row, "default_branch", details->default_branch);
    sh_json_text(row, "web_url", is_link(details->web_url) ? details->web_url : NULL);
    return 0;
}

/* ---- What was done --------------------------------------------------------- */

static int on_run(void *ctx, const struct sh_journal_row *row)
{
    return sh_json_append(ctx, sh_report_run(row));
}

static int add_history(const struct sh_scope *scope, struct json_object *object,
                       struct sp_error *err)
{
    struct json_object *history = json_object_new_array();

    sh_json_put(object, "history", history);
    return sh_journal_last(scope, HISTORY_MAX, on_run, history, err);
}

static int add_figures(const struct sh_scope *scope, struct json_object *object,
                       struct sp_error *err)
{
    struct json_object *imported = json_object_new_object();
    struct sh_figures figures = {0};
    int rc = sh_figures(scope, &figures, err);

    sh_json_int(imported, "commits", figures.commits);
    sh_json_int(imported, "refs", figures.refs);
    sh_json_int(imported, "pull_requests", figures.pull_requests);
    sh_json_int(imported, "activities", figures.activities);
    sh_json_put(object, "imported", imported);
    return rc;
}

/* ---- Charts ---------------------------------------------------------------- */

static struct json_object *numbers(const int64_t *weeks)
{
    struct json_object *list = json_object_new_array();

    for (size_t i = 0; i < SH_WEEKS; i++)
        sh_json_append(list, json_object_new_int64(weeks[i]));
    return list;
}

static struct json_object *hours(const double *weeks)
{
    struct json_object *list = json_object_new_array();

    for (size_t i = 0; i < SH_WEEKS; i++)
        if (weeks[i] < 0)
            sh_json_append_null(list);
        else
            sh_json_append(
                list, json_object_new_double((double)(int64_t)(weeks[i] / 36000 + 0.5) / 100));
    return list;
}

static struct json_object *mondays(int64_t first_ms)
{
    struct json_object *list = json_object_new_array();

    for (int i = 0; i < SH_WEEKS; i++) {
        time_t seconds = (time_t)(first_ms / 1000) + (time_t)i * WEEK_S;
        struct tm tm;
        char text[16];

        gmtime_r(&seconds, &tm);
        strftime(text, sizeof text, "%Y-%m-%d", &tm);
        sh_json_append(list, json_object_new_string(text));
    }
    return list;
}

static int on_review(void *ctx, const char *author, const char *reviewer, int64_t n)
{
    struct json_object *object = json_object_new_object();

    sh_json_text(object, "author", author);
    sh_json_text(object, "reviewer", reviewer);
    sh_json_int(object, "count", n);
    return sh_json_append(ctx, object);
}

static int add_charts(const struct sh_scope *scope, struct json_object *object,
                      struct sp_error *err)
{
    struct json_object *charts = json_object_new_object(), *reviews = json_object_new_array();
    struct sh_weeks weeks;
    int rc = sh_weeks(scope, sh_now_ms(), &weeks, err);

    if (!rc)
        rc = sh_reviews(scope, &weeks, on_review, reviews, err);
    sh_json_put(charts, "weeks", mondays(weeks.first_ms));
    sh_json_put(charts, "commits", numbers(weeks.commits));
    sh_json_put(charts, "opened", numbers(weeks.opened));
    sh_json_put(charts, "merged", numbers(weeks.merged));
    sh_json_put(charts, "first_review_hours", hours(weeks.first_review_ms));
    sh_json_put(charts, "reviews", reviews);
    sh_json_put(object, "charts", charts);
    return rc;
}

/* ---- All of it ------------------------------------------------------------- */

static int tell(const struct sh_scope *scope, const struct sh_connection *connection,
                struct json_object *object, struct sp_error *err)
{
    struct telling telling = {connection->file, object};
    int rc = sh_catalog_repository(scope, on_row, &telling, err);

    if (!rc)
        rc = sh_catalog_details(scope, on_details, &telling, err);
    if (!rc)
        rc = add_history(scope, object, err);
    if (!rc)
        rc = add_figures(scope, object, err);
    return rc ? rc : add_charts(scope, object, err);
}

void sh_api_repository(struct sh_request *request)
{
    struct json_object *object = json_object_new_object();
    struct sh_connection connection;
    struct sp_error err;
    int rc = sh_request_connection(request, &connection, &err);

    if (!rc)
        rc = tell(
            &(struct sh_scope){request->web->host.store, connection.name, request->id, 0, 0},
            &connection, object, &err);
    if (rc) {
        json_object_put(object);
        sh_answer_error(request, &err);
    } else {
        sh_answer(request, object);
    }
    sh_connection_clear(&connection);
}
