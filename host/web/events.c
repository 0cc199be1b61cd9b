/* events.c - see events.h */
#include "web/events.h"

#include "clock.h"
#include "log.h"
#include "output.h"
#include "web/answer.h"
#include "web/api.h"
#include "web/changes.h"
#include "web/lines.h"
#include "web/session.h"
#include "web/tasks.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    STREAMS_MAX = 32,
    WAITING_MAX = 1024 * 1024, /* bytes that a stream may be behind */
    COMMENT_EVERY_MS = 15 * 1000,
    CHECK_EVERY_MS = 5 * 1000,
    STUCK_MS = 60 * 1000,
    PIECE = 16 * 1024
};

/* One page that listens. */
struct stream {
    struct stream *next;
    struct sh_events *all;
    struct MHD_Connection *connection;
    struct sh_session session;
    char *text; /* what it has not got yet: from `sent` on */
    size_t length, sent, room;
    bool is_asleep; /* libmicrohttpd does not ask for more */
    bool is_ended;
    int64_t told_ticks, moved_ticks, checked_ticks;
};

struct sh_events {
    struct sh_web *web;
    struct stream *first;
    size_t n;
    struct sh_changes *changes; /* NULL: nobody has listened yet */
    char *status;               /* as it was told last */
    int64_t version;            /* of the store, as it was seen last */
    struct timespec files;      /* when one last came or went in connections.d */
    bool is_stale, has_failed;
};

/* ---- Streams --------------------------------------------------------------- */

static void wake(struct stream *stream)
{
    if (!stream->is_asleep)
        return;
    stream->is_asleep = false;
    MHD_resume_connection(stream->connection);
}

static void end_stream(struct stream *stream)
{
    stream->is_ended = true;
    wake(stream);
}

/* What it has got is dropped before there is made room for more. */
static void push(struct stream *stream, const char *text, size_t length)
{
    size_t waits = stream->length - stream->sent;

    if (stream->is_ended)
        return;
    if (waits + length > WAITING_MAX) {
        end_stream(stream);
        return;
    }
    if (waits == 0)
        stream->moved_ticks = sh_ticks_ms();
    else
        memmove(stream->text, stream->text + stream->sent, waits);
    stream->sent = 0;
    stream->length = waits;
    if (waits + length > stream->room) {
        char *grown = realloc(stream->text, waits + length);

        if (!grown) {
            end_stream(stream);
            return;
        }
        stream->text = grown;
        stream->room = waits + length;
    }
    memcpy(stream->text + waits, text, length);
    stream->length += length;
    stream->told_ticks = sh_ticks_ms();
    wake(stream);
}

/* MHD_ContentReaderCallback */
static ssize_t read_stream(void *ctx, uint64_t at, char *buffer, size_t most)
{
    struct stream *stream = ctx;
    size_t waits = stream->length - stream->sent, n = waits < most ? waits : most;

    (void)at;
    if (stream->is_ended)
        return MHD_CONTENT_READER_END_OF_STREAM;
    if (n == 0) {
        stream->is_asleep = true;
        MHD_suspend_connection(stream->connection);
        return 0;
    }
    memcpy(buffer, stream->text + stream->sent, n);
    stream->sent += n;
    stream->moved_ticks = sh_ticks_ms();
    return (ssize_t)n;
}

static void free_stream(void *ctx)
{
    struct stream *stream = ctx;
    struct stream **here = &stream->all->first;

    while (*here != stream)
        here = &(*here)->next;
    *here = stream->next;
    stream->all->n--;
    free(stream->text);
    free(stream);
}

/* What is there from now on is told; what was there before is asked for. */
void sh_api_events(struct sh_request *request)
{
    static const char hello[] = ": hello\n\n";
    struct sh_events *events = request->web->events;
    struct MHD_Response *response;
    struct stream *stream;

    if (events->n == STREAMS_MAX) {
        request->retry_after = 60;
        sh_answer_refuse(request, MHD_HTTP_SERVICE_UNAVAILABLE, "busy",
                         "%d pages are open already; close one", STREAMS_MAX);
        return;
    }
    if (events->n == 0)
        sh_events_look(events, sh_ticks_ms());
    stream = calloc(1, sizeof *stream);
    response = stream ? MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, PIECE, read_stream,
                                                          stream, free_stream)
                      : NULL;
    if (!response) {
        free(stream);
        request->result = MHD_NO;
        return;
    }
    stream->all = events;
    stream->connection = request->connection;
    stream->session = request->session;
    stream->next = events->first;
    events->first = stream;
    events->n++;
    push(stream, hello, sizeof hello - 1);
    request->is_stream = true;
    sh_answer_headers(response, "text/event-stream");
    MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    sh_answer_response(request, MHD_HTTP_OK, response);
}

