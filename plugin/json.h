/* json.h - typed reading of json-c trees, with errors that name the member
 *
 * A document remembers the first thing that was wrong in it; getters after that give
 * nothing.  So mapping code reads straight down, and asks once at its end.  A member that
 * is absent or null is not wrong: its getter gives NULL, 0 or false.
 */
#ifndef BB_JSON_H
#define BB_JSON_H

#include "source_provider.h"

#include <json-c/json.h>
#include <stdbool.h>

struct bb_doc {
    const char *url_path; /* whose answer this is, for messages */
    const char *root;     /* where in it: "values", or "" */
    size_t number;        /* of the element of root that is meant, from 1; 0: root itself */
    struct sp_error *err;
    int rc; /* 0, or the first fault */
};

/* A place in a document.  Lives on the stack; so do its parents. */
struct bb_node {
    struct bb_doc *doc;
    const struct bb_node *parent;
    const char *key; /* of this place in its parent; NULL: the index is meant */
    size_t index;
    struct json_object *value; /* NULL: absent */
};

/* Parses a text; *ret is NULL where it is not one JSON value, and *why says why.  Fails when
 * out of memory only. */
int bb_json_parse(const char *text, struct json_object **ret, enum json_tokener_error *why);

/* The text of a value, borrowed from it, in one line; NULL: out of memory. */
const char *bb_json_line(struct json_object *value);

/* The top of a document; anything but an object is wrong. */
struct bb_node bb_json_root(struct bb_doc *doc, struct json_object *value);

struct bb_node bb_json_object(const struct bb_node *node, const char *key);
struct bb_node bb_json_array(const struct bb_node *node, const char *key);
size_t bb_json_length(const struct bb_node *array);
struct bb_node bb_json_at(const struct bb_node *array, size_t index);

/* Whether the member is there and not null. */
bool bb_json_has(const struct bb_node *node, const char *key);

bool bb_json_is_object(const struct bb_node *node, const char *key);

/* Borrowed from the tree. */
const char *bb_json_string(const struct bb_node *node, const char *key);
int64_t bb_json_int(const struct bb_node *node, const char *key, int64_t absent);
bool bb_json_bool(const struct bb_node *node, const char *key);
/* Milliseconds, from a number or an ISO 8601 string. */
int64_t bb_json_date(const struct bb_node *node, const char *key);
/* Notes that this member is wrong; `what` goes on after its name: "is missing". */
void bb_json_wrong(const struct bb_node *node, const char *key, const char *what);

#endif
