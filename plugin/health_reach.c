/* health_reach.c - the way to the server, and whether it is a Bitbucket that is ready */
#include "health.h"

#include "cleanup.h"
#include "json.h"
#include "version.h"

#include <stdio.h>
#include <string.h>

static void check_resolve(struct bb_report *report, struct bb_timing time,
                          const struct sp_error *err)
{
    const char *host = report->instance->base.host;

    if (time.reached < BB_RESOLVED)
        bb_tell_error(report, "resolve", err,
                      (struct bb_finding){.duration_ms = time.total_ms});
    else
        bb_tell(report, "resolve", SP_CHECK_PASS,
                (struct bb_finding){.duration_ms = time.resolved_ms},
                report->instance->settings.proxy ? "the proxy resolves, and %s is left to it"
                                                 : "%s resolves",
                host);
}

/* Of a connection that was there already all times are 0. */
static uint32_t between(uint32_t earlier, uint32_t later)
{
    return later > earlier ? later - earlier : 0;
}

static void check_connect(struct bb_report *report, struct bb_timing time,
                          const struct sp_error *err)
{
    struct bb_finding finding = {.duration_ms = time.total_ms};

    if (bb_leave_out(report, "connect"))
        return;
    /* The proxy accepts connections, but does not let us through. */
    if (time.reached < BB_CONNECTED || (err->code && bb_cause_of(err) == BB_PROXY)) {
        bb_tell_error(report, "connect", err, finding);
        return;
    }
    finding.duration_ms = between(time.resolved_ms, time.connected_ms);
    bb_tell(report, "connect", SP_CHECK_PASS, finding, "%s accepts connections",
            report->instance->base.origin);
}

static void check_tls(struct bb_report *report, struct bb_timing time,
                      const struct sp_error *err)
{
    const struct sp_instance *instance = report->instance;
    struct bb_finding finding = {.duration_ms = time.total_ms};

    if (!report->failed && (time.reached < BB_SECURED || err->code == SP_ERR_TLS))
        bb_tell_error(report, "tls", err, finding);
    else if (!instance->settings.verify_tls)
        bb_tell(report, "tls", SP_CHECK_WARN, (struct bb_finding){.cause = BB_TLS_UNVERIFIED},
                "verify_tls is off: any certificate is believed, and so is anyone in between");
    else if (bb_leave_out(report, "tls"))
        return;
    else if (!instance->base.is_https && instance->base.is_loopback)
        bb_tell(report, "tls", SP_CHECK_SKIP, BB_NOTHING, "plain http, within this machine");
    else if (!instance->base.is_https)
        bb_tell(report, "tls", SP_CHECK_WARN, (struct bb_finding){.cause = BB_PLAINTEXT},
                "plain http, nothing is encrypted");
    else {
        finding.duration_ms = between(time.connected_ms, time.secured_ms);
        bb_tell(report, "tls", SP_CHECK_PASS, finding, "the certificate is trusted");
    }
}

static bool text_member(struct json_object *root, const char *key, char *text, size_t size)
{
    struct json_object *member;

    if (!json_object_object_get_ex(root, key, &member) ||
        !json_object_is_type(member, json_type_string))
        return false;
    snprintf(text, size, "%s", json_object_get_string(member));
    return true;
}

/* Reads {"state":..}, which comes with 200 when running, and with 503 while the server
 * starts (documented). */
static void read_state(struct bb_report *report, const struct bb_request *request)
{
    BB_AUTOJSON struct json_object *root = NULL;
    const struct bb_answer *answer = bb_request_answer(request);
    enum json_tokener_error why;

    if (answer->is_json && answer->other_body.data)
        bb_note_memory(report, bb_json_parse(answer->other_body.data, &root, &why));
    text_member(root, "state", report->state, sizeof report->state);
}

/* A server that is not ready answers 503 to all but /status (observed); what stands before it
 * may ask for a login first. */
static bool is_told_by_state(const struct bb_report *report, const struct sp_error *err)
{
    return report->state[0] && strcmp(report->state, "RUNNING") != 0 &&
           (err->code == SP_ERR_UNAVAILABLE || err->code == SP_ERR_NOT_FOUND ||
            err->code == SP_ERR_PROTOCOL || err->code == SP_ERR_FORBIDDEN);
}

/* {"version":"7.11.2","buildNumber":"7011002",..,"displayName":"Bitbucket"}, which needs no
 * login (documented). */
static int ask_product(struct bb_report *report, struct bb_document *document, unsigned flags,
                       struct sp_error *err)
{
    int rc;

    bb_document_clear(document);
    rc = bb_ask_document(
        report, document,
        bb_base_make(&report->instance->base, "/rest/api/1.0/application-properties"),
        flags | BB_ONCE, err);
    bb_note_clock(report, document->request);
    return rc;
}

/* Some servers, or what stands before them, want a login for everything.  That request is the
 * login of the report then: what refuses it is told by the check of the login. */
static bool wants_login(const struct bb_report *report, const struct bb_document *document,
                        const struct sp_error *err)
{
    return document->request && bb_request_answer(document->request)->status == 401 &&
           !is_told_by_state(report, err);
}

