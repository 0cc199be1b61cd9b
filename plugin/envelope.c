/* envelope.c - see envelope.h
 *
 * Levels: 1 is the page, 2 its `values`, 3 and above are inside of an element.  Only as
 * much of JSON is understood here as tells strings from structure; whether an element is
 * proper JSON is left to json-c.
 */
#include "envelope.h"
#include "error.h"

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

    bb_buffer_empty(&text);
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
        if (strcmp(*name, envelope->key) == 0)
            return true;
    return false;
}

static int keep(struct bb_envelope *envelope, const char *data, size_t length,
                struct sp_error *err)
{
    if (!envelope->in_element || envelope->drop_depth)
        return SP_OK;
    if (bb_buffer_add(&envelope->text, data, length))
        return bb_fail(err, SP_ERR_PROTOCOL,
                       "the page is larger than %zu MiB; a lower page_size makes it smaller",
                       envelope->text.maximum >> 20);
    return SP_OK;
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
        envelope->next_start = strtoll(envelope->scalar, &end, 10);
        envelope->has_next_start = end != envelope->scalar && !*end;
        envelope->is_next_null = strcmp(envelope->scalar, "null") == 0;
        if (!envelope->has_next_start && !envelope->is_next_null)
            return bb_fail(err, SP_ERR_PROTOCOL, "nextPageStart is no number");
    }
    envelope->scalar_length = envelope->key_length = 0;
    envelope->key[0] = '\0';
    return SP_OK;
}

static int end_element(struct bb_envelope *envelope, struct sp_error *err)
{
    int rc;

    if (!envelope->in_element)
        return SP_OK;
    rc = keep(envelope, "", 1, err);
    envelope->in_element = false;
    envelope->n_elements++;
    return rc;
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
        if (c != '[')
            return bb_fail(err, SP_ERR_PROTOCOL, "values is not an array");
        envelope->in_values = envelope->has_values = true;
        return SP_OK;
    }
    return keep(envelope, &c, 1, err);
}

static int close_level(struct bb_envelope *envelope, char c, struct sp_error *err)
{
    int rc = SP_OK;

    if (envelope->depth == 0)
        return bb_fail(err, SP_ERR_PROTOCOL, "the answer has more ends than beginnings");
    if (at_object(envelope) != (c == '}'))
        return bb_fail(err, SP_ERR_PROTOCOL, "the answer's brackets do not match");
    if (envelope->drop_depth == envelope->depth)
        envelope->drop_depth = 0;
    if (envelope->depth == 2 && envelope->in_values) {
        rc = end_element(envelope, err);
        envelope->in_values = false;
    } else {
        rc = keep(envelope, &c, 1, err);
    }
    if (!rc && envelope->depth == 1)
        rc = end_member(envelope, err);
    envelope->depth--;
    envelope->expect_key = false;
    envelope->done = envelope->depth == 0;
    return rc;
}

static int on_comma(struct bb_envelope *envelope, struct sp_error *err)
{
    if (envelope->drop_depth == envelope->depth)
        envelope->drop_depth = 0;
    envelope->expect_key = at_object(envelope);
    if (envelope->depth == 1)
        return end_member(envelope, err);
    if (envelope->depth == 2 && envelope->in_values)
        return end_element(envelope, err);
    return keep(envelope, ",", 1, err);
}

static int on_colon(struct bb_envelope *envelope, struct sp_error *err)
{
    int rc = keep(envelope, ":", 1, err);

    envelope->expect_key = false;
    if (!rc && envelope->in_element && !envelope->drop_depth && is_dropped(envelope)) {
        rc = keep(envelope, "null", 4, err);
        envelope->drop_depth = envelope->depth;
    }
    return rc;
}

/* One byte of a string, its opening quote excepted. */
static int in_string(struct bb_envelope *envelope, char c, struct sp_error *err)
{
    if (envelope->escaped)
        envelope->escaped = false;
    else if (c == '\\')
        envelope->escaped = true;
    else if (c == '"')
        envelope->in_string = false;
    if (envelope->in_string && envelope->expect_key &&
        envelope->key_length < sizeof envelope->key - 1) {
        envelope->key[envelope->key_length++] = c;
        envelope->key[envelope->key_length] = '\0';
    }
    return keep(envelope, &c, 1, err);
}

static int outside_string(struct bb_envelope *envelope, char c, struct sp_error *err)
{
    switch (c) {
    case ' ':
    case '\t':
    case '\r':
    case '\n':
        return SP_OK;
    case '{':
    case '[':
        return open_level(envelope, c, err);
    case '}':
    case ']':
        return close_level(envelope, c, err);
    case ',':
        return on_comma(envelope, err);
    case ':':
        return on_colon(envelope, err);
    case '"':
        envelope->in_string = true;
        if (envelope->expect_key) {
            envelope->key_length = 0;
            envelope->key[0] = '\0';
        }
        break;
    default:
        break;
    }
    if (envelope->depth == 0)
        return bb_fail(err, SP_ERR_PROTOCOL, "the answer is no page: it is not an object");
    if (envelope->depth == 1 && !envelope->expect_key &&
        envelope->scalar_length < sizeof envelope->scalar - 1)
        envelope->scalar[envelope->scalar_length++] = c;
    return keep(envelope, &c, 1, err);
}

/* Bytes up to the next that ends or escapes a string, which need no look one by one. */
static size_t plain_run(const struct bb_envelope *envelope, const char *data, size_t length)
{
    size_t run = 0;

    if (!envelope->in_string || envelope->escaped || envelope->expect_key)
        return 0;
    while (run < length && data[run] != '"' && data[run] != '\\')
        run++;
    return run;
}

int bb_envelope_feed(struct bb_envelope *envelope, const char *data, size_t length,
                     struct sp_error *err)
{
    /* It would end the text of an element before its end. */
    if (memchr(data, '\0', length))
        return bb_fail(err, SP_ERR_PROTOCOL, "the answer holds a NUL byte");
    for (size_t i = 0; i < length;) {
        size_t run = plain_run(envelope, data + i, length - i);
        char c = data[i];
        int rc;

        if (run) {
            rc = keep(envelope, data + i, run, err);
            i += run;
        } else if (envelope->in_string) {
            rc = in_string(envelope, c, err);
            i++;
        } else {
            if (envelope->done && !strchr(" \t\r\n", c))
                return bb_fail(err, SP_ERR_PROTOCOL, "something follows the page's end");
            if (envelope->in_values && envelope->depth == 2 && !strchr(" \t\r\n,]", c))
                envelope->in_element = true;
            rc = outside_string(envelope, c, err);
            i++;
        }
        if (rc)
            return rc;
    }
    return SP_OK;
}

int bb_envelope_end(struct bb_envelope *envelope, struct sp_error *err)
{
    if (!envelope->done)
        return bb_fail(err, SP_ERR_PROTOCOL, "the JSON text ends in its middle");
    if (!envelope->has_values)
        return bb_fail(err, SP_ERR_PROTOCOL, "the answer is no page: it has no values");
    return SP_OK;
}
