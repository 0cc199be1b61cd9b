/* routes.c - see routes.h */
#include "web/routes.h"

#include "web/answer.h"
#include "web/api.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct sh_route routes[] = {
    {"GET", "/healthz", SH_OPEN, sh_api_healthz, NULL},
    {"GET", "/metrics", SH_READ, sh_api_metrics, NULL},
    {"POST", "/api/1/login", SH_LOGIN, sh_api_login, "token"},
    {"POST", "/api/1/logout", SH_SESSION, sh_api_logout, ""},
    {"GET", "/api/1/session", SH_READ, sh_api_session, NULL},
    {"GET", "/api/1/providers", SH_READ, sh_api_providers, NULL},
    {"GET", "/api/1/connections", SH_READ, sh_api_connections, NULL},
    {"GET", "/api/1/status", SH_READ, sh_api_status, NULL},
    {"GET", "/api/1/events", SH_READ, sh_api_events, NULL},
    {"POST", "/api/1/connections", SH_CHANGE, sh_api_connect, "connection provider settings"},
    {"POST", "/api/1/connections/validate", SH_CHANGE, sh_api_validate,
     "connection provider settings"},
    {"POST", "/api/1/connections/test", SH_CHANGE, sh_api_test, "connection provider settings"},
    {"PUT", "/api/1/connections/*", SH_CHANGE, sh_api_change, "settings"},
    {"GET", "/api/1/connections/*/repositories", SH_READ, sh_api_repositories, NULL},
    {"GET", "/api/1/connections/*/repositories/#", SH_READ, sh_api_repository, NULL},
    {"POST", "/api/1/connections/*/import", SH_CHANGE, sh_api_import, "paths organization all"},
    {"POST", "/api/1/connections/*/auto-import", SH_CHANGE, sh_api_auto_import,
     "organization on"},
    {"POST", "/api/1/connections/*/resume", SH_CHANGE, sh_api_resume, ""},
};

enum { ROUTES = sizeof routes / sizeof *routes };

/* The path's part, ended where the next begins; NULL: there is none. */
static char *next_part(char **rest)
{
    char *part = *rest, *slash = part ? strchr(part, '/') : NULL;

    if (slash)
        *slash = '\0';
    *rest = slash ? slash + 1 : NULL;
    return part;
}

static bool is_id(const char *text, int64_t *ret)
{
    char *end;

    errno = 0;
    *ret = strtoll(text, &end, 10);
    return !errno && end != text && !*end && *ret > 0;
}

static bool matches(struct sh_request *request, const struct sh_route *route, const char *path)
{
    char *pattern = strdup(route->path), *wanted = pattern, *rest, *part, *given;
    bool is_equal = pattern != NULL;

    free(request->path);
    request->path = rest = strdup(path);
    request->name = NULL;
    is_equal = is_equal && rest;
    while (is_equal && (part = next_part(&wanted))) {
        given = next_part(&rest);
        if (!given)
            is_equal = false;
        else if (strcmp(part, "*") == 0 && *given)
            request->name = given;
        else if (strcmp(part, "#") == 0)
            is_equal = is_id(given, &request->id);
        else
            is_equal = strcmp(part, given) == 0;
    }
    free(pattern);
    return is_equal && !rest;
}

static bool is_method(const struct sh_route *route, const char *method)
{
    return strcmp(route->method, strcmp(method, "HEAD") == 0 ? "GET" : method) == 0;
}

const struct sh_route *sh_route_find(struct sh_request *request, const char *path)
{
    const struct sh_route *other = NULL;

    for (size_t i = 0; i < ROUTES; i++)
        if (matches(request, &routes[i], path)) {
            if (is_method(&routes[i], request->method))
                return &routes[i];
            other = &routes[i];
        }
    if (other)
        sh_answer_refuse(request, MHD_HTTP_METHOD_NOT_ALLOWED, "method", "%s wants %s",
                         other->path, other->method);
    else
        sh_answer_refuse(request, MHD_HTTP_NOT_FOUND, "not_found", "there is nothing here");
    return NULL;
}
