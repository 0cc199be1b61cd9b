/* cursor.c - see cursor.h */
#include "cursor.h"

#include "cleanup.h"
#include "error.h"
#include "json.h"

#include <string.h>

/* Raised when a cursor means something else than before. */
#define FORMAT 1

void bb_cursor_read(struct bb_cursor *cursor, const char *text)
{
    BB_AUTOJSON struct json_object *object = text ? json_tokener_parse(text) : NULL;
    struct sp_error ignored;
    struct bb_doc doc = {.url_path = "cursor", .root = "", .err = &ignored};
    struct bb_node node, left_out;

    *cursor = (struct bb_cursor){0};
    if (!object)
        return;
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
}

static struct json_object *numbers(const int64_t *list, size_t n)
{
    struct json_object *array = json_object_new_array();

    for (size_t i = 0; i < n; i++)
        json_object_array_add(array, json_object_new_int64(list[i]));
    return array;
}

int bb_cursor_write(const struct bb_cursor *cursor, char *text, size_t size,
                    struct sp_error *err)
{
    BB_AUTOJSON struct json_object *object = json_object_new_object();
    const char *plain;

    json_object_object_add(object, "format", json_object_new_int(FORMAT));
    json_object_object_add(object, "newest", json_object_new_int64(cursor->newest_ms));
    json_object_object_add(object, "full", json_object_new_int64(cursor->full_ms));
    json_object_object_add(object, "since", json_object_new_int64(cursor->since_ms));
    json_object_object_add(object, "unordered", json_object_new_boolean(cursor->unordered));
    json_object_object_add(object, "left_out", numbers(cursor->left_out, cursor->n_left_out));
    plain = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN);
    if (!plain)
        return bb_fail_memory(err);
    if (strlen(plain) >= size)
        return bb_fail(err, SP_ERR_INTERNAL, "the cursor is longer than %zu bytes", size);
    strcpy(text, plain);
    return SP_OK;
}
