/* values.h - checked settings, as settings.c makes and call.c hands on
 *
 * Inside of the library only: hosts and providers see them as struct sp_pair.
 */
#ifndef SP_VALUES_H
#define SP_VALUES_H

#include "source_provider_host.h"

struct sp_values {
    struct sp_pair *pair; /* keys borrowed from the provider's table, values owned */
    size_t n;
};

#endif
