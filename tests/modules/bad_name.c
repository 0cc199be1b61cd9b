/* bad_name.c - its name has a capital and a blank */
#include "stub.h"

static const struct source_provider provider = {STUB_ABI, STUB_NAMES("Bad name"), STUB_CALLS};
SOURCE_PROVIDER_DEFINE(provider);
