/* check_trace.c - the file of --trace: whole events from many threads, lanes, strange text */
#include "trace.h"

#include <check.h>
#include <json-c/json.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { THREADS = 8, SPANS = 500, LANES = 99, IN_FLIGHT = LANES + 21 };

static char path[32];
static struct json_object *events;

static void open_trace(void)
{
    struct sp_error err = {.size = sizeof err};

    strcpy(path, "check_trace-XXXXXX");
    close(mkstemp(path));
    ck_assert_int_eq(sh_trace_open(path, &err), SP_OK);
}

static void close_trace(void)
{
    sh_trace_close("command", 3);
    events = json_object_from_file(path);
    unlink(path);
    ck_assert_ptr_nonnull(events);
    ck_assert(json_object_is_type(events, json_type_array));
}

static void forget_events(void)
{
    json_object_put(events);
}

static const char *text(const struct json_object *event, const char *key)
{
    struct json_object *member = NULL;

    json_object_object_get_ex(event, key, &member);
    return json_object_get_string(member);
}

static size_t count(const char *key, const char *value)
{
    size_t n = 0;

    for (size_t i = 0; i < json_object_array_length(events); i++) {
        const char *member = text(json_object_array_get_idx(events, i), key);

        n += member && strcmp(member, value) == 0;
    }
    return n;
}

static const struct json_object *last(void)
{
    return json_object_array_get_idx(events, json_object_array_length(events) - 1);
}

static void tell_in_flight(int64_t began_ns)
{
    const struct sp_span part = {
        .size = sizeof part,
        .category = "request part",
        .name = "receive",
        .begin_ns = began_ns,
        .end_ns = sh_trace_begin(),
    };
    const struct sp_span *const parts[] = {&part};

    sh_trace_for_providers()(NULL, &(struct sp_span){
                                       .size = sizeof(struct sp_span),
                                       .category = "request",
                                       .name = "activities",
                                       .begin_ns = began_ns,
                                       .end_ns = part.end_ns,
                                       .parts = parts,
                                       .n_parts = 1,
                                       .flags = SP_SPAN_OVERLAPS,
                                   });
}

static void *write_spans(void *number)
{
    sh_trace_thread("worker", *(const size_t *)number);
    for (int i = 0; i < SPANS; i++) {
        int64_t began_ns = sh_trace_begin();

        SH_TRACE(began_ns, "store", "put", SH_FACT("number", i));
        tell_in_flight(began_ns);
    }
    return NULL;
}

START_TEST(many_threads_write_whole_events)
{
    pthread_t thread[THREADS];
    size_t number[THREADS];

    open_trace();
    for (size_t i = 0; i < THREADS; i++) {
        number[i] = i + 1;
        ck_assert_int_eq(pthread_create(&thread[i], NULL, write_spans, &number[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(thread[i], NULL);
    close_trace();
    ck_assert_uint_eq(count("cat", "store"), THREADS * SPANS);
    ck_assert_uint_eq(count("cat", "request"), THREADS * SPANS);
    ck_assert_uint_eq(count("cat", "request part"), THREADS * SPANS);
    /* its own, and one lane, as one after the other was in flight */
    ck_assert_uint_eq(count("name", "thread_name"), 1 + 2 * THREADS);
    forget_events();
}
END_TEST

START_TEST(what_finds_no_lane_is_counted)
{
    int64_t began_ns;

    open_trace();
    began_ns = sh_trace_begin();
    for (int i = 0; i < IN_FLIGHT; i++)
        tell_in_flight(began_ns);
    close_trace();
    ck_assert_uint_eq(count("cat", "request"), LANES);
    ck_assert_str_eq(text(last(), "cat"), "command");
    ck_assert_str_eq(text(last(), "args"), "{ \"exit_status\": 3, \"lost_spans\": 21 }");
    forget_events();
}
END_TEST

/* They are told as they end; the first free lane for the third would cost the last a lane. */
START_TEST(there_are_no_more_lanes_than_are_in_flight)
{
    static const int64_t times[][2] = {{0, 10}, {5, 20}, {20, 25}, {15, 30}};
    int64_t now_ns;

    open_trace();
    now_ns = sh_trace_begin();
    for (size_t i = 0; i < sizeof times / sizeof *times; i++)
        sh_trace_for_providers()(NULL, &(struct sp_span){
                                           .size = sizeof(struct sp_span),
                                           .category = "request",
                                           .name = "activities",
                                           .begin_ns = now_ns + times[i][0],
                                           .end_ns = now_ns + times[i][1],
                                           .flags = SP_SPAN_OVERLAPS,
                                       });
    close_trace();
    ck_assert_uint_eq(count("cat", "request"), 4);
    ck_assert_uint_eq(count("name", "thread_name"), 1 + 2);
    forget_events();
}
END_TEST

START_TEST(strange_text_is_json)
{
    open_trace();
    SH_TRACE(sh_trace_begin(), "git", "a\"\\\n\x01\xff", SH_FACT_TEXT("verb", "\xc3\xbc"));
    close_trace();
    ck_assert_uint_eq(count("name", "a\"\\\n\x01\xef\xbf\xbd"), 1);
    ck_assert_uint_eq(count("args", "{ \"verb\": \"\xc3\xbc\" }"), 1);
    forget_events();
}
END_TEST

START_TEST(without_a_file_nothing_is_told)
{
    ck_assert_int_eq(sh_trace_begin(), 0);
    ck_assert(!sh_trace_for_providers());
    sh_trace_thread("worker", 1);
    SH_TRACE(sh_trace_begin(), "git", "log", SH_FACT("exit_status", 0));
    sh_trace_close("command", 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("trace");
    TCase *tcase = tcase_create("trace");
    SRunner *runner = srunner_create(suite);

    tcase_add_test(tcase, many_threads_write_whole_events);
    tcase_add_test(tcase, what_finds_no_lane_is_counted);
    tcase_add_test(tcase, there_are_no_more_lanes_than_are_in_flight);
    tcase_add_test(tcase, strange_text_is_json);
    tcase_add_test(tcase, without_a_file_nothing_is_told);
    suite_add_tcase(suite, tcase);
    srunner_set_tap(runner, "-");
    srunner_run_all(runner, CK_SILENT);
    srunner_free(runner);
    return 0;
}
