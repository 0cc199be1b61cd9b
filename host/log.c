/* log.c - see log.h */
#include "log.h"

#include "clock.h"
#include "output.h"
#include "text.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SHORT_MAX = 2000 };

static enum { FOR_PEOPLE, FOR_THE_JOURNAL, FOR_PROGRAMS } style;

/* As in syslog, which the journal reads in front of a line. */
static const struct {
    int priority;
    const char *name;
} levels[] = {
    [SP_LOG_ERROR] = {3, "error"},
    [SP_LOG_WARNING] = {4, "warning"},
    [SP_LOG_INFO] = {6, "info"},
    [SP_LOG_DEBUG] = {7, "debug"},
};

/* The variable names the journal's stream (systemd.exec(5)), and is inherited by who writes
 * elsewhere, too. */
static bool is_read_by_journal(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    uintmax_t device, inode;
    struct stat st;

    return stream && sscanf(stream, "%ju:%ju", &device, &inode) == 2 &&
           fstat(STDERR_FILENO, &st) == 0 && st.st_dev == device && st.st_ino == inode;
}

void sh_log_open(bool json)
{
    style = json ? FOR_PROGRAMS : is_read_by_journal() ? FOR_THE_JOURNAL : FOR_PEOPLE;
}

bool sh_log_is_kept(void)
{
    return is_read_by_journal();
}

/* What is told when there is no memory for what was to be told. */
static const char LACKS_MEMORY[] =
    "{\"level\":\"error\",\"event\":null,\"message\":\"out of memory\"}";

static void write_json(enum sp_log_level level, const char *event, const char *connection,
                       const char *path, const char *text)
{
    struct json_object *object = json_object_new_object();
    char *line;

    sh_json_int(object, "time", sh_now_ms());
    sh_json_text(object, "level", levels[level].name);
    sh_json_text(object, "event", event);
    sh_json_text(object, "connection", connection);
    sh_json_text(object, "path", path);
    sh_json_text(object, "message", text);
    line = sh_json_line(object);
    fprintf(stderr, "%s\n", line ? line : LACKS_MEMORY);
    free(line);
}

/* A text, and room for its beginning: that memory ran out is to be said without any. */
struct text {
    char *whole, shorter[SHORT_MAX];
};

static char *format_args(struct text *text, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

/* The caller frees text->whole; what a terminal would obey in it is made harmless. */
static char *format_args(struct text *text, const char *format, va_list args)
{
    va_list again;
    char *line;

    va_copy(again, args);
    vsnprintf(text->shorter, sizeof text->shorter, format, args);
    if (vasprintf(&text->whole, format, again) < 0)
        text->whole = NULL;
    va_end(again);
    line = text->whole ? text->whole : text->shorter;
    sh_text_defuse(line);
    return line;
}

static char *format_text(struct text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static char *format_text(struct text *text, const char *format, ...)
{
    va_list args;
    char *line;

    va_start(args, format);
    line = format_args(text, format, args);
    va_end(args);
    return line;
}

static void write_text(enum sp_log_level level, const char *connection, const char *path,
                       const char *message)
{
    char before[16] = "source-host: ";
    struct text text = {NULL, ""};

    if (style == FOR_THE_JOURNAL)
        snprintf(before, sizeof before, "<%d>", levels[level].priority);
    fprintf(stderr, "%s\n",
            format_text(&text, "%s%s%s%s%s%s", before, connection ? connection : "",
                        connection ? ": " : "", path ? path : "", path ? ": " : "", message));
    free(text.whole);
}

static void write_line(enum sp_log_level level, const char *event, const char *connection,
                       const char *path, const char *format, va_list args)
    __attribute__((format(printf, 5, 0)));

static void write_line(enum sp_log_level level, const char *event, const char *connection,
                       const char *path, const char *format, va_list args)
{
    struct text text = {NULL, ""};
    const char *message = format_args(&text, format, args);

    if (style == FOR_PROGRAMS)
        write_json(level, event, connection, path, message);
    else
        write_text(level, connection, path, message);
    free(text.whole);
}

void sh_event(enum sp_log_level level, const char *event, const char *connection,
              const char *path, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    write_line(level, event, connection, path, format, args);
    va_end(args);
}

void sh_complain(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    write_line(SP_LOG_WARNING, NULL, NULL, NULL, format, args);
    va_end(args);
}

void sh_complain_of(const char *what, const struct sp_error *err)
{
    sh_complain("%s%s%s%s%s", what ? what : "", what ? ": " : "", err->message,
                err->remedy[0] ? "; " : "", err->remedy);
}
