/* output.c - see output.h */
#include "output.h"

#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { COLUMNS = 100, NAME_COLUMNS = 44, INDENT = 2, BELOW = 6 };

void sh_print(const char *format, ...)
{
    char *line = NULL;
    va_list args;
    int length;

    va_start(args, format);
    length = vasprintf(&line, format, args);
    va_end(args);
    if (length < 0)
        return;
    sh_text_defuse(line);
    puts(line);
    free(line);
}

/* So much of the text as goes into a line, up to a blank where there is one. */
static size_t line_length(const char *text, size_t columns)
{
    size_t length = 0, blank = 0, width = 0;

    for (; text[length] && width < columns; length++) {
        if (text[length] == ' ')
            blank = length;
        width += ((unsigned char)text[length + 1] & 0xC0) != 0x80;
    }
    return text[length] && blank ? blank : length;
}

void sh_print_wrapped(unsigned indent, const char *format, ...)
{
    char *text = NULL;
    va_list args;
    int length;

    va_start(args, format);
    length = vasprintf(&text, format, args);
    va_end(args);
    for (const char *rest = text; length >= 0 && *rest;) {
        size_t part = line_length(rest, COLUMNS - indent);

        sh_print("%*s%.*s", (int)indent, "", (int)part, rest);
        for (rest += part; *rest == ' '; rest++)
            ;
    }
    if (length >= 0)
        free(text);
}

void sh_print_row(const char *name, const char *format, ...)
{
    size_t columns = sh_text_width(name), most = COLUMNS - INDENT - 1;
    size_t pad = columns < NAME_COLUMNS ? NAME_COLUMNS - columns : 0;
    char *text = NULL;
    va_list args;
    int length;

    va_start(args, format);
    length = vasprintf(&text, format, args);
    va_end(args);
    if (length < 0)
        return;
    while (length > 0 && text[length - 1] == ' ')
        text[--length] = '\0';
    if (columns + pad + sh_text_width(text) <= most) {
        sh_print("%*s%s%*s %s", INDENT, "", name, (int)pad, "", text);
    } else {
        sh_print("%*s%s", INDENT, "", name);
        sh_print_wrapped(BELOW, "%s", text);
    }
    free(text);
}

void sh_print_json(struct json_object *object)
{
    puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN |
                                                    JSON_C_TO_STRING_NOSLASHESCAPE));
    json_object_put(object);
}

void sh_json_text(struct json_object *object, const char *key, const char *text)
{
    /* What strangers wrote may be no UTF-8, and then no JSON either. */
    char *mended = text ? sh_utf8_mend(text, strlen(text)) : NULL;

    json_object_object_add(object, key, mended ? json_object_new_string(mended) : NULL);
    free(mended);
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
    static _Thread_local char text[32];
    time_t seconds = (time_t)(ms / 1000);
    struct tm tm;

    if (!ms || !localtime_r(&seconds, &tm))
        return "never";
    strftime(text, sizeof text, "%Y-%m-%d %H:%M", &tm);
    return text;
}
