/* login.c - see login.h */
#include "login.h"

#include "budget.h"
#include "document.h"
#include "error.h"

/* What is not answers as anything in front of Bitbucket may. */
static bool is_page(struct json_object *root)
{
    struct json_object *values;

    return json_object_object_get_ex(root, "values", &values) &&
           json_object_is_type(values, json_type_array);
}

int bb_login_ask(struct bb_call *call, struct sp_error *err)
{
    struct sp_instance *instance = bb_call_instance(call);
    struct bb_document document;
    bool is_named;
    int rc;

    bb_document_init(&document);
    rc = bb_document_get(call, &document,
                         bb_base_make(&instance->base, "/rest/api/1.0/users?limit=1"), BB_PROOF,
                         err);
    is_named = document.request && bb_request_answer(document.request)->user;
    if (rc == SP_OK && !is_page(document.root))
        rc = bb_fail(err, SP_ERR_PROTOCOL,
                     "%s: the answer is no page of users, so it proves no login: is base_url a "
                     "Bitbucket Server, its context path included?",
                     bb_request_path(document.request));
    bb_document_clear(&document);
    if (rc == SP_OK && !is_named)
        bb_gate_note_stripped(&instance->gate);
    /* An account or token that may not list people has told its name all the same. */
    if (rc == SP_ERR_NOT_FOUND && !is_named)
        return bb_fail(
            err, SP_ERR_PROTOCOL,
            "%s/rest/api/1.0/users is not there, and without X-AUSERNAME only that "
            "would prove the login: is base_url a Bitbucket Server, its context path "
            "included?",
            instance->base.url);
    if ((rc == SP_ERR_FORBIDDEN || rc == SP_ERR_NOT_FOUND) && is_named)
        return SP_OK;
    return rc;
}

int bb_login_prove(struct bb_call *call, struct sp_error *err)
{
    if (bb_gate_login(&bb_call_instance(call)->gate) == BB_LOGIN_ACCEPTED)
        return bb_budget_ask(call, err);
    return bb_login_ask(call, err);
}

int bb_login_confirm(struct bb_call *call, struct sp_error *err)
{
    bool stripped = bb_gate_is_stripped(&bb_call_instance(call)->gate);

    return stripped ? bb_login_ask(call, err) : SP_OK;
}
