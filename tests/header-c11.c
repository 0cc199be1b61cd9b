/* header-c11.c - both headers alone, in C11 */
#include <source_provider_host.h>

#include "header-layout.h"

#include <stdio.h>

_Static_assert(SP_ERR_HOST < SP_ERR_PROTOCOL, "a host's own codes are below the contract's");
_Static_assert(sizeof(enum sp_code) == sizeof(int32_t), "sp_error.code holds a code");

int main(void)
{
    puts("1..1\nok 1 - the contract alone in C11");
    return 0;
}
