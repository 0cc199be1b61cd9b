/* body.c - see body.h */
#include "web/body.h"

#include "text.h"
#include "web/answer.h"

#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 8 };

static const char *header(const struct sh_request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

bool sh_body_check(struct sh_request *request)
{
    const char *length = header(request, MHD_HTTP_HEADER_CONTENT_LENGTH);

    if (!length || header(request, MHD_HTTP_HEADER_TRANSFER_ENCODING)) {
        sh_answer_refuse(request, MHD_HTTP_LENGTH_REQUIRED, "length",
                         "send the body with its Content-Length");
        return false;
    }
    if (strlen(length) > 9 || strtoul(length, NULL, 10) > SH_BODY_MAX) {
        sh_answer_refuse(request, MHD_HTTP_CONTENT_TOO_LARGE, "too_large",
                         "a body has at most %d bytes", SH_BODY_MAX);
        return false;
    }
    return true;
}

/* Room for all that may come, so that no copy is left behind where it grew. */
bool sh_body_take(struct sh_request *request, const char *bytes, size_t length)
{
    if (!request->body_text)
        request->body_text = calloc(1, SH_BODY_MAX + 1);
    if (!request->body_text || length > SH_BODY_MAX - request->body_length)
        return false;
    memcpy(request->body_text + request->body_length, bytes, length);
    request->body_length += length;
    return true;
}

static void wipe(struct json_object *object)
{
    const char *text;

    switch (json_object_get_type(object)) {
    case json_type_string:
        text = json_object_get_string(object);
        explicit_bzero((char *)text, (size_t)json_object_get_string_len(object));
        break;
    case json_type_object: {
        json_object_object_foreach(object, key, member)
        {
            (void)key;
            wipe(member);
        }
        break;
    }
    case json_type_array:
        for (size_t i = 0; i < json_object_array_length(object); i++)
            wipe(json_object_array_get_idx(object, i));
        break;
    default:
        break;
    }
}

void sh_body_free(struct sh_request *request)
{
    if (request->body)
        wipe(request->body);
    json_object_put(request->body);
    if (request->body_text)
        explicit_bzero(request->body_text, SH_BODY_MAX);
    free(request->body_text);
    request->body = NULL;
    request->body_text = NULL;
}

/* The parser's own buffer keeps the last text that it has read. */
static struct json_object *parse(const char *text, size_t length)
{
    struct json_tokener *tokener = json_tokener_new_ex(DEPTH_MAX);
    struct json_object *object;

    if (!tokener)
        return NULL;
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
    /* its final NUL included, by which a number at the end is seen to end */
    object = json_tokener_parse_ex(tokener, text, (int)length + 1);
    if (json_tokener_get_error(tokener) != json_tokener_success ||
        json_tokener_get_parse_end(tokener) < length) {
        if (object)
            wipe(object);
        json_object_put(object);
        object = NULL;
    }
    if (tokener->pb && tokener->pb->buf)
        explicit_bzero(tokener->pb->buf, (size_t)tokener->pb->size);
    json_tokener_free(tokener);
    return object;
}

static bool is_among(const char *name, const char *names)
{
    size_t length = strlen(name);

    for (const char *at = names; length && (at = strstr(at, name)); at += length)
        if ((at == names || at[-1] == ' ') && (!at[length] || at[length] == ' '))
            return true;
    return false;
}

/* The library compares and copies up to a NUL: what is behind one would be lost in silence. */
static bool has_nul(struct json_object *object)
{
    bool found = false;

    switch (json_object_get_type(object)) {
    case json_type_string:
        return strlen(json_object_get_string(object)) !=
               (size_t)json_object_get_string_len(object);
    case json_type_object: {
        json_object_object_foreach(object, key, member)
        {
            (void)key;
            found = found || has_nul(member);
        }
        return found;
    }
    case json_type_array:
        for (size_t i = 0; i < json_object_array_length(object); i++)
            found = found || has_nul(json_object_array_get_idx(object, i));
        return found;
    default:
        return false;
    }
}

static bool check_members(struct sh_request *request, const char *members)
{
    json_object_object_foreach(request->body, key, member)
    {
        (void)member;
        if (!is_among(key, members)) {
            sh_answer_refuse(request, MHD_HTTP_BAD_REQUEST, "unknown_member",
                             "unknown member %.64s; there %s %s", key,
                             strchr(members, ' ') ? "are" : "is", *members ? members : "none");
            return false;
        }
    }
    return true;
}

bool sh_body_read(struct sh_request *request, const char *members)
{
    const char *text = request->body_text ? request->body_text : "";

    /* Looked at here, as the library takes sequences that are longer than they need be. */
    if (memchr(text, '\0', request->body_length) ||
        sh_utf8_length(text, request->body_length) != request->body_length)
        request->body = NULL;
    else
        request->body = parse(text, request->body_length);
    if (!json_object_is_type(request->body, json_type_object) || has_nul(request->body)) {
        sh_answer_refuse(request, MHD_HTTP_BAD_REQUEST, "json",
                         "the body is no JSON object in UTF-8, or has a NUL in a text");
        return false;
    }
    return check_members(request, members);
}

const char *sh_body_text(struct sh_request *request, const char *member)
{
    struct json_object *value;

    if (json_object_object_get_ex(request->body, member, &value) &&
        json_object_is_type(value, json_type_string))
        return json_object_get_string(value);
    sh_answer_refuse(request, MHD_HTTP_BAD_REQUEST, "member", "%s is missing, or is no text",
                     member);
    return NULL;
}
