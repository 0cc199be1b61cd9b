/* page.c - see page.h */
#include "page.h"

#include "cleanup.h"
#include "error.h"
#include "span.h"
#include "utf8.h"

#include <stdio.h>
#include <string.h>

enum {
    PAGE_MAX = 32 * 1024 * 1024,
    EMPTY_IN_A_ROW_MAX = 1000 /* rows that the account may not see come in such gaps */
};

static void on_begin(void *ctx)
{
    struct bb_page *page = ctx;

    bb_envelope_reset(&page->envelope);
}

static int on_data(void *ctx, const char *data, size_t length, struct sp_error *err)
{
    struct bb_page *page = ctx;

    return bb_envelope_feed(&page->envelope, data, length, err);
}

static int on_end(void *ctx, struct sp_error *err)
{
    struct bb_page *page = ctx;

    return bb_envelope_end(&page->envelope, err);
}

static void page_free(struct bb_page *page)
{
    if (!page)
        return;
    bb_request_free(page->request);
    bb_envelope_clear(&page->envelope);
    if (page->tokener) /* before 0.17 json-c cannot bear NULL here */
        json_tokener_free(page->tokener);
    free(page);
}

static char *page_url(const struct bb_listing *listing, int64_t start)
{
    const struct sp_instance *instance = bb_call_instance(listing->call);
    int64_t limit = listing->kind.limit;
    char *url = NULL;

    if (limit > instance->settings.page_size)
        limit = instance->settings.page_size;
    if (!listing->url || asprintf(&url, "%s%sstart=%lld&limit=%lld", listing->url,
                                  listing->kind.query, (long long)start, (long long)limit) < 0)
        return NULL;
    return url;
}

/* Asks for the page that begins there, after those that were asked for already. */
static int page_start(struct bb_listing *listing, int64_t start, struct sp_error *err)
{
    struct bb_page *page = calloc(1, sizeof *page);
    int rc;

    if (!page)
        return bb_fail_memory(err);
    bb_envelope_init(&page->envelope, PAGE_MAX, listing->kind.dropped);
    page->body = (struct bb_body){page, on_begin, on_data, on_end};
    page->start = start;
    page->tokener = json_tokener_new_ex(BB_DEPTH_MAX);
    if (!page->tokener)
        rc = bb_fail_memory(err);
    else
        rc = bb_request_start(listing->call, page_url(listing, start), &page->body, 0,
                              &page->request, err);
    if (rc)
        page_free(page);
    else
        listing->ahead[listing->n_ahead++] = page;
    return rc;
}

void bb_listing_init(struct bb_listing *listing, struct bb_call *call,
                     const struct bb_listing_kind *kind, char *url)
{
    *listing = (struct bb_listing){.call = call, .kind = *kind, .url = url};
}

static void drop_ahead(struct bb_listing *listing)
{
    while (listing->n_ahead)
        page_free(listing->ahead[--listing->n_ahead]);
}

void bb_listing_clear(struct bb_listing *listing)
{
    page_free(listing->page);
    drop_ahead(listing);
    free(listing->url);
    *listing = (struct bb_listing){0};
}

int bb_listing_start(struct bb_listing *listing, struct sp_error *err)
{
    listing->started = true;
    return page_start(listing, 0, err);
}

static bool is_last(const struct bb_envelope *envelope)
{
    return envelope->is_last_page || (!envelope->is_not_last && envelope->is_next_null);
}

/* Where a page says that the next one begins. */
static int read_next_start(struct bb_listing *listing, struct sp_error *err)
{
    const struct bb_page *page = listing->page;
    const struct bb_envelope *envelope = &page->envelope;

    if (!envelope->has_next_start)
        return bb_fail(err, SP_ERR_PROTOCOL,
                       "%s: the listing breaks off: neither isLastPage nor nextPageStart",
                       bb_request_path(page->request));
    listing->empty_in_a_row = envelope->n_elements ? 0 : listing->empty_in_a_row + 1;
    if (envelope->next_start <= page->start || listing->empty_in_a_row > EMPTY_IN_A_ROW_MAX)
        return bb_fail(err, SP_ERR_PROTOCOL,
                       "%s: the listing does not advance: nextPageStart is %lld",
                       bb_request_path(page->request), (long long)envelope->next_start);
    return SP_OK;
}

