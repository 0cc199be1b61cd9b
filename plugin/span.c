/* span.c - see span.h */
#include "span.h"

#include "cleanup.h"

#include <string.h>
#include <time.h>

enum { FACTS_MAX = 8 };

int64_t bb_span_begin(const struct sp_instance *instance)
{
    struct timespec now;

    if (!instance->span)
        return 0;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void bb_span_end(const struct sp_instance *instance, int64_t began_ns, const char *category,
                 const char *name, const char *path, const struct sp_fact *facts, size_t n)
{
    struct sp_span span = {
        .size = sizeof span,
        .category = category,
        .name = name,
        .begin_ns = began_ns,
        .facts = facts,
        .n_facts = n,
    };

    if (!began_ns)
        return;
    span.end_ns = bb_span_begin(instance);
    bb_span_tell(instance, &span, path);
}

/* The next segment of a path, with its slash. */
static const char *skip_segment(const char *path)
{
    return *path ? path + 1 + strcspn(path + 1, "/?") : path;
}

/* "/rest/api/1.0/projects/PLAT/repos/api/pull-requests/17/activities?start=0" is "activities",
 * as kinds and their names take turns: by it spans of one kind are found together. */
static char *resource_of(const char *path)
{
    const char *at = strstr(path, "/rest/"), *kind;

    if (!at)
        return strndup(path, strcspn(path, "?"));
    for (int i = 0; i < 3; i++) /* "rest", the API, its version */
        at = skip_segment(at);
    for (kind = at; *at == '/'; at = skip_segment(skip_segment(at)))
        kind = at;
    return strndup(kind + (*kind == '/'), strcspn(kind + (*kind == '/'), "/?"));
}

/* A server may have sent us to a path with the secret in it. */
void bb_span_tell(const struct sp_instance *instance, struct sp_span *span, const char *path)
{
    BB_AUTOFREE char *shown = path ? strdup(path) : NULL, *word = NULL;
    struct sp_fact facts[FACTS_MAX] = {{"path", shown, 0}};
    size_t n = shown ? 1 : 0;

    if (shown) {
        bb_secret_hide(&instance->secret, shown, strlen(shown));
        word = resource_of(shown);
    }
    for (size_t i = 0; i < span->n_facts && n < FACTS_MAX; i++)
        facts[n++] = span->facts[i];
    span->facts = facts;
    span->n_facts = n;
    if (!span->name)
        span->name = word ? word : "";
    /* The analyzer does not know cleanup. NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
    instance->span(instance->host->ctx, span);
}
