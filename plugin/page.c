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
    free(page);
}

static struct bb_page *page_new(struct bb_listing *listing)
{
    struct bb_page *page = listing->spare;

    listing->spare = NULL;
    if (!page && (page = calloc(1, sizeof *page)))
        bb_envelope_init(&page->envelope, PAGE_MAX, listing->kind.dropped);
    return page;
}

/* The page was read.  Its text, mostly as large as that of the next, need not grow again. */
static void page_spare(struct bb_listing *listing)
{
    struct bb_page *page = listing->page;

    listing->page = NULL;
    if (!page || listing->spare) {
        page_free(page);
        return;
    }
    bb_request_free(page->request);
    bb_envelope_reset(&page->envelope);
    *page = (struct bb_page){.envelope = page->envelope};
    listing->spare = page;
}

/* Rows to ask for at once; the server may give fewer. */
static int64_t page_limit(const struct bb_listing *listing)
{
    int64_t page_size = bb_call_instance(listing->call)->settings.page_size;

    return page_size < listing->kind.limit ? page_size : listing->kind.limit;
}

static char *page_url(const struct bb_listing *listing, int64_t start)
{
    char *url = NULL;

    if (!listing->url ||
        asprintf(&url, "%s%sstart=%lld&limit=%lld", listing->url, listing->kind.query,
                 (long long)start, (long long)page_limit(listing)) < 0)
        return NULL;
    return url;
}

/* Asks for the page that begins there, after those that were asked for already. */
static int page_start(struct bb_listing *listing, int64_t start, unsigned flags,
                      struct sp_error *err)
{
    struct bb_page *page = page_new(listing);
    int rc;

    if (!page)
        return bb_fail_memory(err);
    page->body = (struct bb_body){page, on_begin, on_data, on_end};
    page->start = start;
    rc = bb_request_start(listing->call, page_url(listing, start), &page->body, flags,
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
    page_free(listing->spare);
    drop_ahead(listing);
    if (listing->tokener) /* before 0.17 json-c cannot bear NULL here */
        json_tokener_free(listing->tokener);
    free(listing->url);
    *listing = (struct bb_listing){0};
}

static unsigned most_ahead(const struct bb_listing *listing)
{
    int64_t at_once = bb_call_instance(listing->call)->settings.max_concurrency;

    return at_once < BB_AHEAD_MAX ? (unsigned)at_once : BB_AHEAD_MAX;
}

/* Where so many rows are expected that there must be more pages than were asked for, asks for
 * those too, as if each had its full length. */
static int ask_ahead(struct bb_listing *listing, struct sp_error *err)
{
    int rc = SP_OK;

    while (!rc && listing->length > 0 && listing->n_ahead < most_ahead(listing)) {
        int64_t last = listing->ahead[listing->n_ahead - 1]->start;

        if (last >= listing->expected - listing->length)
            break;
        rc = page_start(listing, last + listing->length, 0, err);
    }
    return rc;
}

int bb_listing_start(struct bb_listing *listing, struct sp_error *err)
{
    int rc;

    listing->started = true;
    listing->tokener = json_tokener_new_ex(BB_DEPTH_MAX);
    if (!listing->tokener)
        return bb_fail_memory(err);
    if (!listing->length)
        listing->length = page_limit(listing);
    rc = page_start(listing, 0, 0, err);
    return rc ? rc : ask_ahead(listing, err);
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

static bool is_head_there(const void *ctx)
{
    return ((const struct bb_page *)ctx)->envelope.has_values;
}

/* Asks for the page after one that is still arriving, when that is a full one. */
static int ask_by_head(struct bb_listing *listing, struct sp_error *err)
{
    const struct bb_page *page = listing->page;
    bool is_full = listing->length > 0 && page->envelope.size == listing->length;

    return page->envelope.is_not_last && is_full && !listing->n_ahead &&
                   page->start <= INT64_MAX - listing->length
               ? page_start(listing, page->start + listing->length, BB_EARLY, err)
               : SP_OK;
}

/* Asks for the page after this one, when there is one, and ahead for others.  Where it begins
 * elsewhere than was thought, what was asked for is dropped; and nothing is asked for any more
 * before its start is told, unless the first page only tells that pages are shorter.
 */
static int ask_next(struct bb_listing *listing, struct sp_error *err)
{
    const struct bb_page *page = listing->page;
    int64_t next = page->envelope.next_start;
    int rc;

    if (is_last(&page->envelope)) {
        drop_ahead(listing);
        return SP_OK;
    }
    rc = read_next_start(listing, err);
    if (rc)
        return rc;
    if (!page->start && listing->length > 0)
        listing->length = next;
    if (listing->n_ahead && listing->ahead[0]->start != next) {
        drop_ahead(listing);
        if (page->start || page->envelope.size != next)
            listing->length = -1;
    }
    if (listing->n_ahead)
        bb_request_hurry(listing->ahead[0]->request);
    else
        rc = page_start(listing, next, 0, err);
    return rc ? rc : ask_ahead(listing, err);
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
    page_spare(listing);
    listing->page = listing->n_ahead ? listing->ahead[0] : NULL;
    if (!listing->page)
        return 0;
    memmove(listing->ahead, listing->ahead + 1, --listing->n_ahead * sizeof *listing->ahead);
    listing->n_pages++;
    rc = bb_request_wait_for(listing->page->request, is_head_there, listing->page, err);
    if (!rc && !listing->lazy)
        rc = ask_by_head(listing, err);
    if (!rc)
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

static int parse_element(const struct bb_listing *listing, struct json_object **ret,
                         struct sp_error *err)
{
    struct json_tokener *tokener = listing->tokener;
    struct bb_page *page = listing->page;
    char *text = page->envelope.text.data + page->at;
    size_t length = strlen(text);
    BB_AUTOFREE char *mended = NULL;
    enum json_tokener_error why;

    page->index++;
    page->at += length + 1;
    if (!bb_is_utf8(text, length)) {
        text = mended = bb_utf8_mended(text, length);
        if (!mended)
            return bb_fail_memory(err);
        length = strlen(mended);
    }
    mend_nul_escapes(text);
    json_tokener_reset(tokener);
    *ret = json_tokener_parse_ex(tokener, text, (int)length + 1);
    why = json_tokener_get_error(tokener);
    if (why == json_tokener_success && json_tokener_get_parse_end(tokener) >= length)
        return 1;
    json_object_put(*ret);
    *ret = NULL;
    return bb_fail(err, SP_ERR_PROTOCOL, "%s: %s[%zu] is no JSON (%s)",
                   bb_request_path(page->request), listing->kind.name, page->index - 1,
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
    rc = parse_element(listing, ret, err);
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
        .root = listing->kind.name,
        .number = listing->page->index,
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
