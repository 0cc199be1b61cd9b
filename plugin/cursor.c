/* cursor.c - see cursor.h */
#include "cursor.h"

#include "cleanup.h"
#include "error.h"
#include "json.h"

#include <string.h>

/* Raised when a cursor means something else than before. */
#define FORMAT 1

int bb_cursor_read(struct bb_cursor *cursor, const char *text, struct sp_error *err)
{
    BB_AUTOJSON struct json_object *object = NULL;
    enum json_tokener_error why;
    struct sp_error ignored;
    struct bb_doc doc = {.url_path = "cursor", .root = "", .err = &ignored};
    struct bb_node node, left_out;

    *cursor = (struct bb_cursor){0};
    if (text && bb_json_parse(text, &object, &why))
        return bb_fail_memory(err);
    if (!object)
        return SP_OK;
    node = bb_json_root(&doc, object);
    left_out = bb_json_array(&node, "left_out");
    cursor->newest_ms = bb_json_int(&node, "newest", 0);
    cursor->full_ms = bb_json_int(&node, "full", 0);
    cursor->since_ms = bb_json_int(&node, "since", 0);
    cursor->unordered = bb_json_bool(&node, "unordered");
    cursor->n_left_out = bb_json_length(&left_out);
    if (cursor->n_left_out > BB_LEFT_OUT_MAX)
        cursor->n_left_out = BB_LEFT_OUT_MAX;
    for (size_t i = 0; i < cursor->n_left_out; i++)
        cursor->left_out[i] =
            json_object_get_int64(json_object_array_get_idx(left_out.value, i));
    cursor->is_set = bb_json_int(&node, "format", 0) == FORMAT;
    if (doc.rc || !cursor->is_set)
        *cursor = (struct bb_cursor){0};
    return SP_OK;
}

/* json-c takes NULL for null, and ends the program where the object itself is NULL. */
static int add(struct json_object *object, const char *key, struct json_object *value)
{
    if (object && value && !json_object_object_add(object, key, value))
        return SP_OK;
    json_object_put(value);
    return SP_ERR_NOMEM;
}

static struct json_object *numbers(const int64_t *list, size_t n)
{
    struct json_object *array = json_object_new_array();

    for (size_t i = 0; array && i < n; i++) {
        struct json_object *number = json_object_new_int64(list[i]);

        if (number && !json_object_array_add(array, number))
            continue;
        json_object_put(number);
        json_object_put(array);
        array = NULL;
    }
    return array;
}

int bb_cursor_write(const struct bb_cursor *cursor, char *text, size_t size,
                    struct sp_error *err)
{
    BB_AUTOJSON struct json_object *object = json_object_new_object();
    const char *line;

    if (add(object, "format", json_object_new_int(FORMAT)) ||
        add(object, "newest", json_object_new_int64(cursor->newest_ms)) ||
        add(object, "full", json_object_new_int64(cursor->full_ms)) ||
        add(object, "since", json_object_new_int64(cursor->since_ms)) ||
        add(object, "unordered", json_object_new_boolean(cursor->unordered)) ||
        add(object, "left_out", numbers(cursor->left_out, cursor->n_left_out)))
        return bb_fail_memory(err);
    line = bb_json_line(object);
    if (!line)
        return bb_fail_memory(err);
    if (strlen(line) >= size)
        return bb_fail(err, SP_ERR_INTERNAL, "the cursor is longer than %zu bytes", size);
    strcpy(text, line);
    return SP_OK;
}
