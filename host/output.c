/* output.c - see output.h */
#include "output.h"

#include "text.h"

#include <errno.h>
#include <json-c/json_visit.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { COLUMNS = 100, NAME_COLUMNS = 44, INDENT = 2, BELOW = 6 };

/* Something that this thread was to print was not. */
static _Thread_local bool is_print_lost;

bool sh_print_is_whole(void)
{
    return !is_print_lost;
}

void sh_print(const char *format, ...)
{
    char *line = NULL;
    va_list args;
    int length;

    va_start(args, format);
    length = vasprintf(&line, format, args);
    va_end(args);
    if (length < 0) {
        is_print_lost = true;
        return;
    }
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
    else
        is_print_lost = true;
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
    if (length < 0) {
        is_print_lost = true;
        return;
    }
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

/* Of a control character that is left: of two or three bytes, or DEL. */
static unsigned code_point(const char *text, size_t length)
{
    const unsigned char *p = (const unsigned char *)text;

    if (length == 1)
        return *p;
    return length == 2 ? (p[0] & 0x1Fu) << 6 | (p[1] & 0x3Fu)
                       : (p[0] & 0x0Fu) << 12 | (p[1] & 0x3Fu) << 6 | (p[2] & 0x3Fu);
}

/* What an object or array carries that lacks something. */
static char lacking;

static void note_lost(struct json_object *container)
{
    if (container)
        json_object_set_userdata(container, &lacking, NULL);
}

static int look_for_lost(json_object *value, int flags, json_object *parent, const char *key,
                         size_t *index, void *ret)
{
    (void)flags, (void)parent, (void)key, (void)index;
    if (json_object_get_userdata(value) != &lacking)
        return JSON_C_VISIT_RETURN_CONTINUE;
    *(bool *)ret = true;
    return JSON_C_VISIT_RETURN_STOP;
}

/* json-c leaves out in silence what its buffer cannot be grown for, but errno stays. */
static const char *unescaped_line(struct json_object *object)
{
    bool is_lost = !object;
    const char *line;

    if (object)
        json_c_visit(object, 0, look_for_lost, &is_lost);
    if (is_lost)
        return NULL;
    errno = 0;
    line = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN |
                                                      JSON_C_TO_STRING_NOSLASHESCAPE);
    return errno == ENOMEM ? NULL : line;
}

char *sh_json_line(struct json_object *object)
{
    const char *from = unescaped_line(object);
    char *line = from ? malloc(strlen(from) * 6 + 1) : NULL, *to = line;

    /* json-c escapes only what JSON asks for, and people look at it on a terminal. */
    for (size_t n; line && *from; from += n ? n : 1) {
        n = sh_text_control(from);
        if (n)
            to += sprintf(to, "\\u%04x", code_point(from, n));
        else
            *to++ = *from;
    }
    if (line)
        *to = '\0';
    json_object_put(object);
    return line;
}

void sh_print_json(struct json_object *object)
{
    char *line = sh_json_line(object);

    if (line)
        puts(line);
    else
        is_print_lost = true;
    free(line);
}

/* json-c ends the program where there is no object, and takes NULL for null. */
void sh_json_put(struct json_object *object, const char *key, struct json_object *value)
{
    if (object && value && !json_object_object_add(object, key, value))
        return;
    json_object_put(value);
    note_lost(object);
}

void sh_json_null(struct json_object *object, const char *key)
{
    if (!object || json_object_object_add(object, key, NULL))
        note_lost(object);
}

int sh_json_append(struct json_object *array, struct json_object *value)
{
    if (array && value && !json_object_array_add(array, value))
        return SP_OK;
    json_object_put(value);
    note_lost(array);
    return SP_ERR_NOMEM;
}

size_t sh_json_length(const struct json_object *array)
{
    return array ? json_object_array_length(array) : 0;
}

void sh_json_append_null(struct json_object *array)
{
    if (!array || json_object_array_add(array, NULL))
        note_lost(array);
}

void sh_json_text(struct json_object *object, const char *key, const char *text)
{
    /* What strangers wrote may be no UTF-8, and then no JSON either. */
    char *mended = text ? sh_utf8_mend(text, strlen(text)) : NULL;

    if (text)
        sh_json_put(object, key, mended ? json_object_new_string(mended) : NULL);
    else
        sh_json_null(object, key);
    free(mended);
}

void sh_json_int(struct json_object *object, const char *key, int64_t number)
{
    sh_json_put(object, key, json_object_new_int64(number));
}

void sh_json_bool(struct json_object *object, const char *key, bool yes)
{
    sh_json_put(object, key, json_object_new_boolean(yes));
}

void sh_json_time(struct json_object *object, const char *key, int64_t ms)
{
    if (ms)
        sh_json_int(object, key, ms);
    else
        sh_json_null(object, key);
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
