/* page.c - a page of a listing, however its bytes arrive */
#include "page.h"

#include "instance.h"
#include "plugin.h"
#include "request.h"
#include "target.h"

#include <stdlib.h>
#include <string.h>

enum { MAXIMUM = 1 << 20, SMALL = 64 };

static const char *const dropped[] = {"links", "diff", NULL};

/* Feeds pieces of 1 to `most` bytes. */
static int walk(struct bb_envelope *envelope, const char *page, size_t length, size_t most)
{
    struct sp_error err = fuzz_no_error();
    size_t piece;
    int rc = 0;

    for (size_t at = 0; !rc && at < length; at += piece) {
        piece = at * 7 % most + 1 < length - at ? at * 7 % most + 1 : length - at;
        rc = bb_envelope_feed(envelope, page + at, piece, &err);
    }
    if (!rc)
        rc = bb_envelope_end(envelope, &err);
    if (rc)
        fuzz_check_error(&err, rc, NULL);
    return rc;
}

static void check_elements(const struct bb_envelope *envelope, size_t length)
{
    size_t at = 0;

    HOLDS(envelope->text.length <= length);
    for (size_t i = 0; i < envelope->n_elements; i++) {
        HOLDS(at < envelope->text.length);
        at += strlen(envelope->text.data + at) + 1;
    }
    HOLDS(at == envelope->text.length);
}

static void check_same(const struct bb_envelope *one, const struct bb_envelope *other)
{
    HOLDS(one->n_elements == other->n_elements);
    HOLDS(one->text.length == other->text.length);
    HOLDS(!one->text.length || !memcmp(one->text.data, other->text.data, one->text.length));
    HOLDS(one->has_values == other->has_values);
    HOLDS(one->is_last_page == other->is_last_page);
    HOLDS(one->is_not_last == other->is_not_last);
    HOLDS(one->has_next_start == other->has_next_start);
    HOLDS(one->next_start == other->next_start);
    HOLDS(one->is_next_null == other->is_next_null);
}

static bool is_once(const char *text, const char *what)
{
    const char *first = strstr(text, what);

    return first && !strstr(first + 1, what);
}

/* What json-c makes of the page as a whole, where that can be said: with escapes in names, or
 * `values` more than once, the two need not agree. */
static void compare_with_whole(const struct bb_envelope *envelope, const char *page,
                               size_t length)
{
    struct json_tokener *tokener = json_tokener_new_ex(BB_DEPTH_MAX + 1);
    struct json_object *whole, *values;
    const char *element = envelope->text.data;

    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
    whole = json_tokener_parse_ex(tokener, page, (int)length + 1);
    if (whole && !strchr(page, '\\') && is_once(page, "\"values\"") &&
        json_object_object_get_ex(whole, "values", &values)) {
        HOLDS(json_object_is_type(values, json_type_array));
        HOLDS(json_object_array_length(values) == envelope->n_elements);
        for (size_t i = 0; i < envelope->n_elements; i++) {
            struct json_object *one = json_tokener_parse(element);

            HOLDS(json_object_equal(one, json_object_array_get_idx(values, i)));
            json_object_put(one);
            element += strlen(element) + 1;
        }
    }
    json_object_put(whole);
    json_tokener_free(tokener);
}

static void check_walk(const char *page, size_t length)
{
    struct bb_envelope one, other, all, small;
    int rc;

    bb_envelope_init(&one, MAXIMUM, dropped);
    bb_envelope_init(&other, MAXIMUM, dropped);
    bb_envelope_init(&all, MAXIMUM, NULL);
    bb_envelope_init(&small, SMALL, dropped);
    rc = walk(&one, page, length, length);
    for (size_t most = 1; most <= 12; most += 11) {
        HOLDS((walk(&other, page, length, most) == 0) == (rc == 0));
        if (!rc)
            check_same(&one, &other);
        bb_envelope_reset(&other);
    }
    HOLDS((walk(&all, page, length, length) == 0) == (rc == 0));
    if (!rc) {
        check_elements(&one, length);
        check_elements(&all, length);
        HOLDS(all.n_elements == one.n_elements);
        compare_with_whole(&all, page, length);
    }
    walk(&small, page, length, 5);
    HOLDS(small.text.length <= SMALL);
    bb_envelope_clear(&one);
    bb_envelope_clear(&other);
    bb_envelope_clear(&all);
    bb_envelope_clear(&small);
}

/* ---- A listing of such pages ------------------------------------------------ */

/* Who still has elements to read goes on. */
static int give_up(void *ctx)
{
    const struct bb_page *page = ((struct bb_listing *)ctx)->page;

    return !page || page->index == page->envelope.n_elements;
}

/* -1: the page was refused. */
static int arrive(struct bb_listing *listing, const char *text, size_t length)
{
    struct bb_page *page = listing->ahead[0];
    struct sp_error err = fuzz_no_error();
    int rc;

    page->body.begin(page->body.ctx);
    rc = length ? page->body.data(page->body.ctx, text, length, &err) : 0;
    if (!rc)
        rc = page->body.end(page->body.ctx, &err);
    page->request->state = BB_DONE;
    return rc;
}

/* Reads to the page's end; false: the listing has ended, or broken off. */
static bool read_elements(struct bb_listing *listing, int64_t *start)
{
    struct sp_error err = fuzz_no_error();
    struct json_object *element = NULL;
    int rc;

    while ((rc = bb_listing_next(listing, &element, &err)) == 1) {
        HOLDS(listing->page->index <= listing->page->envelope.n_elements);
        json_object_put(element);
        element = NULL;
    }
    HOLDS(!element);
    if (rc)
        fuzz_check_error(&err, rc, NULL);
    if (rc != SP_ERR_CANCELLED || !listing->n_ahead)
        return false;
    HOLDS(listing->ahead[0]->start > *start);
    *start = listing->ahead[0]->start;
    return true;
}

static void read_listing(struct fuzz_input input)
{
    static const struct bb_listing_kind kind = {"values", "?state=ALL&", 100, dropped};
    struct sp_instance *instance = fuzz_instance();
    struct bb_listing listing;
    struct sp_sink sink = {.size = sizeof sink, .ctx = &listing, .cancelled = give_up};
    struct sp_error err = fuzz_no_error();
    struct bb_call *call;
    int64_t start = 0;
    size_t length;
    char *page;
    bool goes_on = true;

    instance->gate.in_flight = 1; /* so that nothing is sent */
    HOLDS(!bb_call_open(instance, &sink, &call, &err));
    bb_listing_init(&listing, call, &kind, bb_base_make(&instance->base, "/rest/%s", "x"));
    listing.expected = 250;
    HOLDS(!bb_listing_start(&listing, &err));
    while (goes_on && (page = fuzz_part(&input, &length))) {
        goes_on = !arrive(&listing, page, length) && read_elements(&listing, &start);
        free(page);
    }
    bb_listing_clear(&listing);
    bb_call_close(call);
    bb_close(instance);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    size_t length;
    char *page;

    while ((page = fuzz_part(&input, &length))) {
        check_walk(page, length);
        free(page);
    }
    read_listing((struct fuzz_input){data, size});
    return 0;
}
