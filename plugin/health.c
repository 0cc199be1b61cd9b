/* health.c - a report of checks in order; a failed one skips those that depend on it
 *
 * At most one login is tried in a report: Bitbucket counts failures.
 */
#include "verbs.h"

#include "cleanup.h"
#include "document.h"
#include "error.h"
#include "json.h"
#include "login.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct report {
    struct bb_call *call;
    struct sp_instance *instance;
    const struct sp_sink *sink;
    bool failed; /* what follows depends on what failed */
    int rc;      /* what the sink returned to end the call */
};

struct finding {
    const char *remedy, *setting;
    uint32_t duration_ms;
    int code; /* enum sp_code of a failure */
};

static void tell(struct report *report, const char *id, enum sp_check_status status,
                 struct finding finding, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

static void tell(struct report *report, const char *id, enum sp_check_status status,
                 struct finding finding, const char *format, ...)
{
    char detail[600];
    struct sp_check check = {
        .size = sizeof check,
        .id = id,
        .detail = detail,
        .remedy = finding.remedy,
        .setting = finding.setting,
        .status = status,
        .code = finding.code,
        .duration_ms = finding.duration_ms,
    };
    va_list args;

    va_start(args, format);
    vsnprintf(detail, sizeof detail, format, args);
    va_end(args);
    if (status == SP_CHECK_FAIL)
        report->failed = true;
    if (!report->rc && report->sink->check)
        report->rc = report->sink->check(report->sink->ctx, &check);
}

#define NOTHING ((struct finding){0})

/* True when the check has to be left out. */
static bool skip(struct report *report, const char *id)
{
    if (report->failed)
        tell(report, id, SP_CHECK_SKIP, NOTHING, "not tried, a check above failed");
    return report->failed;
}

static void fail(struct report *report, const char *id, const struct sp_error *err,
                 uint32_t duration_ms)
{
    if (err->code == SP_ERR_CANCELLED) {
        report->rc = err->code; /* nothing was found: the report ends here */
        report->failed = true;
        return;
    }
    tell(report, id, SP_CHECK_FAIL,
         (struct finding){.setting = err->setting[0] ? err->setting : NULL,
                          .duration_ms = duration_ms,
                          .code = err->code},
         "%s", err->message);
}

static void check_connect(struct report *report, const struct bb_request *request,
                          const struct sp_error *err)
{
    struct bb_timing time = bb_request_timing(request);
    const struct bb_base *base = &report->instance->base;

    if (time.reached < BB_RESOLVED)
        fail(report, "resolve", err, time.total_ms);
    else
        tell(report, "resolve", SP_CHECK_PASS,
             (struct finding){.duration_ms = time.resolved_ms}, "%s resolves", base->host);
    if (skip(report, "connect"))
        return;
    if (time.reached < BB_CONNECTED)
        fail(report, "connect", err, time.total_ms);
    else
        tell(report, "connect", SP_CHECK_PASS,
             (struct finding){.duration_ms = time.connected_ms - time.resolved_ms},
             "%s accepts connections", base->origin);
}

static void check_tls(struct report *report, const struct bb_request *request,
                      const struct sp_error *err)
{
    struct bb_timing time = bb_request_timing(request);

    if (skip(report, "tls"))
        return;
    if (time.reached < BB_SECURED)
        fail(report, "tls", err, time.total_ms);
    else if (!report->instance->base.is_https)
        tell(report, "tls", report->instance->base.is_loopback ? SP_CHECK_SKIP : SP_CHECK_WARN,
             (struct finding){.setting = "base_url"}, "plain http, nothing is encrypted");
    else if (!report->instance->settings.verify_tls)
        tell(report, "tls", SP_CHECK_WARN,
             (struct finding){.setting = "verify_tls",
                              .remedy = "set ca_file to the server's authority instead"},
             "the server's certificate is not checked");
    else
        tell(report, "tls", SP_CHECK_PASS,
             (struct finding){.duration_ms = time.secured_ms - time.connected_ms},
             "the certificate is trusted");
}

/* {"version":"7.11.2","buildNumber":"7011002",..,"displayName":"Bitbucket"}, which needs no
 * login (documented). */
static void check_product(struct report *report, char *version, size_t size)
{
    struct sp_error err = {.size = sizeof err};
    struct bb_document document;
    struct json_object *member;
    int rc;

    if (skip(report, "bitbucket"))
        return;
    bb_document_init(&document);
    rc = bb_document_get(
        report->call, &document,
        bb_base_make(&report->instance->base, "/rest/api/1.0/application-properties"),
        BB_WITHOUT_LOGIN | BB_ONCE, &err);
    if (rc == SP_ERR_CANCELLED)
        fail(report, "bitbucket", &err, 0);
    else if (rc)
        tell(report, "bitbucket", SP_CHECK_FAIL,
             (struct finding){.setting = "base_url",
                              .code = rc,
                              .remedy = "base_url is the address of Bitbucket's start page, "
                                        "its context path included"},
             "%s", err.message);
    else if (!json_object_object_get_ex(document.root, "version", &member) ||
             !json_object_is_type(member, json_type_string))
        tell(report, "bitbucket", SP_CHECK_FAIL, (struct finding){.setting = "base_url"},
             "what answers there is not Bitbucket Server: it tells no version");
    else {
        snprintf(version, size, "%s", json_object_get_string(member));
        tell(report, "bitbucket", SP_CHECK_PASS,
             (struct finding){.duration_ms = bb_request_timing(document.request).total_ms},
             "Bitbucket Server answers below %s", report->instance->base.url);
    }
    bb_document_clear(&document);
}

static void check_version(struct report *report, const char *version)
{
    int major = atoi(version);

    if (skip(report, "version"))
        return;
    if (major >= 5 && major <= 10)
        tell(report, "version", SP_CHECK_PASS, NOTHING, "version %s", version);
    else
        tell(report, "version", SP_CHECK_WARN, NOTHING,
             "version %s is not one that this provider was made for (5 to 10)", version);
}

/* Copies the state of /status; it comes with 200 when running, and with 503 while the
 * server starts (documented). */
static void read_state(const struct bb_document *document, char *state, size_t size)
{
    BB_AUTOJSON struct json_object *parsed = NULL;
    struct json_object *root = document->root, *member;
    const struct bb_answer *answer =
        document->request ? bb_request_answer(document->request) : NULL;

    state[0] = '\0';
    if (!root && answer && answer->other_body.data)
        root = parsed = json_tokener_parse(answer->other_body.data);
    if (json_object_object_get_ex(root, "state", &member) &&
        json_object_is_type(member, json_type_string))
        snprintf(state, size, "%s", json_object_get_string(member));
}

static void check_state(struct report *report, const char *state)
{
    if (skip(report, "state"))
        return;
    if (strcmp(state, "RUNNING") == 0)
        tell(report, "state", SP_CHECK_PASS, NOTHING, "the server is running");
    else if (!*state)
        tell(report, "state", SP_CHECK_WARN, NOTHING, "/status does not tell the state");
    else
        tell(report, "state", SP_CHECK_FAIL,
             (struct finding){.remedy = "wait for it, or ask its administrator"},
             "the server is not ready: %s", state);
}

static void check_login(struct report *report)
{
    char user[256];
    struct sp_error err = {.size = sizeof err};
    int64_t began = bb_now_ms();
    int rc;

    if (skip(report, "login")) {
        skip(report, "identity");
        return;
    }
    rc = bb_login_prove(report->call, &err);
    if (rc)
        fail(report, "login", &err, (uint32_t)(bb_now_ms() - began));
    else
        tell(report, "login", SP_CHECK_PASS,
             (struct finding){.duration_ms = (uint32_t)(bb_now_ms() - began)},
             "the login is accepted");
    if (skip(report, "identity"))
        return;
    bb_gate_user(&report->instance->gate, user, sizeof user);
    if (*user)
        tell(report, "identity", SP_CHECK_PASS, NOTHING, "the server takes us for %s", user);
    else
        tell(report, "identity", SP_CHECK_WARN,
             (struct finding){.remedy = "let the proxy pass X-AUSERNAME; until then /users, "
                                        "which needs a login, is asked instead"},
             "answers do not say who we are: something removes X-AUSERNAME");
}

/* GET /admin/permissions/users needs ADMIN, and no token ever has that (documented). */
static void check_permission(struct report *report)
{
    struct sp_error err = {.size = sizeof err};
    struct bb_document document;
    int rc;

    if (skip(report, "permission"))
        return;
    bb_document_init(&document);
    rc = bb_document_get(
        report->call, &document,
        bb_base_make(&report->instance->base, "/rest/api/1.0/admin/permissions/users?limit=1"),
        BB_ONCE, &err);
    bb_document_clear(&document);
    if (!rc)
        tell(report, "permission", SP_CHECK_PASS, NOTHING, "the account is an administrator");
    else if (report->instance->settings.token && rc == SP_ERR_FORBIDDEN)
        tell(report, "permission", SP_CHECK_WARN, (struct finding){.setting = "token"},
             "a token cannot prove administration; repositories that it may not read are "
             "missing");
    else if (rc == SP_ERR_FORBIDDEN)
        tell(report, "permission", SP_CHECK_WARN,
             (struct finding){.setting = "username",
                              .remedy = "give the account the global permission ADMIN"},
             "the account is no administrator: projects, personal repositories and their pull "
             "requests that it may not read are missing from every listing");
    else
        fail(report, "permission", &err, 0);
}

static void run(struct report *report)
{
    struct sp_error err = {.size = sizeof err};
    char version[64] = "", state[64];
    struct bb_document status;

    bb_document_init(&status);
    bb_document_get(report->call, &status, bb_base_make(&report->instance->base, "/status"),
                    BB_WITHOUT_LOGIN | BB_ONCE, &err);
    if (!status.request || err.code == SP_ERR_CANCELLED) {
        report->rc = status.request ? SP_ERR_CANCELLED : SP_ERR_NOMEM;
        bb_document_clear(&status);
        return;
    }
    read_state(&status, state, sizeof state);
    check_connect(report, status.request, &err);
    check_tls(report, status.request, &err);
    bb_document_clear(&status);
    check_product(report, version, sizeof version);
    check_version(report, version);
    check_state(report, state);
    check_login(report);
    check_permission(report);
    tell(report, "git", SP_CHECK_SKIP, NOTHING, "not checked yet");
    tell(report, "rate_limit", SP_CHECK_SKIP, NOTHING, "not checked yet");
    tell(report, "clock", SP_CHECK_SKIP, NOTHING, "not checked yet");
}

int bb_health(struct sp_instance *instance, const struct sp_sink *sink, struct sp_error *err)
{
    struct report report = {.instance = instance, .sink = sink};
    int rc = bb_call_open(instance, sink, &report.call, err);

    if (rc)
        return rc;
    run(&report);
    bb_call_close(report.call);
    if (report.rc == SP_ERR_CANCELLED)
        return bb_fail(err, report.rc, "cancelled");
    return report.rc;
}
