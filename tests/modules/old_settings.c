/* old_settings.c - the rows of its table are smaller than those of the contract */
#include "stub.h"

static const struct sp_setting settings[] = {{.key = "colour"}};

static const struct source_provider provider = {
    STUB_ABI,
    STUB_NAMES("old-settings"),
    .settings = settings,
    .n_settings = 1,
    .setting_size = offsetof(struct sp_setting, flags),
    STUB_CALLS,
};
SOURCE_PROVIDER_DEFINE(provider);
