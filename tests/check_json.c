/* check_json.c - typed reading, and how faults name their place */
#include "json.h"
#include "plugin_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char all_types[] =
    "{'text':'t','empty':'','number':-7,'large':9007199254740993,'huge':9223372036854775808,"
    "'tiny':-99999999999999999999,'real':1.5,'yes':true,"
    "'no':false,'null':null,'object':{'x':{'y':'z'}},'array':[{'n':1},null,{'n':3}],"
    "'ms':1700000000123,'iso':'2023-11-14T22:13:20.123Z'}";

START_TEST(test_what_is_there)
{
    struct reading reading;
    struct bb_node object, below;

    reading_open(&reading, all_types);
    ck_assert_str_eq(bb_json_string(&reading.node, "text"), "t");
    ck_assert_str_eq(bb_json_string(&reading.node, "empty"), "");
    ck_assert_int_eq(bb_json_int(&reading.node, "number", 1), -7);
    ck_assert_int_eq(bb_json_int(&reading.node, "large", 1), 9007199254740993);
    ck_assert(bb_json_bool(&reading.node, "yes"));
    ck_assert(!bb_json_bool(&reading.node, "no"));
    ck_assert_int_eq(bb_json_date(&reading.node, "ms"), 1700000000123);
    ck_assert_int_eq(bb_json_date(&reading.node, "iso"), 1700000000123);
    object = bb_json_object(&reading.node, "object");
    below = bb_json_object(&object, "x");
    ck_assert_str_eq(bb_json_string(&below, "y"), "z");
    ck_assert(bb_json_has(&reading.node, "no"));
    ck_assert(bb_json_is_object(&reading.node, "object"));
    ck_assert(!bb_json_is_object(&reading.node, "array"));
    reading_close(&reading);
}
END_TEST

START_TEST(test_arrays)
{
    struct reading reading;
    struct bb_node array, first, none, last;

    reading_open(&reading, all_types);
    array = bb_json_array(&reading.node, "array");
    ck_assert_uint_eq(bb_json_length(&array), 3);
    first = bb_json_at(&array, 0);
    none = bb_json_at(&array, 1);
    last = bb_json_at(&array, 2);
    ck_assert_int_eq(bb_json_int(&first, "n", 0), 1);
    ck_assert_ptr_null(none.value);
    ck_assert_int_eq(bb_json_int(&last, "n", 0), 3);
    reading_close(&reading);
}
END_TEST

static const char *const absent[] = {"nowhere", "null"};

START_TEST(test_what_is_absent_is_not_wrong)
{
    const char *key = absent[_i];
    struct reading reading;
    struct bb_node object, array, below;

    reading_open(&reading, all_types);
    ck_assert_ptr_null(bb_json_string(&reading.node, key));
    ck_assert_int_eq(bb_json_int(&reading.node, key, -1), -1);
    ck_assert(!bb_json_bool(&reading.node, key));
    ck_assert_int_eq(bb_json_date(&reading.node, key), 0);
    ck_assert(!bb_json_has(&reading.node, key));
    ck_assert(!bb_json_is_object(&reading.node, key));
    array = bb_json_array(&reading.node, key);
    ck_assert_uint_eq(bb_json_length(&array), 0);
    object = bb_json_object(&reading.node, key);
    ck_assert_ptr_null(object.value);
    below = bb_json_object(&object, "x");
    ck_assert_ptr_null(bb_json_string(&below, "y"));
    reading_close(&reading);
}
END_TEST

enum getter { STRING, INT, BOOL, DATE, OBJECT, ARRAY };

static const struct {
    enum getter getter;
    const char *key, *message;
} wrong_types[] = {
    {STRING, "number", "/rest/x: values[3].number is int where a string is expected"},
    {STRING, "yes", "values[3].yes is boolean where a string is expected"},
    {STRING, "object", "values[3].object is object where a string is expected"},
    {STRING, "array", "values[3].array is array where a string is expected"},
    {INT, "text", "values[3].text is string where a number is expected"},
    {INT, "real", "values[3].real is double where a number is expected"},
    {INT, "yes", "values[3].yes is boolean where a number is expected"},
    {INT, "array", "values[3].array is array where a number is expected"},
    {INT, "huge", "values[3].huge is out of range"},
    {DATE, "tiny", "values[3].tiny is out of range"},
    {BOOL, "text", "values[3].text is string where true or false is expected"},
    {BOOL, "number", "values[3].number is int where true or false is expected"},
    {DATE, "text", "values[3].text is neither milliseconds nor an ISO 8601 time"},
    {DATE, "empty", "values[3].empty is neither milliseconds nor an ISO 8601 time"},
    {DATE, "real", "values[3].real is neither milliseconds nor an ISO 8601 time"},
    {DATE, "no", "values[3].no is neither milliseconds nor an ISO 8601 time"},
    {DATE, "object", "values[3].object is neither milliseconds nor an ISO 8601 time"},
    {OBJECT, "text", "values[3].text is string where an object is expected"},
    {OBJECT, "array", "values[3].array is array where an object is expected"},
    {ARRAY, "object", "values[3].object is object where an array is expected"},
    {ARRAY, "number", "values[3].number is int where an array is expected"},
};

static void assert_gives_nothing(const struct bb_node *node, enum getter getter,
                                 const char *key)
{
    struct bb_node got = {.doc = node->doc};

    if (getter == STRING)
        ck_assert_ptr_null(bb_json_string(node, key));
    else if (getter == INT)
        ck_assert_int_eq(bb_json_int(node, key, -1), -1);
    else if (getter == BOOL)
        ck_assert(!bb_json_bool(node, key));
    else if (getter == DATE)
        ck_assert_int_eq(bb_json_date(node, key), 0);
    else if (getter == OBJECT)
        got = bb_json_object(node, key);
    else
        got = bb_json_array(node, key);
    ck_assert_ptr_null(got.value);
    ck_assert_uint_eq(bb_json_length(&got), 0);
}

