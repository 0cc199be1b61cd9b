/* older_size.c - says that its struct ends before the last callback */
#include "stub.h"

static const struct source_provider provider = {
    .size = offsetof(struct source_provider, account),
    .abi = SP_ABI_VERSION,
    STUB_NAMES("older-size"),
    STUB_CALLS,
};
SOURCE_PROVIDER_DEFINE(provider);
