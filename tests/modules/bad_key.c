/* bad_key.c - its second setting cannot be written in a file */
#include "stub.h"

static const struct sp_setting settings[] = {{.key = "good"}, {.key = "base-url"}};

static const struct source_provider provider = {
    STUB_ABI,
    STUB_NAMES("bad-key"),
    SP_SETTINGS(settings),
    STUB_CALLS,
};
SOURCE_PROVIDER_DEFINE(provider);
