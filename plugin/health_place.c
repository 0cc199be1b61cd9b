/* health_place.c - what answers below base_url when it is not Bitbucket, and where that is
 *
 * All of it is asked anonymously: whatever answers there is not whom the login is for.
 */
#include "health.h"

#include "cleanup.h"
#include "json.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { PLACES_MAX = 12 };

/* Context paths to try: "" or "/bitbucket". */
struct places {
    struct bb_report *report;
    char *paths[PLACES_MAX];
    size_t n;
};

/* Takes over path (NULL: out of memory). */
static void add_place(struct places *places, char *path)
{
    bool known = !path || strcmp(path, places->report->instance->base.context_path) == 0;

    bb_note_memory(places->report, path ? SP_OK : SP_ERR_NOMEM);
    for (size_t i = 0; !known && i < places->n; i++)
        known = strcmp(places->paths[i], path) == 0;
    if (known || places->n == PLACES_MAX)
        free(path);
    else
        places->paths[places->n++] = path;
}

/* Everything above the last segment of path, then above that, and so on. */
static void add_parents(struct places *places, const char *path)
{
    size_t length = strlen(path);

    while (length > 0) {
        while (length > 0 && path[length - 1] != '/')
            length--;
        while (length > 0 && path[length - 1] == '/')
            length--;
        add_place(places, strndup(path, length));
    }
}

/* What was typed of the URL before its context path, and another path instead. */
static char *url_at(const struct bb_base *base, const char *path, const char *rest)
{
    size_t origin = strlen(base->url) - strlen(base->context_path);
    char *url = NULL;

    return asprintf(&url, "%.*s%s%s", (int)origin, base->url, path, rest) < 0 ? NULL : url;
}

/* Where the start page at that path leads to: Bitbucket's goes to its dashboard or login. */
static void add_start_page(struct places *places, const char *path)
{
    struct bb_report *report = places->report;
    const struct bb_base *base = &report->instance->base;
    struct sp_error err = {.size = sizeof err};
    BB_AUTOFREE char *leads_to = NULL;
    struct bb_request *request;
    const char *place;

    bb_ask(report, url_at(base, path, "/"), BB_WITHOUT_LOGIN, &request, &err);
    place = request ? bb_request_answer(request)->place : NULL;
    if (place)
        bb_note_memory(report, bb_base_path_of(base, place, &leads_to, &err));
    if (leads_to) {
        add_parents(places, leads_to);
        add_place(places, strdup(leads_to)); /* it may lead to "/bitbucket" */
    }
    bb_request_free(request);
}

static bool is_bitbucket_at(struct bb_report *report, const char *path, int *rc)
{
    struct sp_error err = {.size = sizeof err};
    struct bb_document document;
    bool is_it;

    bb_document_init(&document);
    *rc = bb_ask_document(
        report, &document,
        url_at(&report->instance->base, path, "/rest/api/1.0/application-properties"),
        BB_WITHOUT_LOGIN | BB_ONCE, &err);
    is_it = json_object_object_get_ex(document.root, "version", NULL) &&
            json_object_object_get_ex(document.root, "buildNumber", NULL);
    bb_document_clear(&document);
    return is_it;
}

/* The URL at which Bitbucket answers on the same server, or NULL; the caller frees. */
static char *find_bitbucket(struct bb_report *report)
{
    const struct bb_base *base = &report->instance->base;
    struct places places = {.report = report};
    char *found = NULL;
    int rc = SP_OK;

    add_parents(&places, base->context_path);
    add_place(&places, strdup(""));
    add_place(&places, strdup("/bitbucket"));
    add_place(&places, strdup("/stash"));
    add_start_page(&places, base->context_path);
    if (*base->context_path)
        add_start_page(&places, "");
    for (size_t i = 0; i < places.n && !found; i++) {
        /* Who has stopped answering, or was told to stop, is not asked on. */
        if (rc == SP_ERR_CANCELLED || rc == SP_ERR_NETWORK || report->rc)
            break;
        if (is_bitbucket_at(report, places.paths[i], &rc)) {
            found = url_at(base, places.paths[i], "");
            bb_note_memory(report, found ? SP_OK : SP_ERR_NOMEM);
        }
    }
    for (size_t i = 0; i < places.n; i++)
        free(places.paths[i]);
    return found;
}

