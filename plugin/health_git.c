/* health_git.c - whether Git is served over HTTP to the login that REST accepts
 *
 * What differs is told apart here: Git has a switch, an allow-list and often a proxy of its
 * own, and it says "not found" and "CAPTCHA" within an answer of status 200.
 */
#include "health.h"

#include "cleanup.h"
#include "git_remote.h"
#include "resource.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char ADVERTISEMENT[] = "application/x-git-upload-pack-advertisement";

/* Copies a member of values[0] that is text; `within` may be NULL. */
static char *first_text(struct bb_report *report, struct json_object *root, const char *within,
                        const char *key)
{
    struct json_object *values, *place, *member;
    char *copy;

    if (!json_object_object_get_ex(root, "values", &values) ||
        !json_object_is_type(values, json_type_array))
        return NULL;
    place = json_object_array_get_idx(values, 0);
    if (within && !json_object_object_get_ex(place, within, &place))
        return NULL;
    if (!json_object_object_get_ex(place, key, &member) ||
        !json_object_is_type(member, json_type_string))
        return NULL;
    copy = strdup(json_object_get_string(member));
    bb_note_memory(report, copy ? SP_OK : SP_ERR_NOMEM);
    return copy;
}

/* Reads the path of some repository; its members stay NULL when there is none. */
static int find_repository(struct bb_report *report, struct bb_repository *repository,
                           struct sp_error *err)
{
    struct bb_document document;
    int rc;

    bb_document_init(&document);
    rc = bb_ask_document(report, &document,
                         bb_base_make(&report->instance->base, "/rest/api/1.0/repos?limit=1"),
                         BB_ONCE, err);
    if (!rc) {
        repository->key = first_text(report, document.root, "project", "key");
        repository->slug = first_text(report, document.root, NULL, "slug");
    }
    if (repository->key && repository->slug &&
        !(bb_is_segment(repository->key) && bb_is_segment(repository->slug)))
        bb_repository_clear(repository); /* it would lead us elsewhere */
    bb_document_clear(&document);
    return rc;
}

/* Length of the packet at data, or 0 where there is none: four hexadecimal digits that count
 * themselves; a flush, "0000", has no more. */
static size_t packet_length(const char *data, size_t left)
{
    char digits[5] = "", *end;
    size_t length;

    if (left < 4)
        return 0;
    memcpy(digits, data, 4);
    length = strtoul(digits, &end, 16);
    if (*end)
        return 0;
    return length < 4 ? 4 : length;
}

/* Copies the text of an ERR packet as one line; "" when there is none. */
static void read_git_error(const struct bb_buffer *body, char *text, size_t size)
{
    const char *data = body->data;
    size_t at = 0, length;

    text[0] = '\0';
    while ((length = packet_length(data + at, body->length - at)) > 0 &&
           length <= body->length - at) {
        if (length > 8 && memcmp(data + at + 4, "ERR ", 4) == 0) {
            snprintf(text, size, "%.*s", (int)(length - 8), data + at + 8);
            for (char *c = text; *c; c++)
                if ((unsigned char)*c < 0x20)
                    *c = ' ';
            return;
        }
        at += length;
    }
}

/* In protocol version 2 the first packet may be missing (documented). */
static bool begins_as_git(const struct bb_buffer *body)
{
    static const char service[] = "001e# service=git-upload-pack\n",
                      version[] = "000eversion 2\n";
    size_t n = sizeof service - 1, m = sizeof version - 1;

    return (body->length >= n && memcmp(body->data, service, n) == 0) ||
           (body->length >= m && memcmp(body->data, version, m) == 0);
}

