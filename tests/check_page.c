/* check_page.c - listings read from pages that are put in by hand: nothing is sent */
#include "page.h"
#include "plugin_fixture.h"
#include "request.h"

#include <stdlib.h>
#include <string.h>

static struct hand_fed fed;
static const struct bb_listing_kind kind = {"values", "?state=ALL&", 100, NULL};

static void open_listing(void)
{
    hand_fed_open(&fed, &kind);
}

static void close_listing(void)
{
    hand_fed_close(&fed);
}

/* `json` is written with ' for ". */
static void arrive(const char *json)
{
    char *text = quoted(json);

    hand_fed_arrive(&fed, text, strlen(text), 5);
    free(text);
}

static void assert_asked(const char *url)
{
    ck_assert_int_eq(fed.listing.n_ahead, 1);
    ck_assert_str_eq(fed.listing.ahead[0]->request->url, url);
    ck_assert_int_eq(fed.listing.ahead[0]->request->state, BB_QUEUED);
}

static void assert_next(const char *expected)
{
    struct json_object *element = NULL;
    struct sp_error err = no_error();
    char *text = quoted(expected);

    ck_assert_int_eq(bb_listing_next(&fed.listing, &element, &err), 1);
    ck_assert_str_eq(json_object_to_json_string_ext(element, JSON_C_TO_STRING_PLAIN), text);
    json_object_put(element);
    free(text);
}

static void assert_end(void)
{
    struct json_object *element = NULL;
    struct sp_error err = no_error();

    ck_assert_int_eq(bb_listing_next(&fed.listing, &element, &err), 0);
    ck_assert_int_eq(bb_listing_next(&fed.listing, &element, &err), 0);
    ck_assert_ptr_null(element);
    ck_assert_int_eq(fed.listing.n_ahead, 0);
}

static void assert_wrong(const char *message)
{
    struct json_object *element = NULL;
    struct sp_error err = no_error();

    ck_assert_int_eq(bb_listing_next(&fed.listing, &element, &err), SP_ERR_PROTOCOL);
    assert_error(&err, SP_ERR_PROTOCOL, "", message);
    ck_assert_ptr_null(element);
}

#define URL "https://git.example.com/bitbucket/rest/x?state=ALL&"

START_TEST(test_pages_in_turn)
{
    assert_asked(URL "start=0&limit=100");
    arrive("{'values':[{'id':1},{'id':2}],'size':2,'isLastPage':false,'nextPageStart':50}");
    assert_next("{'id':1}");
    assert_asked(URL "start=50&limit=100"); /* ahead, and where the server says */
    arrive("{'nextPageStart':null,'values':[{'id':3}]}");
    assert_next("{'id':2}");
    assert_next("{'id':3}");
    assert_end();
}
END_TEST

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
    arrive("{'values':[{'id':1}],'nextPageStart':50}");
    assert_next("{'id':1}");
    ASSERT_AHEAD(50, 100, 150, 200);
    arrive("{'values':[{'id':2}],'nextPageStart':100}");
    assert_next("{'id':2}");
    ASSERT_AHEAD(100, 150, 200);
    arrive("{'values':[{'id':3}],'isLastPage':true}");
    assert_next("{'id':3}");
    assert_end(); /* it has become shorter */
}
END_TEST

START_TEST(test_pages_ahead_end_where_the_server_goes_on_elsewhere)
{
    fed.listing.expected = 250;
    arrive("{'values':[{'id':1}],'nextPageStart':50}");
    assert_next("{'id':1}");
    arrive("{'values':[{'id':2}],'nextPageStart':110}");
    assert_next("{'id':2}");
    ASSERT_AHEAD(110);
    arrive("{'values':[{'id':3}],'nextPageStart':160}");
    assert_next("{'id':3}");
    ASSERT_AHEAD(160);
}
END_TEST

START_TEST(test_pages_ahead_have_a_maximum)
{
    fed.instance->settings.max_concurrency = 32;
    fed.listing.expected = INT64_MAX;
    arrive("{'values':[{'id':1}],'nextPageStart':1}");
    assert_next("{'id':1}");
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
    arrive("{'size':50,'values':[{'id':1}],'nextPageStart':50}");
    assert_next("{'id':1}");
    ASSERT_AHEAD(50, 100, 150, 200);
    ck_assert_int_eq(fed.listing.length, 50);
    arrive("{'size':50,'values':[{'id':2}],'nextPageStart':100}");
    assert_next("{'id':2}");
    ASSERT_AHEAD(100, 150, 200);
}
END_TEST

START_TEST(test_pages_ahead_are_as_long_as_the_last_time)
{
    restart(250, 50);
    ASSERT_AHEAD(0, 50, 100, 150);
    arrive("{'size':50,'values':[{'id':1}],'nextPageStart':50}");
    assert_next("{'id':1}");
    ASSERT_AHEAD(50, 100, 150, 200);
}
END_TEST

