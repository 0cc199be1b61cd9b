/* costs.c - see costs.h */
#include "web/costs.h"

#include "clock.h"

#include <stdio.h>
#include <string.h>

int sh_costs_of(struct sh_costs *costs, struct sh_store *store, const char *connection,
                struct sh_connection_cost *ret, struct sp_error *err)
{
    int64_t ticks = sh_ticks_ms();
    size_t i = 0;
    int rc;

    while (i < costs->n && strcmp(costs->row[i].connection, connection) != 0)
        i++;
    if (i < costs->n && ticks - costs->row[i].ticks < SH_COSTS_AGE_MS) {
        *ret = costs->row[i].cost;
        return SP_OK;
    }
    rc = sh_connection_cost(store, connection, ret, err);
    if (rc || i == SH_COSTS_MAX || strlen(connection) >= sizeof costs->row[i].connection)
        return rc;
    snprintf(costs->row[i].connection, sizeof costs->row[i].connection, "%s", connection);
    costs->row[i].cost = *ret;
    costs->row[i].ticks = ticks;
    costs->n += i == costs->n;
    return SP_OK;
}
