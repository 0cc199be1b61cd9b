/* check_envelope.c - the walk over a page, however its bytes arrive */
#include "envelope.h"
#include "plugin_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const dropped[] = {"links", "diff", NULL};

/* What the walk found, as text: "2 elements, last, next 7: [1] [2]". */
static char *found(const struct bb_envelope *envelope)
{
    const char *element = envelope->text.data;
    char *text = NULL;
    size_t size;
    FILE *to = open_memstream(&text, &size);

    ck_assert_ptr_nonnull(to);
    fprintf(to, "%zu", envelope->n_elements);
    if (envelope->is_last_page)
        fputs(" last", to);
    if (envelope->has_next_start)
        fprintf(to, " next %lld", (long long)envelope->next_start);
    for (size_t i = 0; i < envelope->n_elements; i++) {
        fprintf(to, " [%s]", element);
        element += strlen(element) + 1;
    }
    fclose(to);
    if (envelope->n_elements > 0)
        ck_assert_ptr_eq(element, envelope->text.data + envelope->text.length);
    return text;
}

static char *fault(int rc, const struct sp_error *err)
{
    assert_error(err, SP_ERR_PROTOCOL, "", "");
    ck_assert_int_eq(rc, SP_ERR_PROTOCOL);
    return text_of("wrong: %s", err->message);
}

/* Feeds pieces of `step` bytes, the first of `first`. */
static char *walk(struct bb_envelope *envelope, const char *json, size_t length, size_t first,
                  size_t step)
{
    struct sp_error err = no_error();
    int rc = 0;

    for (size_t at = 0, piece = first; !rc && at < length; at += piece, piece = step) {
        if (piece > length - at)
            piece = length - at;
        rc = bb_envelope_feed(envelope, json + at, piece, &err);
    }
    if (!rc)
        rc = bb_envelope_end(envelope, &err);
    return rc ? fault(rc, &err) : found(envelope);
}

static void assert_walk(const char *json, size_t first, size_t step, const char *expected)
{
    struct bb_envelope envelope;
    char *result;

    bb_envelope_init(&envelope, 1 << 20, dropped);
    result = walk(&envelope, json, strlen(json), first, step);
    ck_assert_str_eq(result, expected);
    free(result);
    bb_envelope_clear(&envelope);
}

struct page {
    const char *json; /* with ' for " */
    const char *expected;
};

