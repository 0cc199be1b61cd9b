/* no_entry.c - a shared object that is no provider */
#include <source_provider.h>

SP_EXPORT int something_else(void);

int something_else(void)
{
    return 0;
}