/* Jira tells about itself to anybody (documented); its pages name it too. */
static bool is_jira(struct bb_report *report, const char *page)
{
    BB_AUTOJSON struct json_object *root = NULL;
    struct sp_error err = {.size = sizeof err};
    const struct bb_answer *answer;
    struct bb_request *request;
    enum json_tokener_error why;

    if (page && strcasestr(page, "name=\"application-name\" content=\"JIRA\""))
        return true;
    bb_ask(report, bb_base_make(&report->instance->base, "/rest/api/2/serverInfo"),
           BB_WITHOUT_LOGIN, &request, &err);
    answer = request ? bb_request_answer(request) : NULL;
    if (answer && answer->is_json && answer->other_body.data)
        bb_note_memory(report, bb_json_parse(answer->other_body.data, &root, &why));
    bb_request_free(request);
    return json_object_object_get_ex(root, "serverTitle", NULL) ||
           json_object_object_get_ex(root, "versionNumbers", NULL);
}

static bool is_cloud(const char *host)
{
    static const char *const hosts[] = {"bitbucket.org", "www.bitbucket.org",
                                        "api.bitbucket.org"};

    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++)
        if (strcasecmp(host, hosts[i]) == 0)
            return true;
    return false;
}

static enum bb_cause cause_of_answer(const struct bb_report *report,
                                     const struct bb_answer *answer, const struct sp_error *err)
{
    bool is_redirect = answer->status >= 300 && answer->status < 400;

    if (!err->code)
        return BB_NOT_BITBUCKET; /* JSON, but no version in it */
    if (err->code == SP_ERR_NETWORK || err->code == SP_ERR_TLS)
        return bb_cause_of(err); /* half an answer says nothing about who gave it */
    if (answer->status == 404)
        return BB_CONTEXT_PATH;
    if (answer->status == 502 || answer->status == 504)
        return report->instance->settings.proxy ? BB_PROXY : BB_GATEWAY;
    if (is_redirect || (!answer->is_json && answer->status < 500 && answer->status != 407 &&
                        answer->status != 429))
        return BB_HTML;
    return bb_cause_of(err);
}

/* Bitbucket may be at another place of the same server. */
static bool may_be_elsewhere(enum bb_cause cause)
{
    return cause == BB_NOT_BITBUCKET || cause == BB_CONTEXT_PATH || cause == BB_HTML;
}

static void tell_other(struct bb_report *report, enum bb_cause cause,
                       const struct sp_error *err)
{
    struct bb_finding finding = {.cause = cause,
                                 .code = err->code ? err->code : SP_ERR_PROTOCOL};

    if (cause == BB_NOT_BITBUCKET)
        bb_tell(report, "bitbucket", SP_CHECK_FAIL, finding,
                "what answers there is not Bitbucket Server: it tells no version");
    else if (cause == BB_CONTEXT_PATH)
        bb_tell(
            report, "bitbucket", SP_CHECK_FAIL, finding,
            "Bitbucket does not answer below %s (HTTP %d), nor at other paths that are usual",
            report->instance->base.url, (int)err->http_status);
    else
        bb_tell(report, "bitbucket", SP_CHECK_FAIL, finding, "%s", err->message);
}

void bb_tell_place(struct bb_report *report, const struct bb_request *request,
                   const struct sp_error *err)
{
    const struct bb_base *base = &report->instance->base;
    const struct bb_answer *answer = bb_request_answer(request);
    struct bb_finding finding = {.code = SP_ERR_PROTOCOL};
    enum bb_cause cause = cause_of_answer(report, answer, err);
    BB_AUTOFREE char *found = NULL;

    if (is_cloud(base->host)) {
        finding.cause = BB_CLOUD;
        bb_tell(report, "bitbucket", SP_CHECK_FAIL, finding,
                "%s is Bitbucket Cloud, not a Bitbucket Server", base->host);
        return;
    }
    if (may_be_elsewhere(cause))
        found = find_bitbucket(report);
    if (found) {
        finding.cause = BB_CONTEXT_PATH;
        bb_tell(report, "bitbucket", SP_CHECK_FAIL, finding,
                "not below %s: Bitbucket answers at %s: set base_url to it", base->url, found);
    } else if (may_be_elsewhere(cause) && is_jira(report, answer->other_body.data)) {
        finding.cause = BB_JIRA;
        bb_tell(report, "bitbucket", SP_CHECK_FAIL, finding,
                "what answers below %s is Jira, not Bitbucket", base->url);
    } else {
        tell_other(report, cause, err);
    }
}
