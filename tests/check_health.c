/* check_health.c - a host that ends a health report: it ends at once, whatever it was doing
 *
 * Nobody listens where it asks: the report is short, and needs no server.
 */
#include "plugin_fixture.h"
#include "verbs.h"

#include <stdio.h>
#include <string.h>

static const struct sp_pair nowhere[] = {
    {"base_url", "http://127.0.0.1:1"},
    {"username", "robot"},
    {"password", "pa55-w0rd"},
};

/* A host that gives up when it is asked for the nth time, or told the nth check; 0: never. */
static struct {
    unsigned cancels_at, refuses_at, asked, told;
    char failed[64];
} host;

static int on_cancelled(void *ctx)
{
    (void)ctx;
    return ++host.asked == host.cancels_at;
}

static int on_check(void *ctx, const struct sp_check *check)
{
    (void)ctx;
    if (check->status == SP_CHECK_FAIL)
        snprintf(host.failed, sizeof host.failed, "%s", check->id);
    return ++host.told == host.refuses_at ? -123 : SP_OK;
}

static int report(unsigned cancels_at, unsigned refuses_at, struct sp_error *err)
{
    const struct sp_sink sink = {
        .size = sizeof sink, .check = on_check, .cancelled = on_cancelled};
    struct sp_instance *instance = NULL;
    int rc;

    memset(&host, 0, sizeof host);
    host.cancels_at = cancels_at;
    host.refuses_at = refuses_at;
    *err = no_error();
    ck_assert_int_eq(bb_configure(NULL, nowhere, COUNT(nowhere), &instance, err), 0);
    rc = bb_health(instance, &sink, err);
    bb_close(instance);
    return rc;
}

START_TEST(test_cancelled)
{
    struct sp_error err;
    unsigned asked;

    ck_assert_int_eq(report(0, 0, &err), SP_OK);
    ck_assert_str_eq(host.failed, "connect");
    asked = host.asked;
    ck_assert_uint_gt(asked, 0);
    for (unsigned n = 1; n <= asked; n++) {
        ck_assert_int_eq(report(n, 0, &err), SP_ERR_CANCELLED);
        assert_error(&err, SP_ERR_CANCELLED, "", "cancelled");
        ck_assert_uint_eq(host.asked, n);
        ck_assert_str_eq(host.failed, ""); /* that it was cancelled is no fault of the server */
    }
}
END_TEST

START_TEST(test_refused_by_the_host)
{
    struct sp_error err;
    unsigned told;

    ck_assert_int_eq(report(0, 0, &err), SP_OK);
    told = host.told;
    ck_assert_uint_gt(told, 3);
    for (unsigned n = 1; n <= told; n++) {
        ck_assert_int_eq(report(0, n, &err), -123);
        ck_assert_uint_eq(host.told, n);
        ck_assert_str_eq(err.message, "");
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("health");
    TCase *tests = tcase_create("health");

    tcase_add_test(tests, test_cancelled);
    tcase_add_test(tests, test_refused_by_the_host);
    suite_add_tcase(suite, tests);
    return run_all(suite);
}
