/* newer_abi.c - hands out its ABI whatever the host asked for */
#include "stub.h"

static const struct source_provider provider = {
    .size = sizeof provider,
    .abi = SP_ABI_VERSION + 1,
    STUB_NAMES("newer-abi"),
    STUB_CALLS,
};
SOURCE_PROVIDER_DEFINE(provider);
