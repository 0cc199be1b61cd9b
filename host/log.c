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

static void write_json(enum sp_log_level level, const char *event, const char *connection,
                       const char *path, const char *text)
{
    struct json_object *object = json_object_new_object();

    sh_json_int(object, "time", sh_now_ms());
    sh_json_text(object, "level", levels[level].name);
    sh_json_text(object, "event", event);
    sh_json_text(object, "connection", connection);
    sh_json_text(object, "path", path);
    sh_json_text(object, "message", text);
    fprintf(stderr, "%s\n",
            json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN |
                                                       JSON_C_TO_STRING_NOSLASHESCAPE));
    json_object_put(object);
}

static void write_text(enum sp_log_level level, const char *connection, const char *path,
                       const char *text)
{
    char before[16] = "source-host: ";

    if (style == FOR_THE_JOURNAL)
        snprintf(before, sizeof before, "<%d>", levels[level].priority);
    fprintf(stderr, "%s%s%s%s%s%s\n", before, connection ? connection : "",
            connection ? ": " : "", path ? path : "", path ? ": " : "", text);
}

static void write_line(enum sp_log_level level, const char *event, const char *connection,
                       const char *path, const char *format, va_list args)
    __attribute__((format(printf, 5, 0)));

static void write_line(enum sp_log_level level, const char *event, const char *connection,
                       const char *path, const char *format, va_list args)
{
    char *text = NULL;

    if (vasprintf(&text, format, args) < 0)
        return;
    sh_text_defuse(text);
    if (style == FOR_PROGRAMS)
        write_json(level, event, connection, path, text);
    else
        write_text(level, connection, path, text);
    free(text);
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