static unsigned most_ahead(const struct bb_listing *listing)
{
    int64_t at_once = bb_call_instance(listing->call)->settings.max_concurrency;

    return at_once < BB_AHEAD_MAX ? (unsigned)at_once : BB_AHEAD_MAX;
}

/* Asks for the page after this one, when there is one; and where so many rows are expected that
 * there must be more, for those too, as if they were as long.  Each page then says whether the
 * next one begins there: if not, what was asked for ahead is dropped, and nothing is any more.
 */
static int ask_next(struct bb_listing *listing, struct sp_error *err)
{
    int64_t next = listing->page->envelope.next_start, length = next - listing->page->start;
    int rc;

    if (is_last(&listing->page->envelope)) {
        drop_ahead(listing);
        return SP_OK;
    }
    rc = read_next_start(listing, err);
    if (listing->n_ahead && listing->ahead[0]->start != next) {
        drop_ahead(listing);
        listing->expected = 0;
    }
    if (!rc && !listing->n_ahead)
        rc = page_start(listing, next, err);
    while (!rc && listing->n_ahead < most_ahead(listing) &&
           listing->ahead[listing->n_ahead - 1]->start < listing->expected - length)
        rc = page_start(listing, listing->ahead[listing->n_ahead - 1]->start + length, err);
    return rc;
}

/* A server that knows nothing of `start` would send its first page for ever. */
static int check_progress(struct bb_listing *listing, struct sp_error *err)
{
    const struct bb_buffer *text = &listing->page->envelope.text;
    char begins[sizeof listing->page_begins] = "";
    bool is_same;

    if (!text->length)
        return SP_OK;
    snprintf(begins, sizeof begins, "%s", text->data);
    is_same = text->length == listing->page_length && !strcmp(begins, listing->page_begins);
    listing->page_length = text->length;
    memcpy(listing->page_begins, begins, sizeof begins);
    if (!is_same)
        return SP_OK;
    return bb_fail(err, SP_ERR_PROTOCOL,
                   "%s: the listing does not advance: the page has the rows of the one before",
                   bb_request_path(listing->page->request));
}

/* 1: a page is there, 0: there is none any more. */
static int turn_page(struct bb_listing *listing, struct sp_error *err)
{
    int rc = listing->started ? SP_OK : bb_listing_start(listing, err);

    if (!rc && listing->page && listing->lazy)
        rc = ask_next(listing, err);
    if (rc)
        return rc;
    page_free(listing->page);
    listing->page = listing->n_ahead ? listing->ahead[0] : NULL;
    if (!listing->page)
        return 0;
    memmove(listing->ahead, listing->ahead + 1, --listing->n_ahead * sizeof *listing->ahead);
    listing->n_pages++;
    rc = bb_request_wait(listing->page->request, err);
    if (!rc)
        rc = check_progress(listing, err);
    if (!rc && !listing->lazy)
        rc = ask_next(listing, err);
    return rc ? rc : 1;
}

/* A C string ends at a NUL, so its escape becomes that of U+FFFD, which is as long. */
static void mend_nul_escapes(char *text)
{
    for (char *at = text; (at = strstr(at, "\\u0000")); at += 6) {
        size_t backslashes = 1;

        while (at - backslashes >= text && at[-(ptrdiff_t)backslashes] == '\\')
            backslashes++;
        if (backslashes % 2)
            memcpy(at + 2, "fffd", 4); /* NOLINT(bugprone-not-null-terminated-result): within */
    }
}

