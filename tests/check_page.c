/* check_page.c - listings read from pages that are put in by hand: nothing is sent */
#include "page.h"
#include "plugin_fixture.h"
#include "request.h"

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

static void assert_asked(const char *url)
{
    ck_assert_int_eq(fed.listing.n_ahead, 1);
    ck_assert_str_eq(fed.listing.ahead[0]->request->url, url);
    ck_assert_int_eq(fed.listing.ahead[0]->request->state, BB_QUEUED);
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
    hand_fed_says(
        &fed, "{'values':[{'id':1},{'id':2}],'size':2,'isLastPage':false,'nextPageStart':50}");
    assert_next(&fed, "{'id':1}");
    assert_asked(URL "start=50&limit=100"); /* ahead, and where the server says */
    hand_fed_says(&fed, "{'nextPageStart':null,'values':[{'id':3}]}");
    assert_next(&fed, "{'id':2}");
    assert_next(&fed, "{'id':3}");
    assert_end(&fed);
}
END_TEST

START_TEST(test_empty_page_in_between)
{
    struct json_object *element = NULL;
    struct sp_error err = no_error();

    hand_fed_says(&fed, "{'nextPageStart':51,'values':[]}");
    ck_assert_int_eq(bb_listing_next(&fed.listing, &element, &err), SP_ERR_CANCELLED);
    ck_assert_str_eq(fed.listing.page->request->url, URL "start=51&limit=100");
}
END_TEST

START_TEST(test_empty_pages_without_end)
{
    fed.listing.empty_in_a_row = 1000;
    hand_fed_says(&fed, "{'nextPageStart':51,'values':[]}");
    assert_wrong("does not advance");
}
END_TEST

/* Only those in a row count: a listing may have any number of them. */
START_TEST(test_empty_pages_between_rows)
{
    fed.listing.empty_in_a_row = 1000;
    hand_fed_says(&fed, "{'nextPageStart':51,'values':[{'id':1}]}");
    assert_next(&fed, "{'id':1}");
    assert_asked(URL "start=51&limit=100");
    ck_assert_uint_eq(fed.listing.empty_in_a_row, 0);
}
END_TEST

START_TEST(test_last_page)
{
    hand_fed_says(&fed, "{'isLastPage':true,'values':[{'id':1}],'nextPageStart':7}");
    assert_next(&fed, "{'id':1}");
    assert_end(&fed);
}
END_TEST

static const char *const ends[] = {
    "{'values':[],'isLastPage':true}",
    "{'values':[],'isLastPage':true,'nextPageStart':null}",
    "{'values':[],'nextPageStart':null}",
};

START_TEST(test_empty_ends)
{
    hand_fed_says(&fed, ends[_i]);
    assert_end(&fed);
}
END_TEST

static const char *const broken_off[] = {
    "{'values':[{'id':1}]}",
    "{'values':[{'id':1}],'isLastPage':false}",
    "{'values':[{'id':1}],'isLastPage':false,'nextPageStart':null}",
};

START_TEST(test_breaks_off)
{
    hand_fed_says(&fed, broken_off[_i]);
    assert_wrong("/bitbucket/rest/x?state=ALL&start=0&limit=100: the listing breaks off");
}
END_TEST

START_TEST(test_the_same_page_again)
{
    hand_fed_says(&fed, "{'nextPageStart':51,'values':[{'id':1}]}");
    assert_next(&fed, "{'id':1}");
    hand_fed_says(&fed, "{'nextPageStart':101,'values':[{'id':1}]}");
    assert_wrong("the listing does not advance: the page has the rows of the one before");
}
END_TEST

static const char *const endless[] = {
    "{'values':[{'id':1}],'isLastPage':false,'nextPageStart':0}",
    "{'values':[{'id':1}],'nextPageStart':-3}",
};

START_TEST(test_does_not_advance)
{
    hand_fed_says(&fed, endless[_i]);
    assert_wrong("/bitbucket/rest/x?state=ALL&start=0&limit=100: the listing does not advance");
}
END_TEST

START_TEST(test_elements_of_any_type)
{
    hand_fed_says(&fed,
                  "{'values':[1,'two',null,[3],{'a':{'values':[]}},true],'isLastPage':true}");
    assert_next(&fed, "1");
    assert_next(&fed, "'two'");
    assert_next(&fed, "null");
    assert_next(&fed, "[3]");
    assert_next(&fed, "{'a':{'values':[]}}");
    assert_next(&fed, "true");
    assert_end(&fed);
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
    hand_fed_says(&fed, wrong_elements[_i].json);
    assert_next(&fed, "{'id':1}");
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

    hand_fed_says(&fed, "{'values':[{'id':3},{'id':4}],'isLastPage':true}");
    ck_assert_int_eq(bb_listing_each(&fed.listing, note_id, &sum, &err), 0);
    ck_assert_int_eq(sum, 34);
    ck_assert_str_eq(err.message, "");
}
END_TEST

START_TEST(test_each_is_ended)
{
    struct sp_error err = no_error();
    int64_t sum = 0;

    hand_fed_says(&fed, "{'values':[{'id':1},{'id':2},{'id':3}],'isLastPage':true}");
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

    hand_fed_says(&fed, wrong_each[_i].json);
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
    tcase_add_test(tests, test_empty_page_in_between);
    tcase_add_test(tests, test_empty_pages_without_end);
    tcase_add_test(tests, test_empty_pages_between_rows);
    tcase_add_test(tests, test_last_page);
    tcase_add_loop_test(tests, test_empty_ends, 0, COUNT(ends));
    tcase_add_test(tests, test_the_same_page_again);
    tcase_add_loop_test(tests, test_does_not_advance, 0, COUNT(endless));
    tcase_add_loop_test(tests, test_breaks_off, 0, COUNT(broken_off));
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
