/* server.c - see server.h
 *
 * libmicrohttpd speaks HTTP; its sockets are waited for here, in one thread with everything
 * else, so that nothing of the page is locked.
 */
#include "web/server.h"

#include "clock.h"
#include "log.h"
#include "run/notify.h"
#include "trace.h"
#include "web/answer.h"
#include "web/body.h"
#include "web/checkups.h"
#include "web/costs.h"
#include "web/events.h"
#include "web/first_token.h"
#include "web/lines.h"
#include "web/page.h"
#include "web/routes.h"
#include "web/session.h"
#include "web/tasks.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
    CONNECTIONS_MAX = 1000,
    CONNECTIONS_OF_ONE_MAX = 100,
    CONNECTION_MEMORY = 16 * 1024, /* of its headers */
    LOOK_EVERY_MS = 1000,
    CHECKUPS_EVERY_MS = 5000
};

struct sh_server {
    struct sh_web web;
    struct sh_lines lines;
    struct MHD_Daemon *daemon;
    pthread_t thread;
    bool is_running, is_ending, has_failed;
    int wake; /* an eventfd */
    int64_t looked_ticks, checked_ticks;
};

/* ---- One request ----------------------------------------------------------- */

/* 0: whenever. */
static void deadline_in(struct sh_request *request, int64_t ms)
{
    struct sh_line *line = sh_line_of(request->connection);

    if (line)
        line->deadline = ms ? sh_ticks_ms() + ms : 0;
}

static bool is_change(const struct sh_request *request)
{
    return request->route && request->route->members;
}

/* Its headers are there: what can be said now is said before anything else is read. */
static void begin(struct sh_request *request, const char *url)
{
    const struct sh_page *page = sh_page_find(url);
    bool is_get = strcmp(request->method, "GET") == 0 || strcmp(request->method, "HEAD") == 0;

    deadline_in(request, SH_BODY_MS);
    if (!sh_access_host(request))
        return;
    if (page && is_get) {
        sh_answer_static(request, page->type, page->begin, (size_t)(page->end - page->begin));
        return;
    }
    request->route = sh_route_find(request, url);
    if (request->route && sh_access(request, request->route->need) && is_change(request))
        sh_body_check(request);
}

/* It is whole. */
static void end(struct sh_request *request)
{
    if (is_change(request) && !sh_body_read(request, request->route->members))
        return;
    request->route->answer(request);
    if (is_change(request))
        sh_events_stale(request->web->events);
    if (!request->status && request->result == MHD_YES)
        sh_answer_refuse(request, MHD_HTTP_INTERNAL_SERVER_ERROR, "failed", "no answer");
}

static enum MHD_Result on_request(void *ctx, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *part,
                                  size_t *length, void **request_context)
{
    struct sh_server *server = ctx;
    struct sh_request *request = *request_context;
    bool is_new = request == NULL;

    (void)version;
    if (is_new) {
        request = *request_context = calloc(1, sizeof *request);
        if (!request)
            return MHD_NO;
        request->web = &server->web;
        request->connection = connection;
        request->method = method;
        request->result = MHD_YES;
        begin(request, url);
    } else if (*length > 0) {
        bool is_taken = request->status || sh_body_take(request, part, *length);

        *length = 0;
        return is_taken ? MHD_YES : MHD_NO;
    } else if (!request->status) {
        end(request);
    }
    if (request->status)
        deadline_in(request, request->is_stream ? 0 : SH_ANSWER_MS);
    return request->result;
}

static void on_completed(void *ctx, struct MHD_Connection *connection, void **request_context,
                         enum MHD_RequestTerminationCode code)
{
    struct sh_request *request = *request_context;
    const struct sh_server *server = ctx;

    (void)connection, (void)code;
    if (!request)
        return;
    if (server->web.host.options.debug)
        sh_event(SP_LOG_DEBUG, "request", request->name, NULL, "%s %s %u", request->method,
                 request->route ? request->route->path : "", request->status);
    deadline_in(request, SH_IDLE_MS);
    sh_body_free(request);
    free(request->path);
    free(request);
    *request_context = NULL;
}

