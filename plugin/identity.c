/* identity.c - see identity.h */
#include "identity.h"

#include "cause.h"
#include "error.h"
#include "name.h"

#include <stdlib.h>
#include <string.h>

/* As Java encodes what stands in a URL: `@` comes as %40 (observed), so that a blank may come
 * as
 * `+` (inferred). */
static int is_with_plus(const char *name, const char *expected)
{
    char *copy = strdup(expected);
    int is_same = SP_ERR_NOMEM;

    for (char *c = copy; c && *c; c++)
        if (*c == ' ')
            *c = '+';
    if (copy)
        is_same = bb_same_name(name, copy);
    free(copy);
    return is_same;
}

/* Notes the name that the server gave us first; it must stay.  With a password it must be
 * the account's that was configured, with a token it is whoever the token belongs to. */
static int check_name(struct sp_instance *instance, const char *name, struct sp_error *err)
{
    const struct bb_settings *settings = &instance->settings;
    struct bb_gate *gate = &instance->gate;
    const char *expected = settings->password ? settings->username : NULL;
    int rc = SP_OK, is_same;

    pthread_mutex_lock(&gate->lock);
    if (!expected)
        expected = gate->user;
    is_same = expected ? bb_same_name(name, expected) : 1;
    if (!is_same)
        is_same = is_with_plus(name, expected);
    if (is_same < 0) {
        rc = bb_fail_memory(err);
    } else if (!is_same) {
        bb_fail(err, SP_ERR_LOGIN, "the server takes us for %.100s instead of %.100s", name,
                expected);
        bb_because(err, BB_USER_MISMATCH);
        rc = bb_blame(err, settings->password ? "username" : "token");
    } else if (gate->stripped && !gate->user) {
        gate->stripped = false; /* from now on every answer must name us */
        rc = bb_fail(err, SP_ERR_PROTOCOL,
                     "some answers name %.100s in X-AUSERNAME and some name nobody, so those "
                     "are not believed: do several servers or proxies answer in turn?",
                     name);
        bb_because(err, BB_ANONYMOUS);
    } else if (!gate->user && !(gate->user = strdup(name))) {
        rc = bb_fail_memory(err);
    }
    pthread_mutex_unlock(&gate->lock);
    return rc;
}

static int anonymous(const struct sp_instance *instance, struct sp_error *err)
{
    bb_fail(err, SP_ERR_LOGIN,
            "the server answers as to an anonymous user (no X-AUSERNAME), so nothing that it "
            "lists is believed: does something in front of it remove the login of %s?",
            instance->settings.username ? instance->settings.username : "the token");
    bb_because(err, BB_ANONYMOUS);
    return bb_blame(err, "base_url");
}

/* What is no JSON does not come from Bitbucket but from something before it. */
static bool must_name_us(const struct bb_answer *answer)
{
    return answer->status == 200 ||
           (answer->is_json && answer->status >= 400 && answer->status < 500);
}

int bb_identity_judge(struct sp_instance *instance, const struct bb_answer *answer,
                      bool is_proof, int rc, struct sp_error *err)
{
    int named;

    /* Refused, busy and broken servers name nobody; and say so themselves. */
    if (rc == SP_ERR_LOGIN || rc == SP_ERR_NOMEM || answer->status == 429 ||
        answer->status >= 500 || (rc && answer->status < 300))
        return rc;
    if (!answer->user) {
        if (is_proof && rc == SP_ERR_FORBIDDEN)
            return anonymous(instance, err);
        if (is_proof || !must_name_us(answer) || bb_gate_is_stripped(&instance->gate))
            return rc;
        return anonymous(instance, err);
    }
    named = check_name(instance, answer->user, err);
    if (named)
        return named;
    bb_gate_accept(&instance->gate);
    return rc;
}
