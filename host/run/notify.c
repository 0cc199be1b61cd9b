/* notify.c - see notify.h */
#include "run/notify.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* A name that begins with @ is in the abstract namespace, where a zero byte stands for it. */
static socklen_t address(struct sockaddr_un *to)
{
    const char *path = getenv("NOTIFY_SOCKET");
    size_t length = path ? strlen(path) : 0;

    if (length < 2 || length >= sizeof to->sun_path || (*path != '/' && *path != '@'))
        return 0;
    *to = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(to->sun_path, path, length);
    if (*path == '@')
        to->sun_path[0] = '\0';
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
}

void sh_notify(const char *format, ...)
{
    struct sockaddr_un to;
    socklen_t length = address(&to);
    char text[512];
    va_list args;
    int from;

    if (!length)
        return;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    from = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (from < 0)
        return;
    /* Nobody waits for us to be heard: a manager that is gone or full is not our trouble. */
    sendto(from, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT, (struct sockaddr *)&to,
           length);
    close(from);
}
