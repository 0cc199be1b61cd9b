/* lines.c - see lines.h */
#include "web/lines.h"

#include "clock.h"

#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>

static void begin(struct sh_lines *lines, struct MHD_Connection *connection, void **ret)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct sh_line *line = info ? malloc(sizeof *line) : NULL;

    *ret = line;
    if (!line)
        return;
    *line = (struct sh_line){lines->first, &lines->first, info->connect_fd,
                             sh_ticks_ms() + SH_HEADER_MS};
    if (line->next)
        line->next->here = &line->next;
    lines->first = line;
}

static void end(struct sh_line *line)
{
    if (!line)
        return;
    *line->here = line->next;
    if (line->next)
        line->next->here = line->here;
    free(line);
}

void sh_lines_notify(void *ctx, struct MHD_Connection *connection, void **socket_context,
                     enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        begin(ctx, connection, socket_context);
    else
        end(*socket_context);
}

struct sh_line *sh_line_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    return info ? info->socket_context : NULL;
}

/* libmicrohttpd does not see an end that came together with the last bytes before it, and would
 * wait for more of them. */
static bool is_gone(const struct sh_line *line)
{
    char byte;

    return recv(line->socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

/* The descriptor is MHD's, which closes it once it sees that the other side is gone. */
void sh_lines_look(struct sh_lines *lines, int64_t ticks)
{
    for (struct sh_line *line = lines->first; line; line = line->next)
        if (line->deadline && (line->deadline <= ticks || is_gone(line))) {
            shutdown(line->socket, SHUT_RDWR);
            line->deadline = 0;
        }
}
