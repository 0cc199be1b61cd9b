/* connection.h - the connection that a request names, as far as the page needs it
 *
 * Its file is read anew each time and in silence: what is wrong with it the scheduler tells.
 */
#ifndef SH_WEB_CONNECTION_H
#define SH_WEB_CONNECTION_H

#include "connections.h"
#include "web/request.h"

/* A name that a connection may get. */
bool sh_is_connection_name(const char *name);

/* Name and file alone, without settings that were checked or a live connection: `file` is one
 * that says nothing where there is none, or it has errors.  SP_ERR_NOT_FOUND where neither a
 * file nor the store knows the name.  sh_connection_clear in any case. */
int sh_request_connection(struct sh_request *, struct sh_connection *ret, struct sp_error *);

#endif