/* Rows that the account may not see lie between two pages. */
START_TEST(test_no_page_ahead_where_rows_are_hidden)
{
    restart(250, 0);
    arrive("{'size':100,'values':[{'id':1}],'nextPageStart':110}");
    assert_next("{'id':1}");
    ASSERT_AHEAD(110);
    ck_assert_int_lt(fed.listing.length, 0);
    arrive("{'size':100,'values':[{'id':2}],'nextPageStart':210}");
    assert_next("{'id':2}");
    ASSERT_AHEAD(210);
    restart(250, fed.listing.length);
    ASSERT_AHEAD(0);
    arrive("{'size':100,'values':[{'id':1}],'nextPageStart':100}");
    assert_next("{'id':1}");
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
    arrive("{'size':40,'values':[{'id':1}],'nextPageStart':40}");
    assert_next("{'id':1}");
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
    arrive("{'size':90,'values':[{'id':1}],'nextPageStart':100}");
    assert_next("{'id':1}");
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
    arrive("{'values':[{'id':1}],'nextPageStart':9223372036854775806}");
    assert_next("{'id':1}");
    ASSERT_AHEAD(INT64_MAX - 1);
}
END_TEST

START_TEST(test_empty_page_in_between)
{
    struct json_object *element = NULL;
    struct sp_error err = no_error();

    arrive("{'nextPageStart':51,'values':[]}");
    ck_assert_int_eq(bb_listing_next(&fed.listing, &element, &err), SP_ERR_CANCELLED);
    ck_assert_str_eq(fed.listing.page->request->url, URL "start=51&limit=100");
}
END_TEST

START_TEST(test_empty_pages_without_end)
{
    fed.listing.empty_in_a_row = 1000;
    arrive("{'nextPageStart':51,'values':[]}");
    assert_wrong("does not advance");
}
END_TEST

/* Only those in a row count: a listing may have any number of them. */
START_TEST(test_empty_pages_between_rows)
{
    fed.listing.empty_in_a_row = 1000;
    arrive("{'nextPageStart':51,'values':[{'id':1}]}");
    assert_next("{'id':1}");
    assert_asked(URL "start=51&limit=100");
    ck_assert_uint_eq(fed.listing.empty_in_a_row, 0);
}
END_TEST

START_TEST(test_last_page)
{
    arrive("{'isLastPage':true,'values':[{'id':1}],'nextPageStart':7}");
    assert_next("{'id':1}");
    assert_end();
}
END_TEST

static const char *const ends[] = {
    "{'values':[],'isLastPage':true}",
    "{'values':[],'isLastPage':true,'nextPageStart':null}",
    "{'values':[],'nextPageStart':null}",
};

START_TEST(test_empty_ends)
{
    arrive(ends[_i]);
    assert_end();
}
END_TEST

static const char *const broken_off[] = {
    "{'values':[{'id':1}]}",
    "{'values':[{'id':1}],'isLastPage':false}",
    "{'values':[{'id':1}],'isLastPage':false,'nextPageStart':null}",
};

START_TEST(test_breaks_off)
{
    arrive(broken_off[_i]);
    assert_wrong("/bitbucket/rest/x?state=ALL&start=0&limit=100: the listing breaks off");
}
END_TEST

START_TEST(test_the_same_page_again)
{
    arrive("{'nextPageStart':51,'values':[{'id':1}]}");
    assert_next("{'id':1}");
    arrive("{'nextPageStart':101,'values':[{'id':1}]}");
    assert_wrong("the listing does not advance: the page has the rows of the one before");
}
END_TEST

static const char *const endless[] = {
    "{'values':[{'id':1}],'isLastPage':false,'nextPageStart':0}",
    "{'values':[{'id':1}],'nextPageStart':-3}",
};

START_TEST(test_does_not_advance)
{
    arrive(endless[_i]);
    assert_wrong("/bitbucket/rest/x?state=ALL&start=0&limit=100: the listing does not advance");
}
END_TEST

START_TEST(test_elements_of_any_type)
{
    arrive("{'values':[1,'two',null,[3],{'a':{'values':[]}},true],'isLastPage':true}");
    assert_next("1");
    assert_next("'two'");
    assert_next("null");
    assert_next("[3]");
    assert_next("{'a':{'values':[]}}");
    assert_next("true");
    assert_end();
}
END_TEST

static const struct {
    const char *json, *message;
} wrong_elements[] = {
    {"{'values':[{'id':1},{'id':}],'isLastPage':true}", "values[1] is no JSON"},
    {"{'values':[{'id':1},nul],'isLastPage':true}", "values[1] is no JSON"},
    {"{'values':[{'id':1},{'a' 1}],'isLastPage':true}", "values[1] is no JSON"},
    {"{'values':[{'id':1},{'id':2}{'id':3}],'isLastPage':true}", "values[1] is no JSON"},
    {"{'values':[{'id':1},[2]x],'isLastPage':true}", "values[1] is no JSON"},
    {"{'values':[{'id':1},'two' 'three'],'isLastPage':true}", "values[1] is no JSON"},
};

