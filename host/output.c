/* output.c - see output.h */
#include "output.h"

#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void print_line(FILE *file, const char *before, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));

static void print_line(FILE *file, const char *before, const char *format, va_list args)
{
    char *line = NULL;

    if (vasprintf(&line, format, args) < 0)
        return;
    sh_text_defuse(line);
    fprintf(file, "%s%s\n", before, line);
    free(line);
}

void sh_print(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    print_line(stdout, "", format, args);
    va_end(args);
}

void sh_complain(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    print_line(stderr, "source-host: ", format, args);
    va_end(args);
}

void sh_complain_of(const char *what, const struct sp_error *err)
{
    sh_complain("%s%s%s%s%s", what ? what : "", what ? ": " : "", err->message,
                err->remedy[0] ? "; " : "", err->remedy);
}

void sh_print_json(struct json_object *object)
{
    puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN |
                                                    JSON_C_TO_STRING_NOSLASHESCAPE));
    json_object_put(object);
}

void sh_json_text(struct json_object *object, const char *key, const char *text)
{
    json_object_object_add(object, key, text ? json_object_new_string(text) : NULL);
}

void sh_json_int(struct json_object *object, const char *key, int64_t number)
{
    json_object_object_add(object, key, json_object_new_int64(number));
}

void sh_json_bool(struct json_object *object, const char *key, bool yes)
{
    json_object_object_add(object, key, json_object_new_boolean(yes));
}

void sh_json_time(struct json_object *object, const char *key, int64_t ms)
{
    json_object_object_add(object, key, ms ? json_object_new_int64(ms) : NULL);
}

const char *sh_time_text(int64_t ms)
{
    static char text[32];
    time_t seconds = (time_t)(ms / 1000);
    struct tm tm;

    if (!ms || !localtime_r(&seconds, &tm))
        return "never";
    strftime(text, sizeof text, "%Y-%m-%d %H:%M", &tm);
    return text;
}

const char *sh_padded(char *buffer, size_t size, const char *text, size_t width)
{
    size_t columns = sh_text_width(text);

    snprintf(buffer, size, "%s%*s", text, columns < width ? (int)(width - columns) : 0, "");
    return buffer;
}
