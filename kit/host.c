/* host.c - the services that a host hands in, and what is looked for in every text */
#include "kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int64_t kit_now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void note_shown(struct kit *kit, const char *where, const char *key)
{
    unsigned n = __atomic_fetch_add(&kit->n_shown, 1, __ATOMIC_RELAXED);

    if (n < KIT_SHOWN_MAX)
        snprintf(kit->shown[n], sizeof kit->shown[n], "%s shows the secret %s", where, key);
}

/* mbstowcs knows what is UTF-8: the locale is C.UTF-8. */
void kit_look(struct kit *kit, const char *where, const char *text)
{
    const char *key;

    if (!text)
        return;
    __atomic_add_fetch(&kit->secrets.looked, 1, __ATOMIC_RELAXED);
    key = kit_secrets_find(&kit->secrets, text);
    if (key)
        note_shown(kit, where, key);
    else if (mbstowcs(NULL, text, 0) == (size_t)-1)
        kit_fault(kit, "%s is not UTF-8", where);
}

static bool is_one_line(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            return false;
    return true;
}

void kit_look_at_error(struct kit *kit, const char *where, const struct sp_error *err)
{
    char name[160];
    const struct {
        const char *member, *text;
        size_t size;
    } texts[] = {
        {"message", err->message, sizeof err->message},
        {"remedy", err->remedy, sizeof err->remedy},
        {"cause", err->cause, sizeof err->cause},
        {"setting", err->setting, sizeof err->setting},
    };

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        snprintf(name, sizeof name, "the %s of the error of %s", texts[i].member, where);
        if (strnlen(texts[i].text, texts[i].size) == texts[i].size) {
            kit_fault(kit, "%s has no end", name);
            continue;
        }
        kit_look(kit, name, texts[i].text);
        if (!is_one_line(texts[i].text))
            kit_fault(kit, "%s is more than one line", name);
    }
}

static void on_log(void *ctx, uint32_t level, const char *line)
{
    struct kit *kit = ctx;

    if (!line) {
        kit_fault(kit, "a log line is NULL");
        return;
    }
    kit_look(kit, "a log line", line);
    if (level > SP_LOG_DEBUG)
        kit_fault(kit, "a log line has the unknown level %u", level);
    if (!is_one_line(line))
        kit_fault(kit, "a log line has a line feed or another control character");
}

static void on_span(void *ctx, const struct sp_span *span)
{
    struct kit *kit = ctx;

    kit_look(kit, "a span's name", span->name);
    kit_look(kit, "a span's category", span->category);
    for (size_t i = 0; i < span->n_facts; i++)
        kit_look(kit, "a span's fact", span->facts[i].text);
    for (size_t i = 0; i < span->n_parts; i++)
        on_span(ctx, span->parts[i]);
}

/* As many as are asked for: a provider that keeps them is told of, and not left to wait. */
static int on_login_enter(void *ctx, uint32_t most, int proven, struct sp_error *err)
{
    struct kit *kit = ctx;
    int seat;

    (void)proven;
    if (most == 0)
        kit_fault(kit, "login_enter is called for at most 0 requests");
    pthread_mutex_lock(&kit->host.lock);
    kit->host.asked++;
    seat = !kit->host.refuse && !kit->host.stall;
    kit->host.seats += seat;
    pthread_mutex_unlock(&kit->host.lock);
    return kit->host.refuse
               ? sp_error_set(err, SP_ERR_LOGIN, "this login is known to be refused")
               : seat;
}

static void on_login_leave(void *ctx, int seat)
{
    struct kit *kit = ctx;

    pthread_mutex_lock(&kit->host.lock);
    if (seat <= 0 || kit->host.seats == 0)
        kit_fault(kit, "login_leave was called for a seat that was not given: %d", seat);
    else
        kit->host.seats--;
    pthread_mutex_unlock(&kit->host.lock);
}

void kit_host_check_seats(struct kit *kit)
{
    if (kit->host.seats)
        kit_fault(kit, "%d of the seats that login_enter gave were not given back",
                  kit->host.seats);
    kit->host.seats = 0;
}

static void on_login_refused(void *ctx, const struct sp_error *why)
{
    kit_look_at_error(ctx, "login_refused", why);
}

void kit_host_init(struct kit *kit)
{
    pthread_mutex_init(&kit->host.lock, NULL);
    kit->host.sp = (struct sp_host){
        .size = sizeof kit->host.sp,
        .ctx = kit,
        .user_agent = "source-provider-check",
        .log = on_log,
        .login_enter = on_login_enter,
        .login_refused = on_login_refused,
        .login_leave = on_login_leave,
        .span = on_span,
    };
}
