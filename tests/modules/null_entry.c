/* null_entry.c - speaks no ABI that a host could ask for */
#include <source_provider.h>

SP_EXPORT const struct source_provider *source_provider_entry(uint32_t);

const struct source_provider *source_provider_entry(uint32_t host_abi)
{
    (void)host_abi;
    return NULL;
}
