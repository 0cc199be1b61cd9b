/* check_version.c - the table of what differs between versions */
#include "plugin_fixture.h"
#include "version.h"

#include <string.h>

static const struct {
    const char *text;
    uint32_t number;
} versions[] = {
    {"5.0.0", 5000000},
    {"7.11.2", 7011002},
    {"10.0.0", 10000000},
    {"10.3", 10003000},
    {"11", 11000000},
    {"8.19.2-m5", 8019002},
    {"9.4.0-SNAPSHOT", 9004000},
    {"", 0},
    {"latest", 0},
    {"-6", 0},
    {" 7.1", 0},
    {".5", 0},
    {"7.-1.2", 7000000},
    {"99999999999999999999", 999000000},
};

START_TEST(test_numbers)
{
    ck_assert_uint_eq(bb_version_parse(versions[_i].text), versions[_i].number);
}
END_TEST

static const struct {
    enum bb_fact fact;
    const char *last_without, *first_with, *last_with, *first_after; /* NULL: none is */
} spans[] = {
    {BB_TOKENS, "5.4.9", "5.5.0", "10.0.0", NULL},
    {BB_RATE_LIMITS, "6.5.3", "6.6.0", "10.0.0", NULL},
    {BB_COMMENT_TASKS, NULL, "5.0.0", "6.10.17", "7.0.0"},
    {BB_BLOCKERS, "6.10.17", "7.0.0", "10.0.0", NULL},
    {BB_LAZY_HEADS, "6.10.17", "7.0.0", "11.0.0", NULL},
    {BB_ARCHIVED, "7.21.23", "8.0.0", "10.0.0", NULL},
    {BB_AUTO_MERGE, "8.14.6", "8.15.0", "10.0.0", NULL},
    {BB_DRAFTS, "8.17.2", "8.18.0", "10.0.0", NULL},
    {BB_PAGE_OF_PULL_REQUESTS, NULL, "5.16.0", "5.16.11", "6.0.0"},
    {BB_PAGE_OF_ACTIVITIES, NULL, "5.0.0", "10.0.0", NULL},
};

static void assert_has(const char *version, enum bb_fact fact, bool expected)
{
    if (version)
        ck_assert_int_eq(bb_version_has(bb_version_parse(version), fact), expected);
}

START_TEST(test_spans)
{
    assert_has(spans[_i].last_without, spans[_i].fact, false);
    assert_has(spans[_i].first_with, spans[_i].fact, true);
    assert_has(spans[_i].last_with, spans[_i].fact, true);
    assert_has(spans[_i].first_after, spans[_i].fact, false);
}
END_TEST

START_TEST(test_every_row)
{
    const struct bb_fact_row *row = bb_fact(_i);

    ck_assert_ptr_nonnull(row->what);
    ck_assert_ptr_nonnull(row->name);
    ck_assert(bb_source_name(row->source));
    ck_assert(!row->last || row->first <= row->last);
    ck_assert(bb_version_has(0, _i)); /* nobody knows it of a version that is not told */
    /* Who is told what the version lacks has to be told right. */
    ck_assert(!row->is_missed || ((row->first || row->last) && row->source == BB_DOCUMENTED));
}
END_TEST

static const struct bb_fact_row labels = {
    .what = "labels",
    .first = BB_VERSION_NUMBER(8, 18),
    .last = BB_VERSION_NUMBER(11, 2) - 1,
    .source = BB_DOCUMENTED,
    .is_missed = true,
};

static const struct {
    const char *version, *missed; /* NULL: it is not */
} misses[] = {
    {"8.17.9", "labels (from 8.18)"},   {"8.18.0", NULL}, {"11.1.9", NULL},
    {"11.2.0", "labels (before 11.2)"}, {"", NULL},
};

START_TEST(test_missed)
{
    struct bb_fact_row unseen = labels;
    uint32_t version = bb_version_parse(misses[_i].version);
    char text[40] = "";

    ck_assert_int_eq(bb_fact_is_missed(&labels, version, text, sizeof text),
                     misses[_i].missed != NULL);
    ck_assert_str_eq(text, misses[_i].missed ? misses[_i].missed : "");
    unseen.is_missed = false;
    ck_assert(!bb_fact_is_missed(&unseen, version, text, sizeof text));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("version");
    TCase *tests = tcase_create("table");

    tcase_add_loop_test(tests, test_numbers, 0, COUNT(versions));
    tcase_add_loop_test(tests, test_spans, 0, COUNT(spans));
    tcase_add_loop_test(tests, test_every_row, 0, BB_FACT_COUNT);
    tcase_add_loop_test(tests, test_missed, 0, COUNT(misses));
    suite_add_tcase(suite, tests);
    return run_all(suite);
}
