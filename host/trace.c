/* trace.c - see trace.h */
#include "trace.h"

#include "output.h"
#include "source_provider_host.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

/* A span is written in one piece, so that a kill cuts none.  More at once are in flight at no
 * server; what finds no lane is counted. */
enum { SPAN_MAX = 64 * 1024, LANES_MAX = 99 };

/* Its number in the file is the thread's; lanes have those that follow. */
struct track {
    struct track *next;
    int number;
    int n_lanes;
    int64_t lane_end_ns[LANES_MAX];
    char name[];
};

static struct {
    FILE *file; /* NULL: nothing is traced */
    char *path;
    int64_t began_ns;
    pthread_mutex_t lock; /* for what follows */
    struct track *tracks;
    int64_t lost; /* spans without a lane */
    bool has_failed;
} trace = {.lock = PTHREAD_MUTEX_INITIALIZER};

static _Thread_local struct track *own;

int64_t sh_trace_begin(void)
{
    struct timespec now;

    if (!trace.file)
        return 0;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* ---- The file -------------------------------------------------------------- */

/* What is between two, so that who reads what there is has only to add the bracket. */
#define NEXT ",\n"

static void write_text(const char *before, const char *text)
{
    if (trace.has_failed)
        return;
    fputs(before, trace.file);
    fputs(text, trace.file);
    if (fflush(trace.file) == 0 && !ferror(trace.file))
        return;
    trace.has_failed = true;
    sh_complain("%s: the trace cannot be written any more: %m; the command goes on without it",
                trace.path);
}

static void write_event(const char *before, struct json_object *event)
{
    char *line = sh_json_line(event);

    if (line)
        write_text(before, line);
    free(line);
}

static struct json_object *new_event(const char *phase, const char *name, int track)
{
    struct json_object *event = json_object_new_object();

    sh_json_text(event, "ph", phase);
    sh_json_text(event, "name", name);
    sh_json_int(event, "pid", getpid());
    sh_json_int(event, "tid", track);
    return event;
}

/* `what` is one of the format's: "process_name", "thread_name". */
static struct json_object *new_name(const char *what, const char *name, int track)
{
    struct json_object *event = new_event("M", what, track), *args = json_object_new_object();

    sh_json_text(args, "name", name);
    sh_json_put(event, "args", args);
    return event;
}

/* The format has microseconds; with a fraction, what lies in each other keeps its order.  Times
 * are the machine's, so that what several processes wrote can be laid beside each other. */
static void add_time(struct json_object *event, const char *key, int64_t ns)
{
    char text[32];

    snprintf(text, sizeof text, "%lld.%03d", (long long)(ns / 1000), (int)(ns % 1000));
    sh_json_put(event, key, json_object_new_double_s((double)ns / 1000, text));
}

static void write_span(const struct sp_span *span, int track)
{
    struct json_object *event = new_event("X", span->name, track);
    struct json_object *args = json_object_new_object();

    sh_json_text(event, "cat", span->category);
    add_time(event, "ts", span->begin_ns);
    add_time(event, "dur", span->end_ns - span->begin_ns);
    for (size_t i = 0; i < span->n_facts; i++)
        if (span->facts[i].text)
            sh_json_text(args, span->facts[i].key, span->facts[i].text);
        else
            sh_json_int(args, span->facts[i].key, span->facts[i].number);
    sh_json_put(event, "args", args);
    write_event(NEXT, event);
}

/* ---- Tracks and lanes ------------------------------------------------------ */

static struct track *find_track(const char *name)
{
    size_t size = strlen(name) + 1;
    struct track *track = trace.tracks;

    while (track && strcmp(track->name, name) != 0)
        track = track->next;
    if (track)
        return track;
    track = calloc(1, sizeof *track + size);
    if (!track)
        return NULL;
    memcpy(track->name, name, size);
    track->number = trace.tracks ? trace.tracks->number + LANES_MAX + 1 : LANES_MAX + 1;
    track->next = trace.tracks;
    trace.tracks = track;
    write_event(NEXT, new_name("thread_name", name, track->number));
    return track;
}

/* The lane that has been free for the shortest time, so that there are as few as can be; else a
 * new one.  -1: there are too many. */
static int find_lane(struct track *track, const struct sp_span *span)
{
    char name[80];
    int best = -1;

    for (int i = 0; i < track->n_lanes; i++)
        if (track->lane_end_ns[i] <= span->begin_ns &&
            (best < 0 || track->lane_end_ns[i] > track->lane_end_ns[best]))
            best = i;
    if (best < 0 && track->n_lanes < LANES_MAX) {
        best = track->n_lanes++;
        snprintf(name, sizeof name, "%.40s: in flight %d", track->name, best + 1);
        write_event(NEXT, new_name("thread_name", name, track->number + best + 1));
    }
    if (best >= 0)
        track->lane_end_ns[best] = span->end_ns;
    return best;
}

/* Of its thread, or of a lane; -1: it is lost. */
static int find_number(const struct sp_span *span)
{
    int lane;

    if (!own)
        own = find_track("thread");
    if (!own || !(span->flags & SP_SPAN_OVERLAPS))
        return own ? own->number : -1;
    lane = find_lane(own, span);
    return lane < 0 ? -1 : own->number + lane + 1;
}

static void on_span(void *ctx, const struct sp_span *span)
{
    int number;

    (void)ctx;
    pthread_mutex_lock(&trace.lock);
    number = find_number(span);
    if (number < 0)
        trace.lost++;
    else
        write_span(span, number);
    for (size_t i = 0; number >= 0 && i < span->n_parts; i++)
        write_span(span->parts[i], number);
    pthread_mutex_unlock(&trace.lock);
}

sh_span_fn sh_trace_for_providers(void)
{
    return trace.file ? on_span : NULL;
}

void sh_trace_thread(const char *kind, size_t number)
{
    char name[48];

    if (!trace.file)
        return;
    snprintf(name, sizeof name, number ? "%s %zu" : "%s", kind, number);
    pthread_mutex_lock(&trace.lock);
    own = find_track(name);
    pthread_mutex_unlock(&trace.lock);
}

void sh_trace_end(int64_t began_ns, const char *category, const char *name,
                  const struct sp_fact *facts, size_t n)
{
    if (began_ns)
        on_span(NULL, &(struct sp_span){
                          .size = sizeof(struct sp_span),
                          .category = category,
                          .name = name,
                          .begin_ns = began_ns,
                          .end_ns = sh_trace_begin(),
                          .facts = facts,
                          .n_facts = n,
                      });
}

/* ---- From the beginning to the end ------------------------------------------ */

int sh_trace_open(const char *path, struct sp_error *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0600);

    trace.path = strdup(path);
    trace.file = fd < 0 || !trace.path ? NULL : fdopen(fd, "w");
    if (!trace.file) {
        sp_error_set(err, SP_ERR_INVALID, "--trace: %s cannot be written: %m", path);
        if (fd >= 0)
            close(fd);
        free(trace.path);
        return err->code;
    }
    setvbuf(trace.file, NULL, _IOFBF, SPAN_MAX);
    trace.began_ns = sh_trace_begin();
    trace.has_failed = false;
    trace.lost = 0;
    write_event("[\n", new_name("process_name", "source-host", 0));
    sh_trace_thread("main", 0);
    return SP_OK;
}

void sh_trace_close(const char *command, int exit_status)
{
    if (!trace.file)
        return;
    SH_TRACE(trace.began_ns, "command", command, SH_FACT("exit_status", exit_status),
             SH_FACT("lost_spans", trace.lost));
    write_text("\n]\n", "");
    fclose(trace.file);
    free(trace.path);
    for (struct track *next; trace.tracks; trace.tracks = next) {
        next = trace.tracks->next;
        free(trace.tracks);
    }
    trace.file = NULL;
}
