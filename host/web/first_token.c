/* first_token.c - see first_token.h */
#include "web/first_token.h"

#include "clock.h"
#include "log.h"
#include "store/access.h"

#include <stdio.h>
#include <string.h>

int sh_token_make(struct sh_store *store, const char *name, bool can_change,
                  char token[SH_PROOF_MAX], struct sp_error *err)
{
    struct sh_token_row row = {.can_change = can_change, .created_ms = sh_now_ms()};
    char hash[SH_PROOF_MAX];
    int rc;

    if (!*name || strlen(name) >= sizeof row.name)
        return sp_error_set(err, SP_ERR_INVALID, "a token's name has 1 to %zu bytes",
                            sizeof row.name - 1);
    snprintf(row.name, sizeof row.name, "%s", name);
    rc = sh_proof_random(row.id, 8, err);
    if (!rc)
        rc = sh_proof_random(token, 32, err);
    if (!rc)
        rc = sh_proof_hash(token, hash, err);
    return rc ? rc : sh_token_add(store, &row, hash, err);
}

static int count(void *ctx, const struct sh_token_row *row)
{
    (void)row;
    ++*(size_t *)ctx;
    return 0;
}

/* What is kept is no place for a token: there nothing is made, and the way told. */
int sh_first_token(struct sh_web *web, struct sp_error *err)
{
    char token[SH_PROOF_MAX], url[320];
    size_t n = 0;
    int rc = sh_tokens_list(web->host.store, count, &n, err);

    if (rc || n > 0)
        return rc;
    if (sh_log_is_kept()) {
        sh_event(SP_LOG_INFO, "token", NULL, NULL,
                 "there is no token yet; `source-host token` makes one and tells it");
        return SP_OK;
    }
    rc = sh_token_make(web->host.store, "first", true, token, err);
    if (rc)
        return rc;
    sh_listener_url(&web->listener, url, sizeof url);
    fprintf(stderr,
            "open %s/#token=%s\nThis is told once; `source-host token` makes another.\n", url,
            token);
    explicit_bzero(token, sizeof token);
    return SP_OK;
}
