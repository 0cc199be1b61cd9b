/* access.c - see access.h */
#include "web/access.h"

#include "web/answer.h"
#include "web/session.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

static const char *header(const struct sh_request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

/* ---- Where it comes from --------------------------------------------------- */

bool sh_access_host(struct sh_request *request)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    const char *host = header(request, MHD_HTTP_HEADER_HOST);
    struct sockaddr_storage local = {0};
    socklen_t length = sizeof local;

    if (info && host &&
        getsockname(info->connect_fd, (struct sockaddr *)&local, &length) == 0 &&
        sh_listener_is_host(&request->web->listener, host, &local))
        return true;
    sh_answer_refuse(request, MHD_HTTP_MISDIRECTED_REQUEST, "host",
                     "the Host header does not name this server; open it by its address, or "
                     "name its proxy with --behind-proxy");
    return false;
}

void sh_access_from(const struct sh_request *request, char *from, size_t size)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const char *forwarded =
        request->web->listener.proxy ? header(request, "X-Forwarded-For") : NULL;
    const char *last = forwarded ? strrchr(forwarded, ',') : NULL;
    socklen_t length;

    if (forwarded) { /* our proxy has put the last of them there, others who knows */
        last = last ? last + 1 : forwarded;
        snprintf(from, size, "%s", last + strspn(last, " "));
        return;
    }
    snprintf(from, size, "?");
    length = info && info->client_addr->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6)
                                                              : sizeof(struct sockaddr_in);
    if (info)
        getnameinfo(info->client_addr, length, from, (socklen_t)size, NULL, 0, NI_NUMERICHOST);
}

/* Browsers tell the origin of whatever changes something; what is no browser tells none. */
static bool is_same_origin(const struct sh_request *request)
{
    const char *origin = header(request, "Origin"), *host = header(request, "Host");
    const char *site = header(request, "Sec-Fetch-Site"), *slashes;

    if (site && strcmp(site, "same-origin") != 0)
        return false;
    if (!origin)
        return true;
    slashes = strstr(origin, "://");
    if (!slashes || strcasecmp(slashes + 3, host) != 0)
        return false;
    return strncmp(origin, request->web->listener.is_secure ? "https:" : "http:",
                   request->web->listener.is_secure ? 6 : 5) == 0;
}

static bool check_origin(struct sh_request *request)
{
    if (is_same_origin(request))
        return true;
    sh_answer_refuse(request, MHD_HTTP_FORBIDDEN, "cross_site",
                     "this was sent by a page of another site, and is not obeyed");
    return false;
}

static bool check_type(struct sh_request *request)
{
    static const char json[] = "application/json";
    const char *type = header(request, MHD_HTTP_HEADER_CONTENT_TYPE);

    if (type && strncasecmp(type, json, sizeof json - 1) == 0 &&
        strchr("; \t", type[sizeof json - 1]))
        return true;
    sh_answer_refuse(request, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE, "content_type",
                     "send JSON, with Content-Type: application/json");
    return false;
}

/* ---- Who it is ------------------------------------------------------------- */

static bool check_login(struct sh_request *request)
{
    struct sp_error err;

    if (sh_session_read(request, &err)) {
        sh_answer_error(request, &err);
        return false;
    }
    if (request->session.is_there)
        return true;
    sh_answer_refuse(request, MHD_HTTP_UNAUTHORIZED, "login",
                     "log in first, with a token; `source-host token` makes one");
    return false;
}

static bool check_csrf(struct sh_request *request)
{
    const char *sent = header(request, "X-CSRF-Token");
    char csrf[SH_PROOF_MAX];
    struct sp_error err;

    if (sh_session_csrf(request, csrf, &err)) {
        sh_answer_error(request, &err);
        return false;
    }
    if (sent && sh_proof_equal(sent, csrf))
        return true;
    sh_answer_refuse(request, MHD_HTTP_FORBIDDEN, "csrf",
                     "X-CSRF-Token is not that of this session; GET /api/1/session tells it");
    return false;
}

static bool check_session(struct sh_request *request)
{
    if (!check_login(request))
        return false;
    if (!request->session.is_bearer)
        return check_csrf(request);
    sh_answer_refuse(request, MHD_HTTP_FORBIDDEN, "bearer",
                     "a token in Authorization may only read; log in to change something");
    return false;
}

static bool check_change(struct sh_request *request)
{
    if (!check_session(request))
        return false;
    if (request->session.can_change)
        return true;
    sh_answer_refuse(request, MHD_HTTP_FORBIDDEN, "read_only",
                     "the token of this session may only read; `source-host token` makes one "
                     "that may change things");
    return false;
}

bool sh_access(struct sh_request *request, enum sh_need need)
{
    if (need == SH_OPEN)
        return true;
    if (need == SH_READ)
        return check_login(request);
    if (!check_origin(request) || !check_type(request))
        return false;
    return need == SH_LOGIN     ? true
           : need == SH_SESSION ? check_session(request)
                                : check_change(request);
}
