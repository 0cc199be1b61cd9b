/* git_remote.c - see git_remote.h */
#include "git_remote.h"

#include "error.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Git asks for what is there, then for what it wants of it, then for that. */
enum { REQUESTS_OF_GIT = 3 };

/* Whether Git shows such an ERR line.  Of an answer of status 401 it shows nothing. */
static bool says_captcha(const char *words)
{
    static const char shown[] = "fatal: remote error: " BB_GIT_SAYS_CAPTCHA;

    for (const char *line = words; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncasecmp(line, shown, sizeof shown - 1) == 0)
            return true;
    }
    return false;
}

static int explain(const struct sp_git_remote *remote, int code, const char *words,
                   struct sp_error *err)
{
    struct sp_instance *instance = remote->ctx;

    if (code == SP_ERR_RATE_LIMIT)
        bb_gate_ease(&instance->gate, bb_now_ms(), bb_now_ms(), bb_instance_now_ms(instance));
    if (code != SP_ERR_LOGIN)
        return SP_OK;
    if (says_captcha(words))
        bb_login_error(instance, BB_CAPTCHA, "", err);
    else
        bb_login_error(instance, BB_GIT_REFUSED, "Git says that authentication failed", err);
    bb_gate_refuse(&instance->gate, err); /* at once, Git's place is not given back yet */
    return err->code;
}

static void hide(const struct sp_git_remote *remote, char *words, size_t length)
{
    const struct sp_instance *instance = remote->ctx;

    bb_secret_hide(&instance->secret, words, length);
}

static int hand_over(struct bb_call *call, const struct sp_git_remote *remote,
                     struct sp_error *err)
{
    const struct sp_sink *sink = bb_call_sink(call);
    struct bb_gate *gate = &bb_call_instance(call)->gate;
    int seat, rc = bb_call_enter_gate(call, &seat, err);

    if (rc)
        return rc;
    bb_gate_count(gate, REQUESTS_OF_GIT);
    rc = sink->git_remote(sink->ctx, remote);
    if (rc == SP_ERR_LOGIN) {
        bb_login_error(bb_call_instance(call), BB_GIT_REFUSED, "", err);
        bb_gate_refuse(gate, err);
    }
    bb_gate_leave(gate, seat);
    return rc;
}

int bb_send_git_remote(struct bb_call *call, const struct bb_repository *repository,
                       struct sp_error *err)
{
    struct sp_instance *instance = bb_call_instance(call);
    const struct bb_settings *settings = &instance->settings;
    char *url = bb_clone_url(&instance->base, repository);
    struct sp_git_remote remote = {
        .size = sizeof remote,
        .url = url,
        .authorization = bb_secret_authorization(&instance->secret),
        .ca_file = settings->ca_file,
        .client_cert = settings->client_cert,
        .client_key = settings->client_key,
        .proxy = settings->proxy,
        .flags = settings->verify_tls ? SP_GIT_VERIFY_TLS : 0,
        .since_ms = settings->history_since_ms,
        .explain = explain,
        .hide = hide,
        .ctx = instance,
    };
    int rc = url ? hand_over(call, &remote, err) : bb_fail_memory(err);

    free(url);
    return rc;
}
