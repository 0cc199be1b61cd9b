/* unresolved.c - calls what nobody has. Bound lazily, it would load and die at its first call
 */
#include "stub.h"

int function_that_nobody_has(void);

static int health(struct sp_instance *instance, const struct sp_sink *sink,
                  struct sp_error *err)
{
    return function_that_nobody_has() + stub_health(instance, sink, err);
}

static const struct source_provider provider = {
    STUB_ABI,
    STUB_NAMES("unresolved"),
    .configure = stub_configure,
    .close = stub_close,
    .enumerate = stub_enumerate,
    .import = stub_import,
    .health = health,
    .account = stub_account,
};
SOURCE_PROVIDER_DEFINE(provider);