static const struct page pages[] = {
    /* members in any order */
    {"{'size':2,'limit':25,'isLastPage':false,'values':[{'id':1},{'id':2}],'start':0,"
     "'nextPageStart':7}",
     "2 next 7 [{'id':1}] [{'id':2}]"},
    {"{'values':[{'id':1}],'nextPageStart':7,'isLastPage':false,'size':1}",
     "1 next 7 [{'id':1}]"},
    {"{'nextPageStart':0,'isLastPage':true,'values':[{'id':1}]}", "1 last next 0 [{'id':1}]"},
    {" {\r\n\t'values' : [ {'id' : 1 } , { } ] ,\n'isLastPage' : true } \n",
     "2 last [{'id':1}] [{}]"},
    /* where the next page starts */
    {"{'values':[],'isLastPage':false,'nextPageStart':null}", "0"},
    {"{'values':[],'isLastPage':false}", "0"},
    {"{'values':[]}", "0"},
    {"{'values':[],'nextPageStart':-4}", "0 next -4"},
    {"{'values':[],'nextPageStart':9007199254740993}", "0 next 9007199254740993"},
    {"{'values':[],'isLastPage':'true'}", "0"},
    {"{'values':[],'isLastPage':1}", "0"},
    {"{'values':[],'isLastPage':null}", "0"},
    {"{'values':[],'isLastPage':true,'filter':'x'}", "0 last"},
    {"{'values':[],'filter':{'isLastPage':true,'nextPageStart':3}}", "0"},
    {"{'values':[],'filter':['isLastPage',true,{'values':[1]}]}", "0"},
    {"{'filter':{'values':[1,2]},'values':[3]}", "1 [3]"},
    {"{'filter':{'x':1},'isLastPage':true,'values':[]}", "0 last"},
    {"{'isLastPage':true,'filter':[],'values':[],'nextPageStart':2,'x':{}}", "0 last next 2"},
    {"{'text':'isLastPage','values':[],'x':'\\'isLastPage\\':true'}", "0"},
    {"{'isLastPageOfThemAllIsHereAndNotThere':true,'values':[]}", "0"},
    /* what stands in elements does not steer */
    {"{'values':[{'values':[1,2],'isLastPage':true,'nextPageStart':9}]}",
     "1 [{'values':[1,2],'isLastPage':true,'nextPageStart':9}]"},
    {"{'values':[{'a':{'values':[{'values':[]}]}},{'nextPageStart':1}],'nextPageStart':2}",
     "2 next 2 [{'a':{'values':[{'values':[]}]}}] [{'nextPageStart':1}]"},
    {"{'values':[[],[[]],[{'isLastPage':true}]],'isLastPage':false}",
     "3 [[]] [[[]]] [[{'isLastPage':true}]]"},
    {"{'values':[{'isLastPage':true}],'values2':[true]}", "1 [{'isLastPage':true}]"},
    /* elements that are no objects */
    {"{'values':[1,-2.5e3,'three',null,true,[4],'']}",
     "7 [1] [-2.5e3] ['three'] [null] [true] [[4]] ['']"},
    /* strings */
    {"{'values':[{'a':'}]],{['},{'b':' x  y '},'\\\\','\\\\\\\\\\'']}",
     "4 [{'a':'}]],{['}] [{'b':' x  y '}] ['\\\\'] ['\\\\\\\\\\'']"},
    {"{'values':[{'a\\\\':1,'b\\'}':2,'[,':3,'\\u0041\\'':'\\u00e9\xc3\xa9\\''}]}",
     "1 [{'a\\\\':1,'b\\'}':2,'[,':3,'\\u0041\\'':'\\u00e9\xc3\xa9\\''}]"},
    {"{'a]}\\\\':1,'b\\',\\'isLastPage\\':true':2,'values':['\\\\\\'],']}", "1 ['\\\\\\'],']"},
    /* members that nobody reads */
    {"{'values':[{'links':{'self':[{'href':'x,}'}]},'id':1}]}", "1 [{'id':1}]"},
    {"{'values':[{'id':1,'links':[1,{'a':2},[]]}]}", "1 [{'id':1}]"},
    {"{'values':[{'id':1,'links':'x\\'}]'},{'diff':-1},{'diff':null}]}",
     "3 [{'id':1}] [{}] [{}]"},
    {"{'values':[{'a':[{'b':{'links':{'links':[{}]}}},{'diff':{},'links':[]}],'c':2}]}",
     "1 [{'a':[{'b':{}},{}],'c':2}]"},
    {"{'values':[{'a':'links','b':['diff',{'linksx':1,'link':2,'Links':3}]}]}",
     "1 [{'a':'links','b':['diff',{'linksx':1,'link':2,'Links':3}]}]"},
    {"{'values':[{'links':{'diff':1,'x':{'diff':[]}},'y':1}],'links':{'values':[7]}}",
     "1 [{'y':1}]"},
    {"{'links':{'self':[1]},'diff':[2],'values':[{}]}", "1 [{}]"},
    /* which is no JSON: json-c refuses the element, and those before it stay as they are */
    {"{'values':[{'id':1,'links'},{:2}]}", "2 [{'id':1,'links'}] [{:2}]"},
    {"{'values':[{'id':1},{'links'{'x':{:2}}}]}", "2 [{'id':1}] [{'links'{'x':{:2}}}]"},
    {"{'values':[{'links'[:2]},{'links',:2}]}", "2 [{'links'[:2]}] [{'links',:2}]"},
};

START_TEST(test_pages)
{
    char *json = quoted(pages[_i].json), *expected = quoted(pages[_i].expected);
    size_t length = strlen(json);

    for (size_t first = 1; first <= length; first++)
        assert_walk(json, first, length, expected);
    for (size_t step = 1; step <= 8; step++)
        assert_walk(json, step, step, expected);
    free(json);
    free(expected);
}
END_TEST

