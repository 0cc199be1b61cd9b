/* costs.h - what connections cost, as it was some seconds ago: that takes long to count up */
#ifndef SH_COSTS_H
#define SH_COSTS_H

#include "report.h"

enum { SH_COSTS_MAX = 64, SH_COSTS_AGE_MS = 15 * 1000 };

struct sh_costs {
    struct {
        char connection[64];
        struct sh_connection_cost cost;
        int64_t ticks;
    } row[SH_COSTS_MAX];
    size_t n;
};

int sh_costs_of(struct sh_costs *, struct sh_store *, const char *connection,
                struct sh_connection_cost *, struct sp_error *);

#endif
