/* plugin.c - see plugin.h */
#include "plugin.h"

#include "target.h"

#include <curl/curl.h>

struct sp_instance *fuzz_instance(void)
{
    static const struct sp_pair pairs[] = {
        {"base_url", FUZZ_BASE},
        {"username", "robot"},
        {"password", FUZZ_SECRET},
    };
    static bool is_ready;
    struct sp_instance *instance = NULL;
    struct sp_error err = fuzz_no_error();

    if (!is_ready) /* once for all, as what the last instance ends is begun anew else */
        HOLDS(!curl_global_init(CURL_GLOBAL_DEFAULT));
    is_ready = true;
    HOLDS(!bb_configure(NULL, pairs, sizeof pairs / sizeof *pairs, &instance, &err));
    return instance;
}