static const struct page wrong_pages[] = {
    {"", "ends in its middle"},
    {"  \n", "ends in its middle"},
    {"[]", "not an object"},
    {"[{'values':[]}]", "not an object"},
    {"null", "not an object"},
    {"'values'", "not an object"},
    {"17", "not an object"},
    {"<!doctype html>", "not an object"},
    {"x{'values':[]}", "not an object"},
    {"}", "more ends than beginnings"},
    {"{}", "it has no values"},
    {"{'isLastPage':true}", "it has no values"},
    {"{'values':null}", "it has no values"},
    {"{'values':'[]'}", "it has no values"},
    {"{'values':7}", "it has no values"},
    {"{'values':{}}", "values is not an array"},
    {"{'values':{'values':[1]}}", "values is not an array"},
    {"{'filter':{'values':[]}}", "it has no values"},
    {"{'filter':[{'values':[]}],'x':'values'}", "it has no values"},
    {"{'values':[]} x", "something follows"},
    {"{'values':[]}{'values':[]}", "something follows"},
    {"{'values':[]}]", "something follows"},
    {"{'values':[]},", "something follows"},
    {"{'values':[]}}", "something follows"},
    {"{'values':[1}}", "do not match"},
    {"{'values':[1]]", "do not match"},
    {"{'values':[{'id':1]}]}", "do not match"},
    {"{'values':[{'links':[}]}", "do not match"},
    {"{'values':[],'isLastPage':false,'nextPageStart':'7'}", "nextPageStart is no number"},
    {"{'values':[],'isLastPage':true,'nextPageStart':''}", "nextPageStart is no number"},
    {"{'nextPageStart':1.5,'values':[]}", "nextPageStart is no number"},
    {"{'values':[],'nextPageStart':true}", "nextPageStart is no number"},
    {"{'values':[],'nextPageStart':9223372036854775808}", "nextPageStart is no number"},
    {"{'values':[],'isLastPage':true,'values':[]}", "values is there twice"},
};

START_TEST(test_wrong_pages)
{
    char *json = quoted(wrong_pages[_i].json);
    size_t length = strlen(json);

    for (size_t first = 1; first <= length + 1; first++) {
        struct bb_envelope envelope;
        char *result;

        bb_envelope_init(&envelope, 1 << 20, dropped);
        result = walk(&envelope, json, length, first, length + 1);
        if (strncmp(result, "wrong: ", 7) != 0 || !strstr(result, wrong_pages[_i].expected))
            ck_abort_msg("%s: \"%s\"", json, result);
        free(result);
        bb_envelope_clear(&envelope);
    }
    free(json);
}
END_TEST

START_TEST(test_cut_anywhere)
{
    char *json = quoted(pages[_i].json);
    size_t length = (size_t)(strrchr(json, '}') - json);

    for (size_t cut = 0; cut <= length; cut++) {
        struct bb_envelope envelope;
        char *result;

        bb_envelope_init(&envelope, 1 << 20, dropped);
        result = walk(&envelope, json, cut, 1, 5);
        ck_assert_str_eq(result, "wrong: the JSON text ends in its middle");
        free(result);
        bb_envelope_clear(&envelope);
    }
    free(json);
}
END_TEST

/* A NUL ends an element's text, so one from outside would shift all elements after it. */
START_TEST(test_nul_bytes)
{
    char *json = quoted("{'values':[{'id':1},{'id':22},{'id':3}],'isLastPage':true} ");
    size_t length = strlen(json);

    for (size_t at = 0; at < length; at++) {
        struct bb_envelope envelope;
        char *result, kept = json[at];

        json[at] = '\0';
        bb_envelope_init(&envelope, 1 << 20, dropped);
        result = walk(&envelope, json, length, 3, 3);
        ck_assert_str_eq(result, "wrong: the answer holds a NUL byte");
        json[at] = kept;
        free(result);
        bb_envelope_clear(&envelope);
    }
    free(json);
}
END_TEST

/* A page whose one element nests that many arrays. */
static char *nested(size_t levels)
{
    static const char head[] = "{\"values\":[", tail[] = "]}";
    char *text = malloc(sizeof head + sizeof tail + 2 * levels);

    ck_assert_ptr_nonnull(text);
    strcpy(text, head);
    memset(text + strlen(head), '[', levels);
    memset(text + strlen(head) + levels, ']', levels);
    strcpy(text + strlen(head) + 2 * levels, tail);
    return text;
}

START_TEST(test_depth)
{
    static const size_t levels_max = BB_DEPTH_MAX - 3; /* the page, values, none beyond */
    char *deepest = nested(levels_max), *deeper = nested(levels_max + 1);
    struct bb_envelope envelope;
    char *result;

    bb_envelope_init(&envelope, 1 << 20, NULL);
    result = walk(&envelope, deepest, strlen(deepest), 1, 7);
    ck_assert_uint_eq(strlen(result), strlen("1 []") + 2 * levels_max);
    free(result);
    bb_envelope_reset(&envelope);
    result = walk(&envelope, deeper, strlen(deeper), 1, 7);
    ck_assert_str_eq(result, "wrong: the answer is nested deeper than 1000 levels");
    free(result);
    bb_envelope_clear(&envelope);
    free(deepest);
    free(deeper);
}
END_TEST

