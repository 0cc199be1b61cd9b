/* json.c - see json.h */
#include "json.h"

#include "buffer.h"
#include "date.h"
#include "error.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { PLACE_MAX = 240 };

int bb_json_parse(const char *text, struct json_object **ret, enum json_tokener_error *why)
{
    struct json_tokener *tokener = json_tokener_new();

    if (!tokener)
        return SP_ERR_NOMEM;
    *ret = json_tokener_parse_ex(tokener, text, -1);
    *why = json_tokener_get_error(tokener);
    json_tokener_free(tokener);
    if (*why == json_tokener_success)
        return SP_OK;
    json_object_put(*ret);
    *ret = NULL;
    return SP_OK;
}

static void write_index(struct bb_buffer *place, size_t index)
{
    char text[32];

    snprintf(text, sizeof text, "[%zu]", index);
    bb_buffer_add(place, text, strlen(text));
}

/* Writes "values[3].author.user.id". */
static void write_place(struct bb_buffer *place, const struct bb_node *node)
{
    if (node->parent)
        write_place(place, node->parent);
    else
        bb_buffer_add(place, node->doc->root, strlen(node->doc->root));
    if (!node->parent && node->doc->number)
        write_index(place, node->doc->number - 1);
    if (node->key) {
        if (place->length)
            bb_buffer_add(place, ".", 1);
        bb_buffer_add(place, node->key, strlen(node->key));
    } else if (node->parent) {
        write_index(place, node->index);
    }
}

static struct bb_node child_of(const struct bb_node *node, const char *key)
{
    struct bb_node child = {.doc = node->doc, .parent = node, .key = key};

    if (node->value && !node->doc->rc)
        json_object_object_get_ex(node->value, key, &child.value);
    return child;
}

static void wrong(const struct bb_node *node, const char *what)
{
    struct bb_buffer place;

    if (node->doc->rc)
        return;
    bb_buffer_init(&place, PLACE_MAX);
    write_place(&place, node);
    node->doc->rc = bb_fail(node->doc->err, SP_ERR_PROTOCOL, "%s: %s %s", node->doc->url_path,
                            place.length ? place.data : "the answer", what);
    bb_buffer_clear(&place);
}

void bb_json_wrong(const struct bb_node *node, const char *key, const char *what)
{
    struct bb_node child = child_of(node, key);

    wrong(&child, what);
}

static void wrong_type(const struct bb_node *node, const char *expected)
{
    char what[80];

    snprintf(what, sizeof what, "is %s where %s is expected",
             json_type_to_name(json_object_get_type(node->value)), expected);
    wrong(node, what);
}

/* The node itself when its value has that type; otherwise an absent one. */
static struct bb_node typed(struct bb_node node, enum json_type type, const char *expected)
{
    if (node.value && json_object_get_type(node.value) != type) {
        wrong_type(&node, expected);
        node.value = NULL;
    }
    return node;
}

/* json-c leaves out in silence what its buffer cannot be grown for, but errno stays. */
const char *bb_json_line(struct json_object *value)
{
    const char *line;

    errno = 0;
    line = json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN |
                                                     JSON_C_TO_STRING_NOSLASHESCAPE);
    return errno == ENOMEM ? NULL : line;
}

struct bb_node bb_json_root(struct bb_doc *doc, struct json_object *value)
{
    struct bb_node root = {.doc = doc, .value = value};

    if (!value)
        wrong(&root, "is null where an object is expected");
    return typed(root, json_type_object, "an object");
}

struct bb_node bb_json_object(const struct bb_node *node, const char *key)
{
    return typed(child_of(node, key), json_type_object, "an object");
}

struct bb_node bb_json_array(const struct bb_node *node, const char *key)
{
    return typed(child_of(node, key), json_type_array, "an array");
}

size_t bb_json_length(const struct bb_node *array)
{
    return array->value && !array->doc->rc ? json_object_array_length(array->value) : 0;
}

struct bb_node bb_json_at(const struct bb_node *array, size_t index)
{
    struct bb_node node = {.doc = array->doc, .parent = array, .index = index};

    node.value = json_object_array_get_idx(array->value, index);
    return typed(node, json_type_object, "an object");
}

bool bb_json_has(const struct bb_node *node, const char *key)
{
    return child_of(node, key).value != NULL;
}

bool bb_json_is_object(const struct bb_node *node, const char *key)
{
    return json_object_is_type(child_of(node, key).value, json_type_object);
}

const char *bb_json_string(const struct bb_node *node, const char *key)
{
    struct bb_node child = typed(child_of(node, key), json_type_string, "a string");

    return child.value ? json_object_get_string(child.value) : NULL;
}

/* json-c makes the highest or lowest number of what has no room in 64 bits: two ids beyond them
 * would become one. */
static int64_t number_of(const struct bb_node *node, int64_t absent)
{
    int64_t number = json_object_get_int64(node->value);

    if (number != INT64_MAX && number != INT64_MIN)
        return number;
    wrong(node, "is out of range");
    return absent;
}

int64_t bb_json_int(const struct bb_node *node, const char *key, int64_t absent)
{
    struct bb_node child = typed(child_of(node, key), json_type_int, "a number");

    return child.value ? number_of(&child, absent) : absent;
}

bool bb_json_bool(const struct bb_node *node, const char *key)
{
    struct bb_node child = typed(child_of(node, key), json_type_boolean, "true or false");

    return child.value && json_object_get_boolean(child.value);
}

int64_t bb_json_date(const struct bb_node *node, const char *key)
{
    struct bb_node child = child_of(node, key);
    int64_t ms = 0;

    if (!child.value)
        return 0;
    if (json_object_is_type(child.value, json_type_int))
        return number_of(&child, 0);
    if (!json_object_is_type(child.value, json_type_string) ||
        !bb_date_parse(json_object_get_string(child.value), &ms))
        wrong(&child, "is neither milliseconds nor an ISO 8601 time");
    return ms;
}