START_TEST(test_wrong_types)
{
    struct reading reading;

    reading_open(&reading, all_types);
    assert_gives_nothing(&reading.node, wrong_types[_i].getter, wrong_types[_i].key);
    /* after a fault nothing is given any more, so that no half record looks whole */
    assert_gives_nothing(&reading.node, STRING, "text");
    assert_gives_nothing(&reading.node, INT, "number");
    assert_gives_nothing(&reading.node, BOOL, "yes");
    assert_gives_nothing(&reading.node, DATE, "ms");
    assert_gives_nothing(&reading.node, OBJECT, "object");
    assert_gives_nothing(&reading.node, ARRAY, "array");
    ck_assert(!bb_json_has(&reading.node, "text"));
    reading_close_wrong(&reading, wrong_types[_i].message);
}
END_TEST

START_TEST(test_first_fault_is_kept)
{
    struct reading reading;

    reading_open(&reading, all_types);
    bb_json_string(&reading.node, "number");
    bb_json_int(&reading.node, "text", 0);
    bb_json_wrong(&reading.node, "yes", "is missing");
    reading_close_wrong(&reading, "values[3].number is int where a string is expected");
}
END_TEST

START_TEST(test_deep_place)
{
    struct reading reading;
    struct bb_node comment, replies, reply, author, user;

    reading_open(&reading, "{'comment':{'comments':[{},{'author':{'user':{'id':'seven'}}}]}}");
    comment = bb_json_object(&reading.node, "comment");
    replies = bb_json_array(&comment, "comments");
    reply = bb_json_at(&replies, 1);
    author = bb_json_object(&reply, "author");
    user = bb_json_object(&author, "user");
    bb_json_int(&user, "id", 0);
    reading_close_wrong(&reading, "/rest/x: values[3].comment.comments[1].author.user.id is "
                                  "string where a number is expected");
}
END_TEST

START_TEST(test_element_of_wrong_type)
{
    struct reading reading;
    struct bb_node array;

    reading_open(&reading, "{'list':[{},{},7]}");
    array = bb_json_array(&reading.node, "list");
    ck_assert_ptr_null(bb_json_at(&array, 2).value);
    reading_close_wrong(&reading, "values[3].list[2] is int where an object is expected");
}
END_TEST

START_TEST(test_missing_member)
{
    struct reading reading;
    struct bb_node from, repository;

    reading_open(&reading, "{'fromRef':{}}");
    from = bb_json_object(&reading.node, "fromRef");
    repository = bb_json_object(&from, "repository");
    bb_json_wrong(&repository, "id", "is missing");
    reading_close_wrong(&reading, "values[3].fromRef.repository.id is missing");
}
END_TEST

static const struct {
    const char *json, *root, *message;
} roots[] = {
    {"null", "values[0]", "/rest/x: values[0] is null where an object is expected"},
    {"[]", "values[1]", "/rest/x: values[1] is array where an object is expected"},
    {"'x'", "", "/rest/x: the answer is string where an object is expected"},
    {"{'id':true}", "", "/rest/x: id is boolean where a number is expected"},
};

START_TEST(test_roots)
{
    char *text = quoted(roots[_i].json);
    struct json_object *value = json_tokener_parse(text);
    struct sp_error err = no_error();
    struct bb_doc doc = {"/rest/x", roots[_i].root, 0, &err, 0};
    struct bb_node root = bb_json_root(&doc, value);

    ck_assert_int_eq(bb_json_int(&root, "id", -1), -1);
    ck_assert_int_eq(doc.rc, SP_ERR_PROTOCOL);
    ck_assert_str_eq(err.message, roots[_i].message);
    json_object_put(value);
    free(text);
}
END_TEST

/* However deep and long the names: the message stays one line, and is whole in itself. */
START_TEST(test_endless_place)
{
    enum { LEVELS = 300 };
    static struct bb_node nodes[LEVELS];
    struct reading reading;
    char *text = calloc(LEVELS, 16), *end = text;

    ck_assert_ptr_nonnull(text);
    for (int i = 0; i < LEVELS; i++)
        end = stpcpy(end, "{'comments':");
    end = stpcpy(end, "7");
    memset(end, '}', LEVELS);
    reading_open(&reading, text);
    nodes[0] = reading.node;
    for (int i = 1; i < LEVELS; i++)
        nodes[i] = bb_json_object(&nodes[i - 1], "comments");
    ck_assert_ptr_nonnull(nodes[LEVELS - 1].value);
    bb_json_object(&nodes[LEVELS - 1], "comments");
    free(text);
    ck_assert_uint_lt(strlen(reading.err.message), 400);
    reading_close_wrong(&reading, " is int where an object is expected");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("json");
    TCase *tests = tcase_create("getters");

    tcase_add_test(tests, test_what_is_there);
    tcase_add_test(tests, test_arrays);
    tcase_add_loop_test(tests, test_what_is_absent_is_not_wrong, 0, COUNT(absent));
    tcase_add_loop_test(tests, test_wrong_types, 0, COUNT(wrong_types));
    tcase_add_test(tests, test_first_fault_is_kept);
    tcase_add_test(tests, test_deep_place);
    tcase_add_test(tests, test_element_of_wrong_type);
    tcase_add_test(tests, test_missing_member);
    tcase_add_loop_test(tests, test_roots, 0, COUNT(roots));
    tcase_add_test(tests, test_endless_place);
    suite_add_tcase(suite, tests);
    return run_all(suite);
}
