/* lines.h - each connection of a client, and until when it must have got on
 *
 * Who connects and sends nothing, or sends or reads a byte a minute, holds memory and a place;
 * so each step has a deadline, and who misses it is cut off.
 */
#ifndef SH_LINES_H
#define SH_LINES_H

#include <microhttpd.h>
#include <stdint.h>

enum {
    SH_HEADER_MS = 15 * 1000,  /* from the connection to the end of the first headers */
    SH_BODY_MS = 30 * 1000,    /* to the end of the body */
    SH_ANSWER_MS = 120 * 1000, /* to the end of the answer */
    SH_IDLE_MS = 60 * 1000     /* from there to the end of the next headers */
};

struct sh_line {
    struct sh_line *next, **here;
    int socket;
    int64_t deadline; /* in ticks; 0: none */
};

struct sh_lines {
    struct sh_line *first;
};

/* MHD_NotifyConnectionCallback, with struct sh_lines. */
void sh_lines_notify(void *ctx, struct MHD_Connection *, void **socket_context,
                     enum MHD_ConnectionNotificationCode);

/* That of a connection, or NULL. */
struct sh_line *sh_line_of(struct MHD_Connection *);

/* Cuts off who has missed his deadline. */
void sh_lines_look(struct sh_lines *, int64_t ticks);

#endif
