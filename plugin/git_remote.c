/* git_remote.c - see git_remote.h */
#include "git_remote.h"

#include "error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* last, and after what it needs: glibc's base64 */
#include <netinet/in.h>
#include <resolv.h>

static void wipe(char *text)
{
    if (text)
        explicit_bzero(text, strlen(text));
    free(text);
}

static char *basic_authorization(const struct bb_settings *settings)
{
    char *plain = NULL, *encoded = NULL, *header = NULL;
    int length = asprintf(&plain, "%s:%s", settings->username, settings->password);
    size_t room;

    if (length < 0)
        return NULL;
    room = (size_t)length * 2 + 8;
    encoded = calloc(1, room);
    if (!encoded || b64_ntop((unsigned char *)plain, (size_t)length, encoded, room) < 0 ||
        asprintf(&header, "Basic %s", encoded) < 0)
        header = NULL;
    wipe(plain);
    wipe(encoded);
    return header;
}

static char *bearer_authorization(const struct bb_settings *settings)
{
    char *header = NULL;

    return asprintf(&header, "Bearer %s", settings->token) < 0 ? NULL : header;
}

/* Bitbucket tells Git of a CAPTCHA in a line of its own (reported of real servers). */
static int explain(const struct sp_git_remote *remote, int code, const char *words,
                   struct sp_error *err)
{
    struct sp_instance *instance = remote->ctx;

    if (code != SP_ERR_LOGIN)
        return SP_OK;
    if (strcasestr(words, "captcha"))
        bb_login_error(instance, BB_CAPTCHA, "", err);
    else
        bb_login_error(instance, BB_GIT_REFUSED, "Git says that authentication failed", err);
    bb_gate_refuse(&instance->gate, err); /* at once, Git's place is not given back yet */
    return err->code;
}

static int hand_over(struct bb_call *call, const struct sp_git_remote *remote,
                     struct sp_error *err)
{
    const struct sp_sink *sink = bb_call_sink(call);
    struct bb_gate *gate = &bb_call_instance(call)->gate;
    int seat, rc = bb_call_enter_gate(call, &seat, err);

    if (rc)
        return rc;
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
    char *authorization =
        settings->token ? bearer_authorization(settings) : basic_authorization(settings);
    struct sp_git_remote remote = {
        .size = sizeof remote,
        .url = url,
        .authorization = authorization,
        .ca_file = settings->ca_file,
        .client_cert = settings->client_cert,
        .client_key = settings->client_key,
        .proxy = settings->proxy,
        .flags = settings->verify_tls ? SP_GIT_VERIFY_TLS : 0,
        .since_ms = settings->history_since_ms,
        .explain = explain,
        .ctx = instance,
    };
    int rc = url && authorization ? hand_over(call, &remote, err) : bb_fail_memory(err);

    free(url);
    wipe(authorization);
    return rc;
}
