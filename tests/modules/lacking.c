/* lacking.c - lacks what LACKING names; has the name, and the key of its setting, that
 * LACKING_NAME is */
#include "stub.h"

#include <stdlib.h>
#include <string.h>

static struct sp_setting settings[] = {{.key = "good", .type = SP_SETTING_LIST}};
static struct source_provider provider;

#define MEMBER(member)                                                                         \
    {                                                                                          \
#member, offsetof(struct source_provider, member), sizeof provider.member              \
    }
static const struct {
    const char *name;
    size_t offset, size;
} members[] = {
    MEMBER(name),       MEMBER(title),     MEMBER(version), MEMBER(settings),
    MEMBER(n_settings), MEMBER(configure), MEMBER(close),   MEMBER(enumerate),
    MEMBER(import),     MEMBER(health),    MEMBER(account),
};

/* Made anew each time: the variables may be others. */
SP_EXPORT const struct source_provider *source_provider_entry(uint32_t);
const struct source_provider *source_provider_entry(uint32_t abi)
{
    const char *lacking = getenv("LACKING"), *name = getenv("LACKING_NAME");

    (void)abi;
    settings[0].key = name ? name : "good";
    provider = (struct source_provider){
        STUB_ABI,
        STUB_NAMES(name ? name : "lacking"),
        SP_SETTINGS(settings),
        STUB_CALLS,
    };
    for (size_t i = 0; lacking && i < sizeof members / sizeof *members; i++)
        if (strcmp(members[i].name, lacking) == 0)
            memset((char *)&provider + members[i].offset, 0, members[i].size);
    return &provider;
}
