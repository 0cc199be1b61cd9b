/* bad_type.c - has a setting of a type that is none */
#include "stub.h"

static const struct sp_setting settings[] = {{.key = "colour", .type = SP_SETTING_LIST + 1}};

static const struct source_provider provider = {
    STUB_ABI,
    STUB_NAMES("bad-type"),
    SP_SETTINGS(settings),
    STUB_CALLS,
};
SOURCE_PROVIDER_DEFINE(provider);
