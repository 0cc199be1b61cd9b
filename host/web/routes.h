/* routes.h - what there is to ask for: one row each in routes.c */
#ifndef SH_ROUTES_H
#define SH_ROUTES_H

#include "web/access.h"

struct sh_route {
    const char *method; /* GET also answers HEAD */
    const char *path; /* a star is the name of a connection, a number sign a repository's id */
    enum sh_need need;
    void (*answer)(struct sh_request *);
    const char *members; /* that the body of a change may have */
};

/* Finds that of a path; keeps name and id in the request.  NULL: it has been answered. */
const struct sh_route *sh_route_find(struct sh_request *, const char *path);

#endif