/* ---- The thread ------------------------------------------------------------ */

static int wait_ms(const struct sh_server *server)
{
    int64_t left = server->looked_ticks + LOOK_EVERY_MS - sh_ticks_ms();
    MHD_UNSIGNED_LONG_LONG most;

    if (MHD_get_timeout(server->daemon, &most) == MHD_YES && (int64_t)most < left)
        left = (int64_t)most;
    return left > 0 ? (int)left : 0;
}

/* What tasks have told in the meantime. */
static void take_told(struct sh_server *server)
{
    struct json_object *data;
    const char *event;

    while (sh_tasks_take(server->web.tasks, &event, &data)) {
        sh_events_tell(server->web.events, event, data);
        sh_events_stale(server->web.events);
    }
}

static void look(struct sh_server *server)
{
    int64_t ticks = sh_ticks_ms();
    struct sp_error err;
    int rc;

    if (ticks - server->looked_ticks < LOOK_EVERY_MS)
        return;
    server->looked_ticks = ticks;
    if (sh_events_are_heard(server->web.events))
        sh_events_look(server->web.events, ticks);
    sh_lines_look(&server->lines, ticks);
    if (ticks - server->checked_ticks < CHECKUPS_EVERY_MS)
        return;
    server->checked_ticks = ticks;
    rc = sh_checkups_look(&server->web, &err);
    if (rc && !server->has_failed)
        sh_event(SP_LOG_WARNING, "failed", NULL, NULL, "the page: %s", err.message);
    server->has_failed = rc != 0;
}

static void *serve(void *it)
{
    struct sh_server *server = it;
    int epoll = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    struct pollfd waiting[] = {{epoll, POLLIN, 0}, {server->wake, POLLIN, 0}};
    eventfd_t count;

    sh_trace_thread("page", 0);
    while (!__atomic_load_n(&server->is_ending, __ATOMIC_ACQUIRE)) {
        poll(waiting, 2, wait_ms(server));
        eventfd_read(server->wake, &count);
        MHD_run(server->daemon);
        take_told(server);
        look(server);
    }
    return NULL;
}

/* Signals are for the thread that schedules. */
static int start_thread(struct sh_server *server, struct sp_error *err)
{
    sigset_t all, before;
    int rc;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    rc = pthread_create(&server->thread, NULL, serve, server);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    server->is_running = rc == 0;
    return rc ? sp_error_set(err, SP_ERR_HOST, "the page has no thread: %s", strerror(rc))
              : SP_OK;
}

/* What libmicrohttpd has to say of clients is for who looks for a fault in it. */
static void on_log(void *ctx, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

static void on_log(void *ctx, const char *format, va_list args)
{
    const struct sh_server *server = ctx;
    char *text = NULL;

    if (!server->web.host.options.debug || vasprintf(&text, format, args) < 0)
        return;
    text[strcspn(text, "\n")] = '\0';
    sh_event(SP_LOG_DEBUG, "http", NULL, NULL, "%s", text);
    free(text);
}

/* A NUL would end the path for us, and not for who wrote it: such a path is no path of ours. */
static size_t on_unescape(void *ctx, struct MHD_Connection *connection, char *text)
{
    (void)ctx, (void)connection;
    return strstr(text, "%00") ? strlen(text) : MHD_http_unescape(text);
}

static int start_daemon(struct sh_server *server, struct sp_error *err)
{
    struct sh_listener *listener = &server->web.listener;
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, listener->cert},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, listener->key},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)"NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"},
        {MHD_OPTION_END, 0, NULL}};
    struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};
    unsigned flags = MHD_USE_EPOLL | MHD_USE_ERROR_LOG | MHD_ALLOW_SUSPEND_RESUME |
                     (listener->cert ? MHD_USE_TLS : 0);

    /* The logger first, as it is asked about what follows. */
    server->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, server, MHD_OPTION_EXTERNAL_LOGGER, on_log, server,
        MHD_OPTION_LISTEN_SOCKET, listener->socket, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)CONNECTIONS_MAX, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
        (unsigned)CONNECTIONS_OF_ONE_MAX, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)CONNECTION_MEMORY, MHD_OPTION_NOTIFY_CONNECTION, sh_lines_notify,
        &server->lines, MHD_OPTION_NOTIFY_COMPLETED, on_completed, server,
        MHD_OPTION_UNESCAPE_CALLBACK, on_unescape, server, MHD_OPTION_ARRAY,
        listener->cert ? tls : none, MHD_OPTION_END);
    sh_listener_forget_key(listener);
    if (!server->daemon)
        return sp_error_set(err, SP_ERR_INVALID, "the page cannot be served at %s%s",
                            listener->place,
                            listener->cert ? ": --tls-cert and --tls-key do not fit" : "");
    listener->socket = -1; /* it is closed with the daemon */
    return SP_OK;
}

