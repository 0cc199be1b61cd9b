/* output.h - what commands print: lines for people, or one JSON object a line
 *
 * All that commands write to stdout goes through here, and what strangers named is made
 * harmless for a terminal on its way.
 */
#ifndef SH_OUTPUT_H
#define SH_OUTPUT_H

#include "log.h"

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

/* Prints one line for people; what a terminal would obey in it is made harmless. */
void sh_print(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints text for people in lines of at most 100 columns, each after so many blanks. */
void sh_print_wrapped(unsigned indent, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* An object as one line, in which no control character is left, and puts it back; the caller
 * frees.  NULL: memory ran out, now or when something was to be put into it. */
char *sh_json_line(struct json_object *object);

/* Prints an object in one line and puts it back. */
void sh_print_json(struct json_object *object);

/* False: memory ran out, and what this thread has printed lacks something. */
bool sh_print_is_whole(void);

/* Adds a member, or an element, and takes that over.  Where memory runs out, for it or for what
 * it is put into (both may be NULL), sh_json_line says so; the result, SP_ERR_NOMEM, is for who
 * decides by it. */
void sh_json_put(struct json_object *object, const char *key, struct json_object *value);
void sh_json_null(struct json_object *object, const char *key);
int sh_json_append(struct json_object *array, struct json_object *value);
void sh_json_append_null(struct json_object *array);
size_t sh_json_length(const struct json_object *array);

/* Adds a member; NULL, and a time of 0, become null. */
void sh_json_text(struct json_object *object, const char *key, const char *text);
void sh_json_int(struct json_object *object, const char *key, int64_t number);
void sh_json_bool(struct json_object *object, const char *key, bool yes);
void sh_json_time(struct json_object *object, const char *key, int64_t ms);

/* "2026-11-23 16:40", local time; "never" for 0.  Good until the thread's next call. */
const char *sh_time_text(int64_t ms);

/* Prints a row of a table for people: a name, and beside it, or below where the two have no
 * room in 100 columns, what is told of it.  A name is never cut. */
void sh_print_row(const char *name, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
