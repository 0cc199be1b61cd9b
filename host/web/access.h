/* access.h - what a request must bring before anything is done for it
 *
 * In order: a Host that names us; an Origin that is ours; a login; and for a change JSON, the
 * session's CSRF token, and a token that may change.
 */
#ifndef SH_WEB_ACCESS_H
#define SH_WEB_ACCESS_H

#include "web/request.h"

enum sh_need {
    SH_OPEN,    /* anybody */
    SH_LOGIN,   /* who is about to log in: no session, but the rest of a change */
    SH_READ,    /* somebody who is logged in, or a token */
    SH_SESSION, /* whoever is logged in, from our own page */
    SH_CHANGE,  /* likewise, if his token may change things */
};

/* True: it may go on; else it has been answered. */
bool sh_access_host(struct sh_request *);
bool sh_access(struct sh_request *, enum sh_need);

/* Whether a login may be tried from where the request comes from; writes what sh_attempts
 * counts it by.  `how`: what is counted apart.  False: it has been answered. */
bool sh_access_attempt(struct sh_request *, const char *how, char *from, size_t size);

#endif
