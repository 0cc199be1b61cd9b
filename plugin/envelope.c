/* envelope.c - see envelope.h
 *
 * Levels: 1 is the page, 2 its `values`, 3 and above are inside of an element.  Only as
 * much of JSON is understood here as tells strings from structure; whether an element is
 * proper JSON is left to json-c.
 */
#include "envelope.h"
#include "error.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void bb_envelope_init(struct bb_envelope *envelope, size_t maximum, const char *const *dropped)
{
    memset(envelope, 0, sizeof *envelope);
    bb_buffer_init(&envelope->text, maximum);
    envelope->dropped = dropped;
}

void bb_envelope_reset(struct bb_envelope *envelope)
{
    struct bb_buffer text = envelope->text;
    const char *const *dropped = envelope->dropped;

    bb_buffer_cut(&text, 0);
    memset(envelope, 0, sizeof *envelope);
    envelope->text = text;
    envelope->dropped = dropped;
}

void bb_envelope_clear(struct bb_envelope *envelope)
{
    bb_buffer_clear(&envelope->text);
}

static bool at_object(const struct bb_envelope *envelope)
{
    return envelope->is_object[envelope->depth / 8] & (1u << envelope->depth % 8);
}

static bool is_dropped(const struct bb_envelope *envelope)
{
    for (const char *const *name = envelope->dropped; name && *name; name++)
        if (**name == envelope->key[0] && strcmp(*name, envelope->key) == 0)
            return true;
    return false;
}

static int add(struct bb_envelope *envelope, const char *data, size_t length,
               struct sp_error *err)
{
    int rc = bb_buffer_add(&envelope->text, data, length);

    if (rc == SP_ERR_NOMEM)
        return bb_fail_memory(err);
    if (rc)
        return bb_fail(err, SP_ERR_PROTOCOL,
                       "the page is larger than %zu MiB; a lower page_size makes it smaller",
                       envelope->text.maximum >> 20);
    return SP_OK;
}

/* Keeps what stands from envelope->from on; from `end` on nothing is, until that is set again.
 */
static int keep_until(struct bb_envelope *envelope, const char *end, struct sp_error *err)
{
    const char *from = envelope->from;

    envelope->from = NULL;
    return from && from < end ? add(envelope, from, (size_t)(end - from), err) : SP_OK;
}

/* A member of the page itself has ended: notes those that steer the walk.  One that was
 * an object or array left no scalar, and its own members' names in key. */
static int end_member(struct bb_envelope *envelope, struct sp_error *err)
{
    char *end;

    if (envelope->scalar_length == 0)
        return SP_OK;
    envelope->scalar[envelope->scalar_length] = '\0';
    if (strcmp(envelope->key, "isLastPage") == 0) {
        envelope->is_last_page = strcmp(envelope->scalar, "true") == 0;
        envelope->is_not_last = !envelope->is_last_page;
    } else if (strcmp(envelope->key, "nextPageStart") == 0) {
        errno = 0;
        envelope->next_start = strtoll(envelope->scalar, &end, 10);
        envelope->has_next_start = end != envelope->scalar && !*end && !errno;
        envelope->is_next_null = strcmp(envelope->scalar, "null") == 0;
        if (!envelope->has_next_start && !envelope->is_next_null)
            return bb_fail(err, SP_ERR_PROTOCOL, "nextPageStart is no number");
    } else if (strcmp(envelope->key, "size") == 0) {
        envelope->size = strtoll(envelope->scalar, NULL, 10);
    }
    envelope->scalar_length = envelope->key_length = 0;
    envelope->key[0] = '\0';
    return SP_OK;
}

static int end_element(struct bb_envelope *envelope, const char *at, struct sp_error *err)
{
    int rc;

    if (!envelope->in_element)
        return SP_OK;
    rc = keep_until(envelope, at, err);
    envelope->in_element = false;
    envelope->n_elements++;
    return rc ? rc : add(envelope, "", 1, err);
}

