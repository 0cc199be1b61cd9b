/* api_session.c - logging in and out */
#include "web/api.h"

#include "clock.h"
#include "output.h"
#include "web/access.h"
#include "web/answer.h"
#include "web/body.h"
#include "web/session.h"

#include <stdio.h>

void sh_api_login(struct sh_request *request)
{
    struct sh_attempts *attempts = &request->web->attempts;
    const char *token = sh_body_text(request, "token");
    struct sp_error err;
    char from[64];
    int rc;

    if (!token || !sh_access_attempt(request, "login", from, sizeof from))
        return;
    rc = sh_session_open(request, token, &err);
    if (!rc) {
        sh_answer_nothing(request);
    } else if (rc == SP_ERR_LOGIN) {
        sh_attempts_note(attempts, from, sh_ticks_ms());
        sh_answer_refuse(request, MHD_HTTP_UNAUTHORIZED, "login", "%s", err.message);
    } else {
        sh_answer_away(request);
    }
}

void sh_api_logout(struct sh_request *request)
{
    struct sp_error err;

    if (sh_session_close(request, &err))
        sh_answer_error(request, &err);
    else
        sh_answer_nothing(request);
}

void sh_api_session(struct sh_request *request)
{
    struct json_object *object = json_object_new_object();
    char csrf[SH_PROOF_MAX] = "";
    struct sp_error err;

    if (!request->session.is_bearer && sh_session_csrf(request, csrf, &err)) {
        json_object_put(object);
        sh_answer_error(request, &err);
        return;
    }
    sh_json_bool(object, "can_change", request->session.can_change);
    sh_json_text(object, "csrf", *csrf ? csrf : NULL);
    sh_json_text(object, "version", PACKAGE_VERSION);
    sh_answer(request, object);
}
