/* stub.h - a provider that does nothing, for modules that are wrong in something else */
#ifndef STUB_H
#define STUB_H

#include <source_provider.h>

static int stub_configure(const struct sp_host *host, const struct sp_pair *pairs, size_t n,
                          struct sp_instance **out, struct sp_error *err)
{
    static char instance;

    (void)host, (void)pairs, (void)n, (void)err;
    *out = (struct sp_instance *)&instance;
    return SP_OK;
}

static void stub_close(struct sp_instance *instance)
{
    (void)instance;
}

static int stub_enumerate(struct sp_instance *instance, const struct sp_sink *sink,
                          struct sp_error *err)
{
    (void)instance, (void)err;
    return sink->complete(sink->ctx);
}

static inline int stub_import(struct sp_instance *instance, const struct sp_import *what,
                              const struct sp_sink *sink, struct sp_error *err)
{
    (void)instance, (void)what, (void)sink, (void)err;
    return SP_OK;
}

static int stub_health(struct sp_instance *instance, const struct sp_sink *sink,
                       struct sp_error *err)
{
    (void)instance, (void)sink, (void)err;
    return SP_OK;
}

static int stub_account(struct sp_instance *instance, char *account, size_t size,
                        struct sp_error *err)
{
    (void)instance;
    (void)err;
    if (size > 0)
        account[0] = '\0';
    return 0;
}

#define STUB_ABI         .size = sizeof(struct source_provider), .abi = SP_ABI_VERSION
#define STUB_NAMES(word) .name = (word), .title = "Stub", .version = "1"
#define STUB_CALLS                                                                             \
    .configure = stub_configure, .close = stub_close, .enumerate = stub_enumerate,             \
    .import = stub_import, .health = stub_health, .account = stub_account

#endif
