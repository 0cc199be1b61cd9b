/* health_account.c - who we are to the server, and what we may do there */
#include "health.h"

#include "login.h"
#include "name.h"

static void check_login(struct bb_report *report)
{
    struct sp_error err = {.size = sizeof err};
    struct bb_finding finding = {0};
    int64_t began = bb_now_ms();
    char user[256];
    int rc;

    if (bb_leave_out(report, "login")) {
        bb_leave_out(report, "identity");
        return;
    }
    rc = bb_login_prove(report->call, &err);
    finding.duration_ms = (uint32_t)(bb_now_ms() - began);
    /* Somebody else's name is a login that was accepted all the same. */
    if (rc && bb_cause_of(&err) != BB_USER_MISMATCH) {
        bb_tell_error(report, "login", &err, finding);
        bb_leave_out(report, "identity");
        return;
    }
    bb_tell(report, "login", SP_CHECK_PASS, finding, "the login is accepted");
    bb_gate_user(&report->instance->gate, user, sizeof user);
    if (rc)
        bb_tell_error(report, "identity", &err, BB_NOTHING);
    else if (*user)
        bb_tell(report, "identity", SP_CHECK_PASS, BB_NOTHING, "the server takes us for %s",
                user);
    else
        bb_tell(report, "identity", SP_CHECK_WARN, (struct bb_finding){.cause = BB_UNNAMED},
                "answers do not say who we are: something removes X-AUSERNAME");
}

/* Whether the page of users has one of that name in it, or SP_ERR_NOMEM. */
static int has_user(struct json_object *root, const char *user)
{
    struct json_object *values, *name;
    int is_same = 0;

    if (!json_object_object_get_ex(root, "values", &values) ||
        !json_object_is_type(values, json_type_array))
        return 0;
    for (size_t i = 0; i < json_object_array_length(values) && !is_same; i++)
        if (json_object_object_get_ex(json_object_array_get_idx(values, i), "name", &name) &&
            json_object_is_type(name, json_type_string))
            is_same = bb_same_name(json_object_get_string(name), user);
    return is_same;
}

/* Unlike /admin, anybody may ask for people who hold a global permission (documented), with a
 * token too. */
static bool is_listed_administrator(struct bb_report *report)
{
    struct sp_error err = {.size = sizeof err};
    struct bb_document document;
    char user[256];
    int is_listed;

    bb_gate_user(&report->instance->gate, user, sizeof user);
    if (!*user)
        return false;
    bb_document_init(&document);
    bb_ask_document(report, &document,
                    bb_base_make(&report->instance->base,
                                 "/rest/api/1.0/users?permission=ADMIN&limit=100&filter=%s",
                                 user),
                    BB_ONCE, &err);
    is_listed = has_user(document.root, user);
    bb_note_memory(report, is_listed);
    bb_document_clear(&document);
    return is_listed > 0;
}

static void tell_denied(struct bb_report *report, struct bb_finding finding)
{
    bool with_token = report->instance->settings.token;

    if (with_token && is_listed_administrator(report)) {
        bb_tell(report, "permission", SP_CHECK_PASS, finding,
                "the token belongs to an administrator");
        return;
    }
    finding.cause = with_token ? BB_ADMIN_UNPROVEN : BB_NOT_ADMIN;
    bb_tell(report, "permission", SP_CHECK_WARN, finding,
            "%s; missing will be: projects and repositories that it may not read, people's "
            "personal repositories among them, with their pull requests; who may do what "
            "(permissions); webhooks",
            with_token ? "a token cannot prove administration, and its account is not known to "
                         "be an administrator"
                       : "the account is no administrator");
}

/* GET /admin/permissions/users needs ADMIN, and no token ever has that (documented). */
static void check_permission(struct bb_report *report)
{
    struct sp_error err = {.size = sizeof err};
    struct bb_finding finding = {.is_leaf = true};
    struct bb_document document;
    int rc;

    if (bb_leave_out(report, "permission"))
        return;
    bb_document_init(&document);
    rc = bb_ask_document(
        report, &document,
        bb_base_make(&report->instance->base, "/rest/api/1.0/admin/permissions/users?limit=1"),
        BB_ONCE, &err);
    if (document.request)
        finding.duration_ms = bb_request_timing(document.request).total_ms;
    bb_document_clear(&document);
    if (!rc)
        bb_tell(report, "permission", SP_CHECK_PASS, finding,
                "the account is an administrator");
    else if (rc == SP_ERR_FORBIDDEN)
        tell_denied(report, finding);
    else {
        finding.is_leaf = rc != SP_ERR_LOGIN;
        bb_tell_error(report, "permission", &err, finding);
    }
}

void bb_check_account(struct bb_report *report)
{
    if (report->rc)
        return;
    check_login(report);
    check_permission(report);
}