/* What was dropped ends where its object goes on, or ends; and one of the commas beside it is
 * dropped with it. */
static void end_dropped(struct bb_envelope *envelope, const char *at)
{
    struct bb_buffer *text = &envelope->text;

    if (!envelope->drop_depth || envelope->drop_depth != envelope->depth)
        return;
    envelope->drop_depth = 0;
    envelope->from = *at == ',' ? at + 1 : at;
    if (*at != ',' && text->length && text->data[text->length - 1] == ',')
        bb_buffer_cut(text, text->length - 1);
}

static int open_level(struct bb_envelope *envelope, char c, struct sp_error *err)
{
    if (++envelope->depth >= BB_DEPTH_MAX)
        return bb_fail(err, SP_ERR_PROTOCOL, "the answer is nested deeper than %d levels",
                       BB_DEPTH_MAX);
    if (c == '{')
        envelope->is_object[envelope->depth / 8] |= (unsigned char)(1u << envelope->depth % 8);
    else
        envelope->is_object[envelope->depth / 8] &= (unsigned char)~(1u << envelope->depth % 8);
    envelope->expect_key = c == '{';
    if (envelope->depth == 1 && c != '{')
        return bb_fail(err, SP_ERR_PROTOCOL, "the answer is no page: it is not an object");
    if (envelope->depth == 2 && strcmp(envelope->key, "values") == 0) {
        if (c != '[' || envelope->has_values)
            return bb_fail(err, SP_ERR_PROTOCOL,
                           c == '[' ? "values is there twice" : "values is not an array");
        envelope->in_values = envelope->has_values = true;
    }
    return SP_OK;
}

static int close_level(struct bb_envelope *envelope, const char *at, struct sp_error *err)
{
    int rc = SP_OK;

    if (envelope->depth == 0)
        return bb_fail(err, SP_ERR_PROTOCOL, "the answer has more ends than beginnings");
    if (at_object(envelope) != (*at == '}'))
        return bb_fail(err, SP_ERR_PROTOCOL, "the answer's brackets do not match");
    end_dropped(envelope, at);
    if (envelope->depth == 2 && envelope->in_values) {
        rc = end_element(envelope, at, err);
        envelope->in_values = false;
    }
    if (!rc && envelope->depth == 1)
        rc = end_member(envelope, err);
    envelope->depth--;
    envelope->expect_key = false;
    envelope->done = envelope->depth == 0;
    return rc;
}

static int on_comma(struct bb_envelope *envelope, const char *at, struct sp_error *err)
{
    end_dropped(envelope, at);
    envelope->expect_key = at_object(envelope);
    if (envelope->depth == 1)
        return end_member(envelope, err);
    return envelope->depth == 2 && envelope->in_values ? end_element(envelope, at, err) : SP_OK;
}

/* Only what stands right behind a key is its value: else key_at may be in an element before. */
static int on_colon(struct bb_envelope *envelope, const char *at, bool has_key,
                    struct sp_error *err)
{
    int rc;

    envelope->expect_key = false;
    if (!has_key || !envelope->in_element || envelope->drop_depth || !is_dropped(envelope))
        return SP_OK;
    rc = keep_until(envelope, at, err);
    envelope->drop_depth = envelope->depth;
    if (!rc)
        bb_buffer_cut(&envelope->text, envelope->key_at);
    return rc;
}

static int on_blank(struct bb_envelope *envelope, const char *at, struct sp_error *err)
{
    int rc = SP_OK;

    if (envelope->from) {
        rc = keep_until(envelope, at, err);
        envelope->from = at + 1;
    }
    return rc;
}

static void note_key(struct bb_envelope *envelope, const char *piece, size_t length)
{
    size_t room = sizeof envelope->key - 1 - envelope->key_length;

    if (length > room)
        length = room;
    memcpy(envelope->key + envelope->key_length, piece, length);
    envelope->key_length += length;
    envelope->key[envelope->key_length] = '\0';
}

