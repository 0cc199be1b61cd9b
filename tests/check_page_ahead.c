/* check_page_ahead.c - the pages of a listing that are asked for before their turn */
#include "page.h"
#include "plugin_fixture.h"
#include "request.h"

#include <stdlib.h>
#include <string.h>

static struct hand_fed fed;
static const struct bb_listing_kind kind = {"values", "?", 100, NULL};

static void open_listing(void)
{
    hand_fed_open(&fed, &kind);
}

static void close_listing(void)
{
    hand_fed_close(&fed);
}

/* `starts`: of the pages that are asked for, in their order. */
static void assert_ahead(const int64_t *starts, unsigned n)
{
    ck_assert_int_eq(fed.listing.n_ahead, n);
    for (unsigned i = 0; i < n; i++)
        ck_assert_int_eq(fed.listing.ahead[i]->start, starts[i]);
}
#define ASSERT_AHEAD(...)                                                                      \
    assert_ahead((const int64_t[]){__VA_ARGS__},                                               \
                 sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t))

/* As long as the first one, four at once, and none beyond what is expected. */
START_TEST(test_pages_ahead)
{
    fed.listing.expected = 250;
    hand_fed_says(&fed, "{'values':[{'id':1}],'nextPageStart':50}");
    assert_next(&fed, "{'id':1}");
    ASSERT_AHEAD(50, 100, 150, 200);
    hand_fed_says(&fed, "{'values':[{'id':2}],'nextPageStart':100}");
    assert_next(&fed, "{'id':2}");
    ASSERT_AHEAD(100, 150, 200);
    hand_fed_says(&fed, "{'values':[{'id':3}],'isLastPage':true}");
    assert_next(&fed, "{'id':3}");
    assert_end(&fed); /* it has become shorter */
}
END_TEST

START_TEST(test_pages_ahead_end_where_the_server_goes_on_elsewhere)
{
    fed.listing.expected = 250;
    hand_fed_says(&fed, "{'values':[{'id':1}],'nextPageStart':50}");
    assert_next(&fed, "{'id':1}");
    hand_fed_says(&fed, "{'values':[{'id':2}],'nextPageStart':110}");
    assert_next(&fed, "{'id':2}");
    ASSERT_AHEAD(110);
    hand_fed_says(&fed, "{'values':[{'id':3}],'nextPageStart':160}");
    assert_next(&fed, "{'id':3}");
    ASSERT_AHEAD(160);
}
END_TEST

START_TEST(test_pages_ahead_have_a_maximum)
{
    fed.instance->settings.max_concurrency = 32;
    fed.listing.expected = INT64_MAX;
    hand_fed_says(&fed, "{'values':[{'id':1}],'nextPageStart':1}");
    assert_next(&fed, "{'id':1}");
    ASSERT_AHEAD(1, 2, 3, 4, 5, 6, 7, 8);
}
END_TEST

static void restart(int64_t expected, int64_t length)
{
    struct sp_error err = no_error();

    bb_listing_clear(&fed.listing);
    bb_listing_init(&fed.listing, fed.call, &kind,
                    bb_base_make(&fed.instance->base, "/rest/%s", "x"));
    fed.listing.expected = expected;
    fed.listing.length = length;
    ck_assert_int_eq(bb_listing_start(&fed.listing, &err), 0);
}

/* Before anything is there: as long as is asked for, which the first page then puts right. */
START_TEST(test_pages_ahead_of_the_first)
{
    restart(250, 0);
    ASSERT_AHEAD(0, 100, 200);
    hand_fed_says(&fed, "{'size':50,'values':[{'id':1}],'nextPageStart':50}");
    assert_next(&fed, "{'id':1}");
    ASSERT_AHEAD(50, 100, 150, 200);
    ck_assert_int_eq(fed.listing.length, 50);
    hand_fed_says(&fed, "{'size':50,'values':[{'id':2}],'nextPageStart':100}");
    assert_next(&fed, "{'id':2}");
    ASSERT_AHEAD(100, 150, 200);
}
END_TEST

START_TEST(test_pages_ahead_are_as_long_as_the_last_time)
{
    restart(250, 50);
    ASSERT_AHEAD(0, 50, 100, 150);
    hand_fed_says(&fed, "{'size':50,'values':[{'id':1}],'nextPageStart':50}");
    assert_next(&fed, "{'id':1}");
    ASSERT_AHEAD(50, 100, 150, 200);
}
END_TEST

/* Rows that the account may not see lie between two pages. */
START_TEST(test_no_page_ahead_where_rows_are_hidden)
{
    restart(250, 0);
    hand_fed_says(&fed, "{'size':100,'values':[{'id':1}],'nextPageStart':110}");
    assert_next(&fed, "{'id':1}");
    ASSERT_AHEAD(110);
    ck_assert_int_lt(fed.listing.length, 0);
    hand_fed_says(&fed, "{'size':100,'values':[{'id':2}],'nextPageStart':210}");
    assert_next(&fed, "{'id':2}");
    ASSERT_AHEAD(210);
    restart(250, fed.listing.length);
    ASSERT_AHEAD(0);
    hand_fed_says(&fed, "{'size':100,'values':[{'id':1}],'nextPageStart':100}");
    assert_next(&fed, "{'id':1}");
    ASSERT_AHEAD(100);
}
END_TEST