static void tell(const struct sh_server *server)
{
    char url[320];

    sh_listener_url(&server->web.listener, url, sizeof url);
    sh_event(SP_LOG_INFO, "listening", NULL, NULL, "the page is at %s, served at %s", url,
             server->web.listener.place);
    sh_notify("STATUS=the page is at %s, served at %s", url, server->web.listener.place);
}

static int start(struct sh_server *server, const struct sh_listen *listen, struct sp_error *err)
{
    int rc = sh_listener_open(&server->web.listener, listen, err);

    if (!rc)
        rc = sh_host_need_store(&server->web.host, err);
    if (!rc)
        rc = sh_session_begin(&server->web, err);
    if (!rc)
        rc = start_daemon(server, err);
    if (!rc)
        rc = sh_first_token(&server->web, err);
    if (!rc)
        rc = start_thread(server, err);
    if (!rc)
        tell(server);
    return rc;
}

static int make_parts(struct sh_server *server, struct sp_error *err)
{
    server->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (server->wake < 0)
        return sp_error_set(err, SP_ERR_HOST, "eventfd: %s", strerror(errno));
    server->web.events = sh_events_new(&server->web);
    server->web.tasks = sh_tasks_new(server->wake);
    server->web.costs = calloc(1, sizeof *server->web.costs);
    return server->web.events && server->web.tasks && server->web.costs
               ? SP_OK
               : sp_error_set(err, SP_ERR_NOMEM, "out of memory");
}

int sh_server_start(const struct sh_host *host, const struct sh_listen *listen,
                    struct sh_server **ret, struct sp_error *err)
{
    struct sh_server *server = calloc(1, sizeof *server);
    int rc;

    if (!server)
        return sp_error_set(err, SP_ERR_NOMEM, "out of memory");
    server->web.listener.socket = -1;
    server->web.host = *host;
    server->web.host.store = NULL;
    rc = make_parts(server, err);
    if (!rc)
        rc = start(server, listen, err);
    if (rc)
        sh_server_stop(server);
    else
        *ret = server;
    return rc;
}

void sh_server_stop(struct sh_server *server)
{
    if (!server)
        return;
    __atomic_store_n(&server->is_ending, true, __ATOMIC_RELEASE);
    if (server->is_running) {
        eventfd_write(server->wake, 1);
        pthread_join(server->thread, NULL);
    }
    sh_tasks_free(server->web.tasks);
    sh_events_end(server->web.events);
    if (server->daemon)
        MHD_stop_daemon(server->daemon);
    sh_events_free(server->web.events);
    free(server->web.costs);
    sh_listener_close(&server->web.listener);
    sh_store_close(server->web.host.store);
    explicit_bzero(server->web.key, sizeof server->web.key);
    if (server->wake >= 0)
        close(server->wake);
    free(server);
}