static int parse_element(const char *name, struct bb_page *page, struct json_object **ret,
                         struct sp_error *err)
{
    char *text = page->envelope.text.data + page->at;
    size_t length = strlen(text);
    BB_AUTOFREE char *mended = NULL;
    enum json_tokener_error why;

    snprintf(page->where, sizeof page->where, "%s[%zu]", name, page->index++);
    page->at += length + 1;
    if (!bb_is_utf8(text, length)) {
        text = mended = bb_utf8_mended(text, length);
        if (!mended)
            return bb_fail_memory(err);
        length = strlen(mended);
    }
    mend_nul_escapes(text);
    json_tokener_reset(page->tokener);
    *ret = json_tokener_parse_ex(page->tokener, text, (int)length + 1);
    why = json_tokener_get_error(page->tokener);
    if (why == json_tokener_success && json_tokener_get_parse_end(page->tokener) >= length)
        return 1;
    json_object_put(*ret);
    *ret = NULL;
    return bb_fail(err, SP_ERR_PROTOCOL, "%s: %s is no JSON (%s)",
                   bb_request_path(page->request), page->where,
                   why ? json_tokener_error_desc(why) : "something follows it");
}

/* The span of a page is from its first element to its last: what is done with them lies in it,
 * as the spans of others tell. */
static void note_parsed(const struct bb_listing *listing, int64_t began_ns)
{
    const struct sp_instance *instance = bb_call_instance(listing->call);
    struct bb_page *page = listing->page;

    if (page->index == 1)
        page->began_ns = began_ns;
    page->json_ns += bb_span_begin(instance) - began_ns;
    if (page->index == page->envelope.n_elements)
        bb_span_end(instance, page->began_ns, "parse", listing->kind.name,
                    bb_request_path(page->request),
                    (struct sp_fact[]){{"elements", NULL, (int64_t)page->index},
                                       {"bytes", NULL, (int64_t)page->envelope.text.length},
                                       {"json_us", NULL, page->json_ns / 1000}},
                    3);
}

int bb_listing_next(struct bb_listing *listing, struct json_object **ret, struct sp_error *err)
{
    int64_t began_ns;
    int rc;

    while (!listing->page || listing->page->index == listing->page->envelope.n_elements) {
        rc = turn_page(listing, err);
        if (rc <= 0)
            return rc;
    }
    rc = bb_call_go_on(listing->call, err);
    if (rc)
        return rc;
    began_ns = bb_span_begin(bb_call_instance(listing->call));
    rc = parse_element(listing->kind.name, listing->page, ret, err);
    if (began_ns)
        note_parsed(listing, began_ns);
    return rc;
}

bool bb_listing_is_page_end(const struct bb_listing *listing)
{
    const struct bb_page *page = listing->page;

    return page && page->index == page->envelope.n_elements && !is_last(&page->envelope);
}

int bb_listing_wait(struct bb_listing *listing, struct sp_error *err)
{
    int rc = listing->page ? SP_OK : turn_page(listing, err);

    return rc < 0 ? rc : SP_OK;
}

struct bb_doc bb_listing_doc(const struct bb_listing *listing, struct sp_error *err)
{
    return (struct bb_doc){
        .url_path = bb_request_path(listing->page->request),
        .root = listing->page->where,
        .err = err,
    };
}

int bb_listing_each(struct bb_listing *listing, bb_element_fn fn, void *ctx,
                    struct sp_error *err)
{
    for (;;) {
        BB_AUTOJSON struct json_object *element = NULL;
        struct bb_doc doc;
        struct bb_node node;
        int rc = bb_listing_next(listing, &element, err);

        if (rc <= 0)
            return rc;
        doc = bb_listing_doc(listing, err);
        node = bb_json_root(&doc, element);
        rc = fn(ctx, &node);
        if (rc)
            return rc;
    }
}

const char *bb_listing_exception(const struct bb_listing *listing)
{
    return listing->page ? bb_request_answer(listing->page->request)->exception : "";
}
