/* grown.c - from the future, but of this ABI: its structs have more members. Usable */
#include "stub.h"

struct later_setting {
    struct sp_setting now;
    const char *more;
};

struct later_provider {
    struct source_provider now;
    int (*more)(void);
};

static const struct later_setting settings[] = {
    {{.key = "first", .label = "First", .type = SP_SETTING_STRING}, "No key"},
    {{.key = "second", .label = "Second", .type = SP_SETTING_INTEGER}, "No key"},
};

static const struct later_provider provider = {
    .now =
        {
            .size = sizeof provider,
            .abi = SP_ABI_VERSION,
            STUB_NAMES("grown"),
            .settings = &settings[0].now,
            .n_settings = 2,
            .setting_size = sizeof settings[0],
            STUB_CALLS,
        },
};
SOURCE_PROVIDER_DEFINE(provider.now);
