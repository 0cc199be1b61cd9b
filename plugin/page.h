/* page.h - listings, page by page
 *
 * The next page begins where the server says (nextPageStart) and nowhere else: rows that
 * the account may not see are counted too, so start + size would be wrong (observed), and
 * a page may be short or even empty in the middle of a listing.  A listing ends with
 * isLastPage; one that breaks off without it, or does not advance, is an error.
 *
 * Where the next page must begin if no row is hidden is known before: from the head of a full
 * page that is arriving, or from how many rows there were the last time.  It is asked for then,
 * and dropped if the server says otherwise.
 */
#ifndef BB_PAGE_H
#define BB_PAGE_H

#include "envelope.h"
#include "json.h"
#include "transport.h"

#include <json-c/json.h>

/* What is listed. */
struct bb_listing_kind {
    const char *name;           /* of its elements, for messages: "activities" */
    const char *query;          /* "?state=ALL&", or "?" */
    int64_t limit;              /* rows to ask for at once; page_size may lower it */
    const char *const *dropped; /* members that nobody reads, NULL-ended */
};

/* One page on its way, or here. */
struct bb_page {
    struct bb_envelope envelope;
    struct bb_body body;
    struct bb_request *request;
    int64_t start;
    size_t index;              /* of the next element, from 0 */
    size_t at;                 /* where its text begins */
    int64_t began_ns, json_ns; /* for its span: since when, and how long in json-c */
};

enum { BB_AHEAD_MAX = 8 };

/* A listing being read.  One page is held, and one is on its way; more only where `expected`
 * tells that there are: never more on their way than max_concurrency. */
struct bb_listing {
    struct bb_call *call;
    struct bb_listing_kind kind;
    char *url;                                  /* without query */
    struct bb_page *page, *ahead[BB_AHEAD_MAX]; /* ahead: asked for, in their order */
    unsigned n_ahead;
    struct bb_page *spare; /* was read, and its memory is for the next one */
    struct json_tokener *tokener;
    int64_t expected; /* so many rows there were the last time; 0: not known */
    /* Rows of a page; 0: not known, then as many as are asked for; < 0: the next page does not
     * begin where one ends, so that none can be asked for before that is told. */
    int64_t length;
    bool lazy; /* the next page is asked for when it is needed, not ahead */
    bool started;
    unsigned n_pages; /* that were turned to */
    unsigned empty_in_a_row;
    /* Of the last page that was not empty. */
    size_t page_length;
    char page_begins[256];
};

/* Takes over `url` (NULL: out of memory).  bb_listing_clear in any case. */
void bb_listing_init(struct bb_listing *, struct bb_call *, const struct bb_listing_kind *,
                     char *url);
void bb_listing_clear(struct bb_listing *);

/* Asks for the first page without waiting for it. */
int bb_listing_start(struct bb_listing *, struct sp_error *err);

/* Waits for the first page, so that whether there is a listing is known before it is
 * read. */
int bb_listing_wait(struct bb_listing *, struct sp_error *err);

/* 1: *ret is the next element, which the caller puts back with json_object_put.  0: that
 * was the last.  Waits for pages as needed. */
int bb_listing_next(struct bb_listing *, struct json_object **ret, struct sp_error *err);

/* Whether the element given last was its page's last, and another page follows. */
bool bb_listing_is_page_end(const struct bb_listing *);

/* A document for the element given last, so that faults found in it are named. */
struct bb_doc bb_listing_doc(const struct bb_listing *, struct sp_error *err);

/* Gives every element to fn as a node, whose document holds a fault where the element is no
 * object.  Returns 0 after the last, else what ended it. */
typedef int (*bb_element_fn)(void *ctx, const struct bb_node *node);
int bb_listing_each(struct bb_listing *, bb_element_fn fn, void *ctx, struct sp_error *err);

/* The last segment of exceptionName in the error that ended the listing, or "". */
const char *bb_listing_exception(const struct bb_listing *);

#endif
