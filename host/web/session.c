/* session.c - see session.h */
#include "web/session.h"

#include "clock.h"
#include "store/access.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LENGTH_MS (INT64_C(14) * 24 * 60 * 60 * 1000)

int sh_session_begin(struct sh_web *web, struct sp_error *err)
{
    char candidate[SH_PROOF_MAX], name[SH_PROOF_MAX];
    int rc = sh_proof_random(candidate, 32, err);

    if (!rc)
        rc = sh_access_key(web->host.store, candidate, web->key, sizeof web->key, err);
    if (!rc)
        rc = sh_proof_sign(web->key, "cookie", "", name, err);
    if (!rc)
        snprintf(web->cookie, sizeof web->cookie, "source-host-%.8s", name);
    explicit_bzero(candidate, sizeof candidate);
    return rc;
}

/* ---- By cookie ------------------------------------------------------------- */

struct cookie {
    char id[SH_TOKEN_ID_MAX];
    int64_t until_ms;
    char proof[SH_PROOF_MAX];
};

static bool part(const char *value, struct cookie *cookie)
{
    const char *first = strchr(value, '.'), *second = first ? strchr(first + 1, '.') : NULL;
    char *end;

    if (!second || (size_t)(first - value) >= sizeof cookie->id ||
        strlen(second + 1) != SH_PROOF_MAX - 1)
        return false;
    snprintf(cookie->id, sizeof cookie->id, "%.*s", (int)(first - value), value);
    cookie->until_ms = strtoll(first + 1, &end, 10);
    snprintf(cookie->proof, sizeof cookie->proof, "%s", second + 1);
    return end == second;
}

static int sign(const struct sh_web *web, const char *id, int64_t until_ms,
                char proof[SH_PROOF_MAX], struct sp_error *err)
{
    char text[64];

    snprintf(text, sizeof text, "%s.%" PRId64, id, until_ms);
    return sh_proof_sign(web->key, "session", text, proof, err);
}

/* A session whose token is gone has ended, too. */
static int find_session(const struct sh_web *web, const char *id, const char *proof,
                        struct sh_token_row *token, bool *is_ended, struct sp_error *err)
{
    int rc = sh_token_read(web->host.store, id, token, err);

    *is_ended = true;
    return rc || !*token->id ? rc : sh_session_is_ended(web->host.store, proof, is_ended, err);
}

static int read_cookie(struct sh_request *request, const char *value, struct sp_error *err)
{
    struct sh_session *session = &request->session;
    char proof[SH_PROOF_MAX];
    struct sh_token_row token;
    struct cookie cookie;
    bool is_ended = true;
    int rc;

    if (strlen(value) >= sizeof session->cookie || !part(value, &cookie))
        return SP_OK;
    rc = sign(request->web, cookie.id, cookie.until_ms, proof, err);
    if (rc || !sh_proof_equal(proof, cookie.proof) || cookie.until_ms <= sh_now_ms())
        return rc;
    rc = find_session(request->web, cookie.id, cookie.proof, &token, &is_ended, err);
    if (rc || is_ended)
        return rc;
    *session = (struct sh_session){
        .is_there = true, .can_change = token.can_change, .until_ms = cookie.until_ms};
    snprintf(session->token, sizeof session->token, "%s", token.id);
    snprintf(session->cookie, sizeof session->cookie, "%s", value);
    return SP_OK;
}

/* ---- By token -------------------------------------------------------------- */

static int find(struct sh_request *request, const char *token, struct sh_token_row *ret,
                struct sp_error *err)
{
    char hash[SH_PROOF_MAX];
    int rc = sh_proof_hash(token, hash, err);

    return rc ? rc : sh_token_find(request->web->host.store, hash, ret, err);
}

/* Whatever it may do by itself: a program that changes things says it by command. */
static int read_bearer(struct sh_request *request, const char *token, struct sp_error *err)
{
    struct sh_token_row row;
    int rc = find(request, token, &row, err);

    if (rc || !*row.id)
        return rc;
    request->session = (struct sh_session){.is_there = true, .is_bearer = true};
    snprintf(request->session.token, sizeof request->session.token, "%s", row.id);
    return SP_OK;
}

int sh_session_check(struct sh_web *web, const struct sh_session *session, bool *ret,
                     struct sp_error *err)
{
    const char *proof = strrchr(session->cookie, '.');
    struct sh_token_row token;
    bool is_ended;
    int rc = find_session(web, session->token, proof ? proof + 1 : "", &token, &is_ended, err);

    *ret = !is_ended && (session->is_bearer || session->until_ms > sh_now_ms());
    return rc;
}

int sh_session_read(struct sh_request *request, struct sp_error *err)
{
    const char *cookie =
        MHD_lookup_connection_value(request->connection, MHD_COOKIE_KIND, request->web->cookie);
    const char *bearer = MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND,
                                                     MHD_HTTP_HEADER_AUTHORIZATION);

    request->session = (struct sh_session){0};
    if (bearer && strncasecmp(bearer, "Bearer ", 7) == 0)
        return read_bearer(request, bearer + 7, err);
    return cookie ? read_cookie(request, cookie, err) : SP_OK;
}

static void set_cookie(struct sh_request *request, const char *value, int64_t seconds)
{
    snprintf(request->set_cookie, sizeof request->set_cookie,
             "%s=%s; Path=/; Max-Age=%" PRId64 "; HttpOnly; SameSite=Strict%s",
             request->web->cookie, value, seconds,
             request->web->listener.is_secure ? "; Secure" : "");
}

int sh_session_open(struct sh_request *request, const char *token, struct sp_error *err)
{
    int64_t until_ms = sh_now_ms() + LENGTH_MS;
    char proof[SH_PROOF_MAX], value[192];
    struct sh_token_row row;
    int rc = find(request, token, &row, err);

    if (!rc && !*row.id)
        rc = sp_error_set(err, SP_ERR_LOGIN,
                          "this is not one of the tokens; `source-host token` makes another");
    if (!rc)
        rc = sign(request->web, row.id, until_ms, proof, err);
    if (rc)
        return rc;
    snprintf(value, sizeof value, "%s.%" PRId64 ".%s", row.id, until_ms, proof);
    set_cookie(request, value, LENGTH_MS / 1000);
    return SP_OK;
}

int sh_session_close(struct sh_request *request, struct sp_error *err)
{
    const struct sh_session *session = &request->session;
    const char *proof = strrchr(session->cookie, '.');

    set_cookie(request, "", 0);
    return proof ? sh_session_end(request->web->host.store, proof + 1, session->until_ms,
                                  sh_now_ms(), err)
                 : SP_OK;
}

int sh_session_csrf(const struct sh_request *request, char csrf[SH_PROOF_MAX],
                    struct sp_error *err)
{
    return sh_proof_sign(request->web->key, "csrf", request->session.cookie, csrf, err);
}