/* An answer of status 200. */
static void tell_served(struct bb_report *report, const struct bb_answer *answer,
                        const char *url, struct bb_finding finding)
{
    struct sp_error err = {.size = sizeof err};
    char why[200];

    if (strncasecmp(answer->content_type, ADVERTISEMENT, sizeof ADVERTISEMENT - 1) != 0) {
        finding.cause = BB_GIT_HTML;
        finding.code = SP_ERR_PROTOCOL;
        bb_tell(report, "git", SP_CHECK_FAIL, finding,
                "%s: not Git answers, but something in between with %s", url,
                answer->content_type[0] ? answer->content_type : "no type");
        return;
    }
    read_git_error(&answer->other_body, why, sizeof why);
    if (!begins_as_git(&answer->other_body)) {
        finding.cause = BB_GIT_HTML;
        finding.code = SP_ERR_PROTOCOL;
        bb_tell(report, "git", SP_CHECK_FAIL, finding,
                "%s: what answers there calls itself Git, and does not speak as Git does", url);
    } else if (!*why) {
        bb_tell(report, "git", SP_CHECK_PASS, finding, "Git is served at %s", url);
    } else if (strncasecmp(why, BB_GIT_SAYS_CAPTCHA, sizeof BB_GIT_SAYS_CAPTCHA - 1) == 0) {
        bb_login_error(report->instance, BB_GIT_CAPTCHA, why, &err);
        bb_gate_refuse(&report->instance->gate, &err);
        finding.is_leaf = false;
        bb_tell_error(report, "git", &err, finding);
    } else {
        finding.cause = BB_GIT_NOT_FOUND;
        finding.code = SP_ERR_NOT_FOUND;
        bb_tell(report, "git", SP_CHECK_FAIL, finding,
                "REST lists the repository, and Git says of %s: %s", url, why);
    }
}

/* An answer of another status, or none. */
static void tell_unserved(struct bb_report *report, const struct bb_answer *answer,
                          const char *url, const struct sp_error *err,
                          struct bb_finding finding)
{
    enum bb_cause cause = bb_cause_of(err);
    bool is_special = cause == BB_CAPTCHA || cause == BB_BASIC_DISABLED;

    finding.code = err->code;
    if (answer->status == 401 && !is_special) {
        finding.cause = BB_GIT_REFUSED;
        finding.is_leaf = err->code != SP_ERR_LOGIN;
        bb_tell(report, "git", SP_CHECK_FAIL, finding,
                "REST accepts the login and Git refuses it (HTTP %ld at %s)", answer->status,
                url);
    } else if (err->code == SP_ERR_FORBIDDEN || err->code == SP_ERR_NOT_FOUND) {
        finding.cause = BB_GIT_DISABLED;
        bb_tell(report, "git", SP_CHECK_FAIL, finding,
                "HTTP %ld at %s: Git over HTTP is switched off, or hidden by a proxy",
                answer->status, url);
    } else if (answer->status >= 300 && answer->status < 400) {
        finding.cause = BB_GIT_HTML;
        bb_tell(report, "git", SP_CHECK_FAIL, finding, "%s leads elsewhere, to %.200s", url,
                answer->place ? answer->place : "nowhere");
    } else {
        finding.is_leaf = err->code != SP_ERR_LOGIN;
        bb_tell_error(report, "git", err, finding);
    }
}

static void ask_git(struct bb_report *report, const struct bb_repository *repository)
{
    struct sp_error err = {.size = sizeof err};
    BB_AUTOFREE char *url = bb_clone_url(&report->instance->base, repository);
    struct bb_finding finding = {.is_leaf = true};
    struct bb_request *request = NULL;
    char *refs = NULL;
    int rc = SP_ERR_NOMEM;

    if (url && asprintf(&refs, "%s/info/refs?service=git-upload-pack", url) >= 0)
        rc = bb_ask(report, refs, BB_GIT, &request, &err);
    if (!request) {
        report->rc = rc;
        return;
    }
    finding.duration_ms = bb_request_timing(request).total_ms;
    if (!rc)
        tell_served(report, bb_request_answer(request), url, finding);
    else
        tell_unserved(report, bb_request_answer(request), url, &err, finding);
    bb_request_free(request);
}

void bb_check_git(struct bb_report *report)
{
    struct bb_repository repository = {NULL, NULL};
    struct sp_error err = {.size = sizeof err};
    int rc;

    if (report->rc || bb_leave_out(report, "git"))
        return;
    rc = find_repository(report, &repository, &err);
    if (rc)
        bb_tell_error(report, "git", &err, (struct bb_finding){.is_leaf = rc != SP_ERR_LOGIN});
    else if (!repository.key || !repository.slug)
        bb_tell(report, "git", SP_CHECK_SKIP, BB_NOTHING,
                "the account sees no repository to try it on");
    else
        ask_git(report, &repository);
    bb_repository_clear(&repository);
}