static void check_product(struct bb_report *report)
{
    struct sp_error err = {.size = sizeof err};
    const struct bb_base *base = &report->instance->base;
    struct bb_finding finding = {0};
    struct bb_document document;
    bool with_login;
    int rc;

    bb_document_init(&document);
    rc = ask_product(report, &document, BB_WITHOUT_LOGIN, &err);
    with_login = wants_login(report, &document, &err);
    if (with_login)
        rc = ask_product(report, &document, BB_PROOF, &err);
    if (document.request)
        finding.duration_ms = bb_request_timing(document.request).total_ms;
    if (with_login && rc == SP_ERR_LOGIN)
        bb_tell(report, "bitbucket", SP_CHECK_SKIP, finding,
                "what answers below %s tells nothing without a login", base->url);
    else if (!rc &&
             text_member(document.root, "version", report->version, sizeof report->version))
        bb_tell(report, "bitbucket", SP_CHECK_PASS, finding,
                "Bitbucket Server answers below %s", base->url);
    else if (rc && is_told_by_state(report, &err))
        bb_tell(report, "bitbucket", SP_CHECK_PASS, finding, "/status answers below %s",
                base->url);
    else if (rc == SP_ERR_CANCELLED || rc == SP_ERR_NOMEM)
        report->rc = rc;
    else
        bb_tell_place(report, document.request, &err);
    bb_document_clear(&document);
}

static void log_facts(const struct bb_report *report)
{
    for (int fact = 0; fact < BB_FACT_COUNT; fact++) {
        const struct bb_fact_row *row = bb_fact(fact);

        bb_log(report->instance, SP_LOG_DEBUG, "version %s has %s%s (%s): %s", report->version,
               bb_version_has(report->version_number, fact) ? "" : "no ", row->what, row->name,
               bb_source_name(row->source));
    }
}

/* Writes "; without draft pull requests (from 8.18), .." of what people may look for, or "". */
static void write_missed(const struct bb_report *report, char *text, size_t size)
{
    char missed[80];
    size_t length = 0;

    text[0] = '\0';
    for (int fact = 0; fact < BB_FACT_COUNT && length < size; fact++)
        if (bb_fact_is_missed(bb_fact(fact), report->version_number, missed, sizeof missed))
            length += (size_t)snprintf(text + length, size - length, "%s %s",
                                       length ? "," : "; without", missed);
}

static void check_version(struct bb_report *report)
{
    uint32_t major;
    char missed[200];

    if (bb_leave_out(report, "version"))
        return;
    report->version_number = bb_version_parse(report->version);
    major = report->version_number / BB_VERSION_NUMBER(1, 0);
    if (!report->version[0]) {
        bb_tell(report, "version", SP_CHECK_SKIP, BB_NOTHING,
                "the server does not tell it now");
        return;
    }
    log_facts(report);
    write_missed(report, missed, sizeof missed);
    if (major >= BB_MAJOR_FIRST && major <= BB_MAJOR_LAST)
        bb_tell(report, "version", SP_CHECK_PASS, BB_NOTHING, "version %s%s", report->version,
                missed);
    else
        bb_tell(report, "version", SP_CHECK_WARN, (struct bb_finding){.cause = BB_VERSION},
                "version %s is not one that this provider was made for (%d to %d)",
                report->version, BB_MAJOR_FIRST, BB_MAJOR_LAST);
}

static void check_state(struct bb_report *report)
{
    const char *state = report->state;
    struct bb_finding finding = {.cause = BB_NOT_READY, .code = SP_ERR_UNAVAILABLE};

    if (bb_leave_out(report, "state"))
        return;
    if (strcmp(state, "STARTING") == 0)
        finding.cause = BB_STARTING;
    else if (strcmp(state, "MAINTENANCE") == 0)
        finding.cause = BB_MAINTENANCE;
    if (strcmp(state, "RUNNING") == 0)
        bb_tell(report, "state", SP_CHECK_PASS, BB_NOTHING, "the server is running");
    else if (!*state && report->hides_state)
        bb_tell(report, "state", SP_CHECK_SKIP, BB_NOTHING,
                "/status is not told without a login, and gets none");
    else if (!*state && report->status_err.code == SP_ERR_NETWORK)
        bb_tell(report, "state", SP_CHECK_WARN,
                (struct bb_finding){.cause = bb_cause_of(&report->status_err)}, "%s",
                report->status_err.message);
    else if (!*state)
        bb_tell(report, "state", SP_CHECK_WARN, (struct bb_finding){.cause = BB_PROTOCOL},
                "/status does not tell the state");
    else
        bb_tell(report, "state", SP_CHECK_FAIL, finding, "the server is not ready: %s", state);
}

void bb_check_reach(struct bb_report *report)
{
    struct sp_error *err = &report->status_err;
    struct bb_request *request;
    struct bb_timing time;
    int rc = bb_ask(report, bb_base_make(&report->instance->base, "/status"), BB_WITHOUT_LOGIN,
                    &request, err);

    if (!request || rc == SP_ERR_CANCELLED || rc == SP_ERR_NOMEM) {
        report->rc = rc;
        bb_request_free(request);
        return;
    }
    time = bb_request_timing(request);
    read_state(report, request);
    report->hides_state = bb_request_answer(request)->status == 401;
    bb_note_clock(report, request);
    bb_request_free(request);
    check_resolve(report, time, err);
    check_connect(report, time, err);
    check_tls(report, time, err);
    if (!bb_leave_out(report, "bitbucket")) {
        if (time.reached < BB_ANSWERED)
            bb_tell_error(report, "bitbucket", err,
                          (struct bb_finding){.duration_ms = time.total_ms});
        else
            check_product(report);
    }
    check_version(report);
    check_state(report);
}