/* What is asked for when so much of the first page is there; 0: nothing. */
static const struct {
    const char *head;
    int64_t start;
    bool lazy;
} heads[] = {
    {"{'size':100,'limit':100,'isLastPage':false,'values':[", 100, false},
    {"{'size':7,'isLastPage':false,'values':[{'id':1", 0, false},
    {"{'size':100,'limit':100,'isLastPage':false,'values':[", 0, true},
    {"{'size':100,'limit':100,'isLastPage':false,", 0, false},
    {"{'size':100,'isLastPage':true,'values':[", 0, false},
    {"{'size':100,'values':[", 0, false},
    {"{'size':0,'isLastPage':false,'values':[", 0, false},
    {"{'size':-3,'isLastPage':false,'values':[", 0, false},
    {"{'size':101,'isLastPage':false,'values':[", 0, false},
    {"{'size':9223372036854775807,'isLastPage':false,'values':[", 0, false},
    {"{'values':[", 0, false},
};

static void arrive_partly(const char *head)
{
    struct bb_request *request = fed.listing.ahead[0]->request;
    const struct bb_body *body = &fed.listing.ahead[0]->body;
    struct json_object *element = NULL;
    struct sp_error err = no_error();
    char *text = quoted(head);

    body->begin(body->ctx);
    ck_assert_int_eq(body->data(body->ctx, text, strlen(text), &err), 0);
    free(text);
    request->state = BB_RUNNING;
    request->body_began = true;
    ck_assert_int_eq(bb_listing_next(&fed.listing, &element, &err), SP_ERR_CANCELLED);
    request->state = BB_QUEUED;
}

START_TEST(test_next_page_by_the_head)
{
    fed.listing.lazy = heads[_i].lazy;
    arrive_partly(heads[_i].head);
    ck_assert_int_eq(fed.listing.n_ahead, heads[_i].start ? 1 : 0);
    if (heads[_i].start) {
        ASSERT_AHEAD(heads[_i].start);
        ck_assert(fed.listing.ahead[0]->request->flags & BB_EARLY);
    }
}
END_TEST

/* As long as the first one was; where one is shorter, some may be hidden. */
START_TEST(test_next_page_by_the_head_of_a_full_one)
{
    hand_fed_says(&fed, "{'size':40,'values':[{'id':1}],'nextPageStart':40}");
    assert_next(&fed, "{'id':1}");
    arrive_partly(_i ? "{'size':40,'isLastPage':false,'values':["
                     : "{'size':39,'isLastPage':false,'values':[");
    ck_assert_int_eq(fed.listing.n_ahead, _i);
    if (_i)
        ASSERT_AHEAD(80);
}
END_TEST

/* The length is -1 then, which no size may equal. */
START_TEST(test_no_next_page_by_the_head_after_a_gap)
{
    restart(250, -1);
    arrive_partly("{'size':-1,'isLastPage':false,'values':[");
    ck_assert_int_eq(fed.listing.n_ahead, 0);
}
END_TEST

/* Rows are hidden, but what was asked for ahead begins where the server goes on. */
START_TEST(test_pages_ahead_of_a_short_one_stay)
{
    restart(250, 0);
    hand_fed_says(&fed, "{'size':90,'values':[{'id':1}],'nextPageStart':100}");
    assert_next(&fed, "{'id':1}");
    ASSERT_AHEAD(100, 200);
}
END_TEST

/* A failed attempt's head is no head, nor its error that of the request. */
START_TEST(test_waiting_for_the_head_bears_a_repetition)
{
    struct bb_request *request = fed.listing.ahead[0]->request;
    struct json_object *element = NULL;
    struct sp_error err = no_error();

    request->err.code = SP_ERR_NETWORK;
    fed.listing.ahead[0]->envelope.has_values = true;
    ck_assert_int_eq(bb_listing_next(&fed.listing, &element, &err), SP_ERR_CANCELLED);
}
END_TEST

START_TEST(test_pages_ahead_do_not_overflow)
{
    fed.listing.expected = INT64_MAX;
    hand_fed_says(&fed, "{'values':[{'id':1}],'nextPageStart':9223372036854775806}");
    assert_next(&fed, "{'id':1}");
    ASSERT_AHEAD(INT64_MAX - 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("page_ahead");
    TCase *tests = tcase_create("listing");

    tcase_add_checked_fixture(tests, open_listing, close_listing);
    tcase_add_test(tests, test_pages_ahead);
    tcase_add_test(tests, test_pages_ahead_end_where_the_server_goes_on_elsewhere);
    tcase_add_test(tests, test_pages_ahead_have_a_maximum);
    tcase_add_test(tests, test_pages_ahead_of_the_first);
    tcase_add_test(tests, test_pages_ahead_are_as_long_as_the_last_time);
    tcase_add_test(tests, test_no_page_ahead_where_rows_are_hidden);
    tcase_add_loop_test(tests, test_next_page_by_the_head_of_a_full_one, 0, 2);
    tcase_add_test(tests, test_no_next_page_by_the_head_after_a_gap);
    tcase_add_test(tests, test_pages_ahead_of_a_short_one_stay);
    tcase_add_test(tests, test_waiting_for_the_head_bears_a_repetition);
    tcase_add_loop_test(tests, test_next_page_by_the_head, 0, COUNT(heads));
    tcase_add_test(tests, test_pages_ahead_do_not_overflow);
    suite_add_tcase(suite, tests);
    return run_all(suite);
}