/* Whether what stands before `at` escapes it; no escape goes on from before `begin`. */
static bool is_escaped(const char *begin, const char *at)
{
    const char *backslash = at;

    while (backslash > begin && backslash[-1] == '\\')
        backslash--;
    return (at - backslash) % 2;
}

/* Goes to what follows the string that `at` is in, or to the end. */
static const char *pass_string(struct bb_envelope *envelope, const char *at, const char *end)
{
    const char *begin = at, *quote;

    if (envelope->escaped)
        at++;
    while ((quote = memchr(at, '"', (size_t)(end - at))) && is_escaped(at, quote))
        at = quote + 1;
    envelope->in_string = !quote;
    envelope->escaped = !quote && is_escaped(at, end);
    at = quote ? quote : end;
    if (envelope->expect_key && !envelope->drop_depth)
        note_key(envelope, begin, (size_t)(at - begin));
    return quote ? quote + 1 : end;
}

static void begin_key(struct bb_envelope *envelope, const char *at)
{
    envelope->has_key = true;
    envelope->key_length = 0;
    envelope->key[0] = '\0';
    envelope->key_at =
        envelope->text.length + (envelope->from ? (size_t)(at - envelope->from) : 0);
}

static int on_scalar(struct bb_envelope *envelope, const char *at, struct sp_error *err)
{
    if (*at == '"') {
        envelope->in_string = true;
        if (envelope->expect_key && !envelope->drop_depth)
            begin_key(envelope, at);
    }
    if (envelope->depth == 0)
        return bb_fail(err, SP_ERR_PROTOCOL, "the answer is no page: it is not an object");
    if (envelope->depth == 1 && !envelope->expect_key &&
        envelope->scalar_length < sizeof envelope->scalar - 1)
        envelope->scalar[envelope->scalar_length++] = *at;
    return SP_OK;
}

static int on_structure(struct bb_envelope *envelope, const char *at, struct sp_error *err)
{
    bool has_key = envelope->has_key;

    envelope->has_key = false;
    switch (*at) {
    case '}':
    case ']':
        return close_level(envelope, at, err);
    case ',':
        return on_comma(envelope, at, err);
    default:
        break;
    }
    if (envelope->depth == 2 && envelope->in_values && !envelope->in_element) {
        envelope->in_element = true;
        envelope->from = at;
    }
    if (*at == '{' || *at == '[')
        return open_level(envelope, *at, err);
    return *at == ':' ? on_colon(envelope, at, has_key, err) : on_scalar(envelope, at, err);
}

static int outside_string(struct bb_envelope *envelope, const char *at, struct sp_error *err)
{
    switch (*at) {
    case ' ':
    case '\t':
    case '\r':
    case '\n':
        return on_blank(envelope, at, err);
    default:
        return on_structure(envelope, at, err);
    }
}

int bb_envelope_feed(struct bb_envelope *envelope, const char *data, size_t length,
                     struct sp_error *err)
{
    const char *at = data, *end = data + length;
    int rc = SP_OK;

    /* It would end the text of an element before its end. */
    if (memchr(data, '\0', length))
        return bb_fail(err, SP_ERR_PROTOCOL, "the answer holds a NUL byte");
    envelope->from = envelope->in_element && !envelope->drop_depth ? data : NULL;
    while (!rc && at < end) {
        if (envelope->in_string)
            at = pass_string(envelope, at, end);
        else if (envelope->done && !strchr(" \t\r\n", *at))
            rc = bb_fail(err, SP_ERR_PROTOCOL, "something follows the page's end");
        else
            rc = outside_string(envelope, at++, err);
    }
    return rc ? rc : keep_until(envelope, end, err);
}

int bb_envelope_end(struct bb_envelope *envelope, struct sp_error *err)
{
    if (!envelope->done)
        return bb_fail(err, SP_ERR_PROTOCOL, "the JSON text ends in its middle");
    if (!envelope->has_values)
        return bb_fail(err, SP_ERR_PROTOCOL, "the answer is no page: it has no values");
    return SP_OK;
}
