/* header-c99.c - the contract alone, twice, in C99 */
#include <source_provider.h>

#include "header-layout.h"

#include <stdio.h>

static const struct sp_setting settings[] = {{.key = "url", .type = SP_SETTING_URL}};
static const struct source_provider provider = {.size = sizeof provider, SP_SETTINGS(settings)};
SOURCE_PROVIDER_DEFINE(provider);

int main(void)
{
    const struct source_provider *it = source_provider_entry(SP_ABI_VERSION);
    struct source_provider older = provider;
    int ok;

    older.size = offsetof(struct source_provider, health);
    ok = it == &provider && !source_provider_entry(SP_ABI_VERSION + 1) && it->n_settings == 1 &&
         it->setting_size == sizeof settings[0] && SP_HAS(struct source_provider, it, health) &&
         !SP_HAS(struct source_provider, &older, health) &&
         SP_HAS(struct source_provider, &older, import);
    printf("1..1\n%sok 1 - the contract alone in C99\n", ok ? "" : "not ");
    return 0;
}
