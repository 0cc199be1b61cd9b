/* no_import.c - lacks the callback import */
#include "stub.h"

static const struct source_provider provider = {
    STUB_ABI,
    STUB_NAMES("no-import"),
    .configure = stub_configure,
    .close = stub_close,
    .enumerate = stub_enumerate,
    .health = stub_health,
    .account = stub_account,
};
SOURCE_PROVIDER_DEFINE(provider);
