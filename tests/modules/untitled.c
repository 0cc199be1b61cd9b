/* untitled.c - has nothing that could be shown to people */
#include "stub.h"

static const struct source_provider provider = {
    STUB_ABI,
    .name = "untitled",
    .version = "1",
    STUB_CALLS,
};
SOURCE_PROVIDER_DEFINE(provider);
