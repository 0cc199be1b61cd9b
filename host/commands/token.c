/* token.c - tokens, by which people and programs get into the page */
#include "command.h"
#include "output.h"
#include "store/access.h"
#include "web/first_token.h"

#include <string.h>

static int print(void *ctx, const struct sh_token_row *row)
{
    const struct sh_host *host = ctx;
    struct json_object *object;

    if (!host->options.json) {
        sh_print_row(row->name, "%s, made %s", row->can_change ? "may change" : "may read",
                     sh_time_text(row->created_ms));
        return 0;
    }
    object = json_object_new_object();
    sh_json_text(object, "name", row->name);
    sh_json_bool(object, "can_change", row->can_change);
    sh_json_time(object, "created", row->created_ms);
    sh_print_json(object);
    return 0;
}

static enum sh_exit make(struct sh_host *host, const char *name, bool can_change)
{
    char token[SH_PROOF_MAX];
    struct json_object *object;
    struct sp_error err;

    if (sh_token_make(host->store, name, can_change, token, &err))
        return sh_fail(&err);
    if (host->options.json) {
        object = json_object_new_object();
        sh_json_text(object, "name", name);
        sh_json_text(object, "token", token);
        sh_json_bool(object, "can_change", can_change);
        sh_print_json(object);
    } else {
        sh_print("%s", token);
        sh_print_wrapped(0,
                         "This is the token %s, told once. Open the page with #token= and it "
                         "behind its address; programs send it in Authorization: Bearer.",
                         name);
    }
    explicit_bzero(token, sizeof token);
    return SH_DONE;
}

enum sh_exit sh_command_token(struct sh_host *host, const struct sh_arguments *arguments)
{
    const char *name = arguments->n ? arguments->name[0] : NULL;
    struct sp_error err;
    int rc;

    if (arguments->list + arguments->remove + arguments->read_only > 1 ||
        !name == !arguments->list) {
        sh_complain("usage: source-host token NAME [--read-only | --remove], or --list");
        return SH_USAGE;
    }
    rc = sh_host_need_store(host, &err);
    if (rc)
        return sh_fail(&err);
    if (arguments->list)
        return sh_tokens_list(host->store, print, host, &err) ? sh_fail(&err) : SH_DONE;
    if (arguments->remove)
        return sh_token_remove(host->store, name, &err) ? sh_fail(&err) : SH_DONE;
    return make(host, name, !arguments->read_only);
}
