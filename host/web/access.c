/* access.c - see access.h */
#include "web/access.h"

#include "clock.h"
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

/* Our proxy has put the last of them there, others who knows. */
static void forwarded_from(const char *forwarded, char *from, size_t size)
{
    const char *last = strrchr(forwarded, ',');

    last = last ? last + 1 : forwarded;
    snprintf(from, size, "%s", last + strspn(last, " "));
}

static void came_from(const struct sh_request *request, char *from, size_t size)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const char *forwarded =
        request->web->listener.proxy ? header(request, "X-Forwarded-For") : NULL;
    bool is_ipv6 = info && info->client_addr->sa_family == AF_INET6;
    socklen_t length = is_ipv6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);

    snprintf(from, size, "?");
    if (forwarded)
        forwarded_from(forwarded, from, size);
    else if (info)
        getnameinfo(info->client_addr, length, from, (socklen_t)size, NULL, 0, NI_NUMERICHOST);
}

bool sh_access_attempt(struct sh_request *request, const char *how, char *from, size_t size)
{
    size_t length = (size_t)snprintf(from, size, "%s ", how);
    int64_t wait_ms;

    came_from(request, from + length, size - length);
    wait_ms = sh_attempts_wait(&request->web->attempts, from, sh_ticks_ms());
    if (wait_ms)
        sh_answer_wait(request, wait_ms);
    return wait_ms == 0;
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

/* A token in a header is tried no more often than one at the login. */
static bool check_login(struct sh_request *request)
{
    bool is_bearer = header(request, MHD_HTTP_HEADER_AUTHORIZATION) != NULL;
    struct sp_error err;
    char from[64];

    if (is_bearer && !sh_access_attempt(request, "bearer", from, sizeof from))
        return false;
    if (sh_session_read(request, &err)) {
        sh_answer_away(request);
        return false;
    }
    if (request->session.is_there)
        return true;
    if (is_bearer)
        sh_attempts_note(&request->web->attempts, from, sh_ticks_ms());
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