static void tell_text(struct sh_events *events, const char *event, const char *data)
{
    char *text = NULL;
    int length = data ? asprintf(&text, "event: %s\ndata: %s\n\n", event, data) : -1;

    if (length < 0)
        return;
    for (struct stream *stream = events->first; stream; stream = stream->next)
        push(stream, text, (size_t)length);
    free(text);
}

void sh_events_tell(struct sh_events *events, const char *event, struct json_object *data)
{
    char *line = sh_json_line(data);

    tell_text(events, event, line);
    free(line);
}

/* Who was logged out, or lost his token, hears no more. */
static void check_session(struct stream *stream, int64_t ticks)
{
    struct sp_error err;
    bool is_good;

    if (ticks - stream->checked_ticks < CHECK_EVERY_MS)
        return;
    stream->checked_ticks = ticks;
    if (!sh_session_check(stream->all->web, &stream->session, &is_good, &err) && !is_good)
        end_stream(stream);
}

/* A comment shows both sides that the other one is there. */
static void look_at_stream(struct stream *stream, int64_t ticks)
{
    static const char comment[] = ": still here\n\n";
    struct sh_line *line = sh_line_of(stream->connection);
    bool waits = stream->length > stream->sent;

    if (waits && ticks - stream->moved_ticks > STUCK_MS && line)
        line->deadline = ticks;
    else if (ticks - stream->told_ticks >= COMMENT_EVERY_MS)
        push(stream, comment, sizeof comment - 1);
}

/* ---- What has changed ------------------------------------------------------ */

static void on_changes(void *ctx, struct json_object *data)
{
    sh_events_tell(ctx, "repositories", data);
}

static int tell_status(struct sh_events *events, struct sp_error *err)
{
    struct json_object *status;
    char *text;
    int rc = sh_status_json(events->web, &status, err);

    if (rc)
        return rc;
    text = sh_json_line(status);
    if (!text)
        return sp_error_set(err, SP_ERR_NOMEM, "out of memory");
    if (events->status && strcmp(events->status, text) != 0)
        tell_text(events, "status", text);
    free(events->status);
    events->status = text;
    return SP_OK;
}

/* A file that goes writes nothing into the store. */
static void look_at_files(struct sh_events *events)
{
    struct stat folder = {0};
    char path[PATH_MAX];

    snprintf(path, sizeof path, "%s/connections.d", events->web->host.options.config);
    if (stat(path, &folder) == 0 &&
        memcmp(&folder.st_mtim, &events->files, sizeof events->files) != 0)
        events->is_stale = true;
    events->files = folder.st_mtim;
}

/* Where the store can tell that nobody has written, there is nothing to compare. */
static int look_at_store(struct sh_events *events, struct sp_error *err)
{
    struct sh_host *host = &events->web->host;
    int64_t version = -1;
    int rc = sh_store_version(host->store, &version, err);

    if (rc || (version >= 0 && version == events->version && !events->is_stale))
        return rc;
    if (!events->changes && !(events->changes = sh_changes_new()))
        return sp_error_set(err, SP_ERR_NOMEM, "out of memory");
    rc = sh_changes_look(events->changes, host, on_changes, events, err);
    if (!rc)
        rc = tell_status(events, err);
    if (!rc) {
        events->version = version;
        events->is_stale = false;
    }
    return rc;
}

void sh_events_look(struct sh_events *events, int64_t ticks)
{
    struct sp_error err;
    int rc;

    look_at_files(events);
    rc = look_at_store(events, &err);
    if (rc && !events->has_failed)
        sh_event(SP_LOG_WARNING, "failed", NULL, NULL, "the page: %s", err.message);
    events->has_failed = rc != 0;
    for (struct stream *stream = events->first; stream; stream = stream->next) {
        check_session(stream, ticks);
        look_at_stream(stream, ticks);
    }
}

void sh_events_stale(struct sh_events *events)
{
    events->is_stale = true;
}

bool sh_events_are_heard(const struct sh_events *events)
{
    return events->n > 0;
}

/* ---- All of it ------------------------------------------------------------- */

struct sh_events *sh_events_new(struct sh_web *web)
{
    struct sh_events *events = calloc(1, sizeof *events);

    if (events)
        events->web = web;
    return events;
}

void sh_events_end(struct sh_events *events)
{
    for (struct stream *stream = events ? events->first : NULL; stream; stream = stream->next)
        end_stream(stream);
}

void sh_events_free(struct sh_events *events)
{
    if (!events)
        return;
    sh_changes_free(events->changes);
    free(events->status);
    free(events);
}
