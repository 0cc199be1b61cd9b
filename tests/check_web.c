/* check_web.c - parts of the page that no request can show: time that passes, names of hosts */
#include "web/attempts.h"
#include "web/listener.h"
#include "web/proof.h"

#include <arpa/inet.h>
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Attempts -------------------------------------------------------------- */

static struct sh_attempts *attempts;

static void set_up(void)
{
    attempts = calloc(1, sizeof *attempts);
}

static void tear_down(void)
{
    free(attempts);
}

START_TEST(five_a_minute)
{
    for (int i = 0; i < 5; i++) {
        ck_assert_int_eq(sh_attempts_wait(attempts, "a", 1000 + i), 0);
        sh_attempts_note(attempts, "a", 1000 + i);
    }
    ck_assert_int_eq(sh_attempts_wait(attempts, "a", 1004), 60 * 1000 - 4);
    ck_assert_int_eq(sh_attempts_wait(attempts, "b", 1004), 0);
    ck_assert_int_eq(sh_attempts_wait(attempts, "a", 60999), 1);
    ck_assert_int_eq(sh_attempts_wait(attempts, "a", 61000), 0);
    sh_attempts_note(attempts, "a", 61000);
    ck_assert_int_eq(sh_attempts_wait(attempts, "a", 61000), 1);
}
END_TEST

/* Who comes from ever new addresses pushes out those that were wrong longest ago. */
START_TEST(many_addresses_take_no_more_room)
{
    char from[32];

    for (int i = 0; i < 5; i++)
        sh_attempts_note(attempts, "a", 1000);
    for (int i = 0; i < SH_ATTEMPTS_FROM - 1; i++) {
        snprintf(from, sizeof from, "b%d", i);
        sh_attempts_note(attempts, from, 2000 + i);
    }
    ck_assert_int_gt(sh_attempts_wait(attempts, "a", 3000), 0);
    sh_attempts_note(attempts, "c", 3000);
    ck_assert_int_eq(sh_attempts_wait(attempts, "a", 3000), 0);
}
END_TEST

/* ---- Names ----------------------------------------------------------------- */

static bool is_host(const struct sh_listener *listener, const char *host, const char *local)
{
    struct sockaddr_storage at = {.ss_family = strchr(local, ':') ? AF_INET6 : AF_INET};

    if (at.ss_family == AF_INET6)
        inet_pton(AF_INET6, local, &((struct sockaddr_in6 *)&at)->sin6_addr);
    else
        inet_pton(AF_INET, local, &((struct sockaddr_in *)&at)->sin_addr);
    return sh_listener_is_host(listener, host, &at);
}

START_TEST(the_address_that_was_reached)
{
    struct sh_listener listener = {.port = 7300};

    ck_assert(is_host(&listener, "192.0.2.1:7300", "192.0.2.1"));
    ck_assert(is_host(&listener, "[2001:db8::1]:7300", "2001:db8::1"));
    ck_assert(!is_host(&listener, "192.0.2.2:7300", "192.0.2.1"));
    ck_assert(!is_host(&listener, "192.0.2.1:7301", "192.0.2.1"));
    ck_assert(!is_host(&listener, "192.0.2.1", "192.0.2.1"));
    ck_assert(!is_host(&listener, "localhost:7300", "192.0.2.1"));
    ck_assert(is_host(&listener, "localhost:7300", "127.0.0.1"));
    ck_assert(is_host(&listener, "localhost:7300", "::1"));
    ck_assert(!is_host(&listener, "[2001:db8::1:7300", "2001:db8::1"));
    ck_assert(!is_host(&listener, "", "127.0.0.1"));
    ck_assert(!is_host(&listener, ":7300", "127.0.0.1"));
}
END_TEST

START_TEST(a_port_that_goes_without_saying)
{
    struct sh_listener plain = {.port = 80}, tls = {.port = 443, .cert = (char *)"x"};

    ck_assert(is_host(&plain, "127.0.0.1", "127.0.0.1"));
    ck_assert(is_host(&tls, "127.0.0.1", "127.0.0.1"));
    tls.cert = NULL;
    ck_assert(!is_host(&tls, "127.0.0.1", "127.0.0.1"));
}
END_TEST

START_TEST(the_name_of_a_proxy)
{
    struct sh_listener listener = {.port = 7300, .proxy = "flow.example.com"};

    ck_assert(is_host(&listener, "flow.example.com", "192.0.2.1"));
    ck_assert(is_host(&listener, "FLOW.example.com:443", "192.0.2.1"));
    ck_assert(!is_host(&listener, "flow.example.com.evil", "192.0.2.1"));
    ck_assert(!is_host(&listener, "flow.example.com:443x", "192.0.2.1"));
    ck_assert(!is_host(&listener, "flow.example.co", "192.0.2.1"));
}
END_TEST

/* ---- Proofs ---------------------------------------------------------------- */

START_TEST(proofs_differ_by_what_they_are_for)
{
    char a[SH_PROOF_MAX], b[SH_PROOF_MAX], text[600];
    struct sp_error err;

    ck_assert_int_eq(sh_proof_hash("abc", a, &err), 0);
    ck_assert_str_eq(a, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    ck_assert_int_eq(sh_proof_sign("key", "session", "x", a, &err), 0);
    ck_assert_int_eq(sh_proof_sign("key", "csrf", "x", b, &err), 0);
    ck_assert(!sh_proof_equal(a, b));
    ck_assert_int_eq(sh_proof_sign("key", "session", "x", b, &err), 0);
    ck_assert(sh_proof_equal(a, b));
    ck_assert(!sh_proof_equal(a, ""));
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    ck_assert_int_ne(sh_proof_sign("key", "session", text, b, &err), 0);
    ck_assert_int_eq(sh_proof_random(a, 32, &err), 0);
    ck_assert_int_eq(sh_proof_random(b, 32, &err), 0);
    ck_assert(strlen(a) == 64 && !sh_proof_equal(a, b));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("web");
    TCase *counted = tcase_create("attempts"), *named = tcase_create("names");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(counted, set_up, tear_down);
    tcase_add_test(counted, five_a_minute);
    tcase_add_test(counted, many_addresses_take_no_more_room);
    tcase_add_test(named, the_address_that_was_reached);
    tcase_add_test(named, a_port_that_goes_without_saying);
    tcase_add_test(named, the_name_of_a_proxy);
    tcase_add_test(named, proofs_differ_by_what_they_are_for);
    suite_add_tcase(suite, counted);
    suite_add_tcase(suite, named);
    srunner_set_tap(runner, "-");
    srunner_run_all(runner, CK_SILENT);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
