/* bad_threading.c - asks for a threading level that is none */
#include "stub.h"

static const struct source_provider provider = {
    STUB_ABI,
    .threading = SP_PARALLEL + 1,
    STUB_NAMES("bad-threading"),
    STUB_CALLS,
};
SOURCE_PROVIDER_DEFINE(provider);
