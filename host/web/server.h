/* server.h - the page: a thread that serves it while `run` goes on */
#ifndef SH_WEB_SERVER_H
#define SH_WEB_SERVER_H

#include "host.h"
#include "web/listener.h"

struct sh_server;

/* Opens the socket and starts the thread; logs where it listens.  Where there is no token yet
 * one is made, and its URL told on stderr, once. */
int sh_server_start(const struct sh_host *, const struct sh_listen *, struct sh_server **ret,
                    struct sp_error *);
/* Ends it, within a second; NULL is nothing. */
void sh_server_stop(struct sh_server *);

#endif
