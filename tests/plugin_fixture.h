/* plugin_fixture.h - what the tests of plugin/ share */
#ifndef PLUGIN_FIXTURE_H
#define PLUGIN_FIXTURE_H

#include "arena.h"
#include "instance.h"
#include "json.h"
#include "page.h"
#include "record.h"

#include <check.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Runs all tests of a suite and reports them as TAP; the value is for main to return. */
int run_all(Suite *suite);

struct sp_error no_error(void);

/* The error has that code and setting, and a message of one line with `part` in it. */
void assert_error(const struct sp_error *err, int code, const char *setting, const char *part);

/* As printf; the caller frees. */
char *text_of(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* JSON written with ' for "; the caller frees. */
char *quoted(const char *json);

/* A configured instance of https://git.example.com/bitbucket for the account robot. */
struct sp_instance *new_instance(void);

/* One JSON document and what reading it takes.  Not to be moved once opened. */
struct reading {
    struct json_object *root;
    struct bb_doc doc;
    struct bb_node node;
    struct sp_error err;
    struct bb_arena arena;
};
/* `json` is written with ' for ". */
void reading_open(struct reading *reading, const char *json);
/* The document had no fault; frees it. */
void reading_close(struct reading *reading);
/* Its fault has `part` in it; frees it. */
void reading_close_wrong(struct reading *reading, const char *part);

/* A listing whose pages are put in by hand: nothing is sent, and who waits for a page that is
 * not there is told SP_ERR_CANCELLED. */
struct hand_fed {
    struct sp_instance *instance;
    struct sp_sink sink;
    struct bb_call *call;
    struct bb_listing listing;
};
/* The first page has been asked for. */
void hand_fed_open(struct hand_fed *fed, const struct bb_listing_kind *kind);
void hand_fed_close(struct hand_fed *fed);
/* The page whose turn it is arrives, in pieces of that size. */
void hand_fed_arrive(struct hand_fed *fed, const char *text, size_t length, size_t piece);
/* The same in small pieces; `json` is written with ' for ". */
void hand_fed_says(struct hand_fed *fed, const char *json);
/* The next element is this, written with ' for ". */
void assert_next(struct hand_fed *fed, const char *expected);
/* There is none, and no page is asked for. */
void assert_end(struct hand_fed *fed);

enum { NOT_TOLD = -77 }; /* what nothing is told is left at */

/* A request with the login may go now. */
void assert_goes(struct bb_gate *, int64_t now_ms);
/* It has to wait; the result says how long. */
int64_t assert_waits(struct bb_gate *, int64_t now_ms);

#endif