START_TEST(test_depth_of_what_is_dropped)
{
    char *page = nested(2 * BB_DEPTH_MAX);
    char *json = text_of("{\"values\":[{\"links\":%s}]}", page);
    struct bb_envelope envelope;
    char *result;

    bb_envelope_init(&envelope, 1 << 20, dropped);
    result = walk(&envelope, json, strlen(json), 1, 64);
    ck_assert_str_eq(result, "wrong: the answer is nested deeper than 1000 levels");
    free(result);
    free(json);
    free(page);
    bb_envelope_clear(&envelope);
}
END_TEST

static void assert_size(size_t maximum, const char *expected)
{
    /* 9 + 5 + 2 bytes are kept, and a NUL after each */
    char *json = quoted("{'x':'not kept','values':[{'ab':12},'ccc',{  }],'y':'not kept'}");
    char *wanted = quoted(expected);

    for (size_t step = 1; step <= strlen(json); step++) {
        struct bb_envelope envelope;
        char *result;

        bb_envelope_init(&envelope, maximum, dropped);
        result = walk(&envelope, json, strlen(json), step, step);
        ck_assert_str_eq(result, wanted);
        ck_assert_uint_le(envelope.text.length, maximum);
        free(result);
        bb_envelope_clear(&envelope);
    }
    free(json);
    free(wanted);
}

START_TEST(test_size)
{
    static const char wrong[] =
        "wrong: the page is larger than 0 MiB; a lower page_size makes it smaller";

    assert_size(10 + 6 + 3, "3 [{'ab':12}] ['ccc'] [{}]");
    for (size_t maximum = 0; maximum < 10 + 6 + 3; maximum++)
        assert_size(maximum, wrong);
}
END_TEST

/* Their keys do, until it is seen what they are. */
START_TEST(test_dropped_members_take_no_room)
{
    char *json = quoted("{'values':[{'links':{'self':'as long as it likes'}},{'diff':[1,2]}]}");
    struct bb_envelope envelope;
    char *result, *expected = quoted("2 [{}] [{}]");

    bb_envelope_init(&envelope, strlen(expected) - strlen("2 [] []") + strlen("'links'"),
                     dropped);
    result = walk(&envelope, json, strlen(json), 2, 3);
    ck_assert_str_eq(result, expected);
    free(json);
    free(result);
    free(expected);
    bb_envelope_clear(&envelope);
}
END_TEST

/* A second attempt sees nothing of the first, wherever that one was cut off. */
START_TEST(test_reset)
{
    char *json =
        quoted("{'isLastPage':true,'nextPageStart':3,'values':[{'links':{'a':['x\\'']},"
               "'nextPageStart':1}]}");
    char *again = quoted("{'values':[{'id':1}],'nextPageStart':null}");
    struct bb_envelope envelope;

    bb_envelope_init(&envelope, 100, dropped);
    for (size_t cut = 0; cut <= strlen(json); cut++) {
        char *result = walk(&envelope, json, cut, 1, 1);

        free(result);
        bb_envelope_reset(&envelope);
        result = walk(&envelope, again, strlen(again), 1, 1);
        ck_assert_str_eq(result, "1 [{\"id\":1}]");
        free(result);
        bb_envelope_reset(&envelope);
    }
    free(json);
    free(again);
    bb_envelope_clear(&envelope);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("envelope");
    TCase *tests = tcase_create("walk");

    tcase_add_loop_test(tests, test_pages, 0, COUNT(pages));
    tcase_add_loop_test(tests, test_wrong_pages, 0, COUNT(wrong_pages));
    tcase_add_loop_test(tests, test_cut_anywhere, 0, COUNT(pages));
    tcase_add_test(tests, test_nul_bytes);
    tcase_add_test(tests, test_depth);
    tcase_add_test(tests, test_depth_of_what_is_dropped);
    tcase_add_test(tests, test_size);
    tcase_add_test(tests, test_dropped_members_take_no_room);
    tcase_add_test(tests, test_reset);
    suite_add_tcase(suite, tests);
    return run_all(suite);
}
