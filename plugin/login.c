/* login.c - see login.h */
#include "login.h"

#include "document.h"

static enum bb_login state_of(struct bb_gate *gate)
{
    enum bb_login login;

    pthread_mutex_lock(&gate->lock);
    login = gate->login;
    pthread_mutex_unlock(&gate->lock);
    return login;
}

/* The proof without X-AUSERNAME: the listing was given, so somebody is logged in. */
static void note_stripped(struct bb_gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    gate->stripped = true;
    pthread_mutex_unlock(&gate->lock);
    bb_gate_accept(gate);
}

static int ask_users(struct bb_call *call, struct sp_error *err)
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
    bb_document_clear(&document);
    if (rc == SP_OK && !is_named)
        note_stripped(&instance->gate);
    /* An account or token that may not list people has told its name all the same. */
    if ((rc == SP_ERR_FORBIDDEN || rc == SP_ERR_NOT_FOUND) && is_named)
        return SP_OK;
    return rc;
}

int bb_login_prove(struct bb_call *call, struct sp_error *err)
{
    if (state_of(&bb_call_instance(call)->gate) == BB_LOGIN_ACCEPTED)
        return SP_OK;
    return ask_users(call, err);
}

static bool is_stripped(struct bb_gate *gate)
{
    bool stripped;

    pthread_mutex_lock(&gate->lock);
    stripped = gate->stripped;
    pthread_mutex_unlock(&gate->lock);
    return stripped;
}

int bb_login_confirm(struct bb_call *call, struct sp_error *err)
{
    return is_stripped(&bb_call_instance(call)->gate) ? ask_users(call, err) : SP_OK;
}
