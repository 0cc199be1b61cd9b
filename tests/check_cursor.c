/* check_cursor.c - what an import leaves for the next: written, read, and what is no cursor */
#include "cursor.h"
#include "plugin_fixture.h"

#include <stdlib.h>
#include <string.h>

static const struct bb_cursor whole = {
    .is_set = true,
    .newest_ms = 1700000000001,
    .full_ms = 1700000000002,
    .since_ms = 1600000000003,
    .unordered = true,
    .left_out = {7, INT64_C(1) << 40},
    .n_left_out = 2,
};

static void assert_same(const struct bb_cursor *one, const struct bb_cursor *other)
{
    ck_assert_int_eq(one->is_set, other->is_set);
    ck_assert_int_eq(one->newest_ms, other->newest_ms);
    ck_assert_int_eq(one->full_ms, other->full_ms);
    ck_assert_int_eq(one->since_ms, other->since_ms);
    ck_assert_int_eq(one->unordered, other->unordered);
    ck_assert_uint_eq(one->n_left_out, other->n_left_out);
    for (size_t i = 0; i < one->n_left_out; i++)
        ck_assert_int_eq(one->left_out[i], other->left_out[i]);
}

static struct bb_cursor read_of(const char *text)
{
    struct bb_cursor cursor = whole; /* whatever was in it */
    struct sp_error err = no_error();

    ck_assert_int_eq(bb_cursor_read(&cursor, text, &err), SP_OK);
    return cursor;
}

START_TEST(test_comes_back_as_it_was)
{
    struct sp_error err = no_error();
    char text[SP_CURSOR_MAX];
    struct bb_cursor read;

    ck_assert_int_eq(bb_cursor_write(&whole, text, sizeof text, &err), SP_OK);
    read = read_of(text);
    assert_same(&read, &whole);
}
END_TEST

/* The longest that there can be. */
START_TEST(test_always_fits)
{
    struct bb_cursor longest = {
        .is_set = true,
        .newest_ms = INT64_MIN + 1,
        .full_ms = INT64_MIN + 1,
        .since_ms = INT64_MIN + 1,
        .n_left_out = BB_LEFT_OUT_MAX,
    };
    struct sp_error err = no_error();
    char text[SP_CURSOR_MAX];
    struct bb_cursor read;

    for (size_t i = 0; i < BB_LEFT_OUT_MAX; i++)
        longest.left_out[i] = INT64_MAX - (int64_t)i;
    ck_assert_int_eq(bb_cursor_write(&longest, text, sizeof text, &err), SP_OK);
    read = read_of(text);
    assert_same(&read, &longest);
}
END_TEST

START_TEST(test_room)
{
    struct sp_error err = no_error();
    char text[SP_CURSOR_MAX], *exact;

    ck_assert_int_eq(bb_cursor_write(&whole, text, sizeof text, &err), SP_OK);
    exact = malloc(strlen(text) + 1);
    ck_assert_ptr_nonnull(exact);
    ck_assert_int_eq(bb_cursor_write(&whole, exact, strlen(text) + 1, &err), SP_OK);
    ck_assert_str_eq(exact, text);
    ck_assert_int_eq(bb_cursor_write(&whole, exact, strlen(text), &err), SP_ERR_INTERNAL);
    assert_error(&err, SP_ERR_INTERNAL, "", "the cursor is longer than");
    free(exact);
}
END_TEST

/* `'` stands for `"`. */
static const char *const none[] = {
    "",
    "{",
    "7",
    "[]",
    "null",
    "{}",
    "{'newest':1,'full':2,'since':3,'left_out':[]}",
    "{'format':2,'newest':1,'full':2,'since':3,'left_out':[]}",
    "{'format':1,'newest':'yesterday','full':2,'since':3,'left_out':[]}",
    "{'format':1,'newest':1,'full':2,'since':3,'left_out':7}",
};

START_TEST(test_no_cursor)
{
    static const struct bb_cursor empty;
    char *text = quoted(none[_i]);
    struct bb_cursor read = read_of(text);

    assert_same(&read, &empty);
    free(text);
    read = read_of(NULL);
    assert_same(&read, &empty);
}
END_TEST

/* Of a later one of ours that keeps more of them. */
START_TEST(test_more_than_are_kept)
{
    char text[2 * SP_CURSOR_MAX] = "{\"format\":1,\"newest\":1,\"full\":2,\"since\":3,"
                                   "\"left_out\":[1";
    struct bb_cursor read;

    for (int i = 1; i <= BB_LEFT_OUT_MAX; i++)
        strcat(text, ",2");
    strcat(text, "]}");
    read = read_of(text);
    ck_assert(read.is_set);
    ck_assert_uint_eq(read.n_left_out, BB_LEFT_OUT_MAX);
    ck_assert_int_eq(read.left_out[0], 1);
    ck_assert_int_eq(read.left_out[BB_LEFT_OUT_MAX - 1], 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("cursor");
    TCase *tests = tcase_create("cursor");

    tcase_add_test(tests, test_comes_back_as_it_was);
    tcase_add_test(tests, test_always_fits);
    tcase_add_test(tests, test_room);
    tcase_add_loop_test(tests, test_no_cursor, 0, COUNT(none));
    tcase_add_test(tests, test_more_than_are_kept);
    suite_add_tcase(suite, tests);
    return run_all(suite);
}