START_TEST(test_wrong_elements)
{
    arrive(wrong_elements[_i].json);
    assert_next("{'id':1}");
    assert_wrong(wrong_elements[_i].message);
}
END_TEST

static int note_id(void *ctx, const struct bb_node *node)
{
    int64_t *sum = ctx;

    *sum = *sum * 10 + bb_json_int(node, "id", 0);
    return *sum == 12 ? -105 : node->doc->rc; /* a host's own code */
}

START_TEST(test_each)
{
    struct sp_error err = no_error();
    int64_t sum = 0;

    arrive("{'values':[{'id':3},{'id':4}],'isLastPage':true}");
    ck_assert_int_eq(bb_listing_each(&fed.listing, note_id, &sum, &err), 0);
    ck_assert_int_eq(sum, 34);
    ck_assert_str_eq(err.message, "");
}
END_TEST

START_TEST(test_each_is_ended)
{
    struct sp_error err = no_error();
    int64_t sum = 0;

    arrive("{'values':[{'id':1},{'id':2},{'id':3}],'isLastPage':true}");
    ck_assert_int_eq(bb_listing_each(&fed.listing, note_id, &sum, &err), -105);
    ck_assert_int_eq(sum, 12);
}
END_TEST

static const struct {
    const char *json, *message;
} wrong_each[] = {
    {"{'values':[{'id':3},{'id':'4'}],'isLastPage':true}",
     "/bitbucket/rest/x?state=ALL&start=0&limit=100: values[1].id is string where a number"},
    {"{'values':[{'id':3},4],'isLastPage':true}",
     "values[1] is int where an object is expected"},
    {"{'values':[{'id':3},null],'isLastPage':true}",
     "values[1] is null where an object is expected"},
};

START_TEST(test_each_names_the_place)
{
    struct sp_error err = no_error();
    int64_t sum = 0;

    arrive(wrong_each[_i].json);
    ck_assert_int_eq(bb_listing_each(&fed.listing, note_id, &sum, &err), SP_ERR_PROTOCOL);
    assert_error(&err, SP_ERR_PROTOCOL, "", wrong_each[_i].message);
}
END_TEST

/* The host's page_size lowers the limit, and never raises it. */
START_TEST(test_limit)
{
    struct sp_error err = no_error();

    bb_listing_clear(&fed.listing);
    fed.instance->settings.page_size = 7;
    bb_listing_init(&fed.listing, fed.call, &kind,
                    bb_base_make(&fed.instance->base, "/rest/x"));
    ck_assert_int_eq(bb_listing_start(&fed.listing, &err), 0);
    assert_asked(URL "start=0&limit=7");
}
END_TEST

START_TEST(test_no_memory_for_the_url)
{
    struct sp_error err = no_error();
    struct bb_listing none;

    bb_listing_init(&none, fed.call, &kind, NULL);
    ck_assert_int_eq(bb_listing_start(&none, &err), SP_ERR_NOMEM);
    bb_listing_clear(&none);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("page");
    TCase *tests = tcase_create("listing");

    tcase_add_checked_fixture(tests, open_listing, close_listing);
    tcase_add_test(tests, test_pages_in_turn);
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
    tcase_add_loop_test(tests, test_next_page_by_the_head, 0, sizeof heads / sizeof *heads);
    tcase_add_test(tests, test_pages_ahead_do_not_overflow);
    tcase_add_test(tests, test_empty_page_in_between);
    tcase_add_test(tests, test_empty_pages_without_end);
    tcase_add_test(tests, test_empty_pages_between_rows);
    tcase_add_test(tests, test_last_page);
    tcase_add_loop_test(tests, test_empty_ends, 0, COUNT(ends));
    tcase_add_test(tests, test_the_same_page_again);
    tcase_add_loop_test(tests, test_does_not_advance, 0, COUNT(endless));
    tcase_add_loop_test(tests, test_breaks_off, 0, sizeof broken_off / sizeof *broken_off);
    tcase_add_test(tests, test_elements_of_any_type);
    tcase_add_loop_test(tests, test_wrong_elements, 0, COUNT(wrong_elements));
    tcase_add_test(tests, test_each);
    tcase_add_test(tests, test_each_is_ended);
    tcase_add_loop_test(tests, test_each_names_the_place, 0, COUNT(wrong_each));
    tcase_add_test(tests, test_limit);
    tcase_add_test(tests, test_no_memory_for_the_url);
    suite_add_tcase(suite, tests);
    return run_all(suite);
}
