/* check_plugin_settings.c - configure, as a host calls it: which settings it takes */
#include "instance.h"
#include "plugin_fixture.h"
#include "source_provider.h"

#include <stdlib.h>
#include <string.h>

const struct source_provider *source_provider_entry(uint32_t host_abi);

#define SECRET "s3cret-w0rd"
enum { PAIRS_MAX = 9 };

static const struct source_provider *provider(void)
{
    return source_provider_entry(SP_ABI_VERSION);
}

static int configure(const struct sp_pair *pairs, struct sp_instance **ret,
                     struct sp_error *err)
{
    size_t n = 0;

    while (n < PAIRS_MAX && pairs[n].key)
        n++;
    return provider()->configure(NULL, pairs, n, ret, err);
}

#define URL                                                                                    \
    {                                                                                          \
        "base_url", "https://git.example.com"                                                  \
    }
#define USER                                                                                   \
    {                                                                                          \
        "username", "robot"                                                                    \
    }
#define PASSWORD                                                                               \
    {                                                                                          \
        "password", SECRET                                                                     \
    }
#define TOKEN                                                                                  \
    {                                                                                          \
        "token", SECRET                                                                        \
    }
#define LOGIN URL, USER, PASSWORD

static const struct {
    struct sp_pair pairs[PAIRS_MAX + 1];
    const char *setting, *message;
} refused[] = {
    /* the server */
    {{USER, PASSWORD}, "base_url", "base_url is missing"},
    {{{"base_url", ""}, USER, PASSWORD}, "base_url", "base_url is missing"},
    {{{"base_url", NULL}, TOKEN}, "base_url", "base_url is missing"},
    {{{"base_url", "git.example.com"}, TOKEN}, "base_url", "no scheme"},
    {{{"base_url", "https://robot:" SECRET "@git.example.com"}, TOKEN},
     "base_url",
     "user name"},
    {{{"base_url", "robot:" SECRET "@git.example.com"}, TOKEN}, "base_url", "no scheme"},
    {{{"base_url", "https://robot:" SECRET "@:x"}, TOKEN}, "base_url", "no URL"},
    {{{"base_url", "http://git.example.com"}, USER, PASSWORD}, "base_url", "allow_plaintext"},
    {{{"base_url", "http://git.example.com"}, TOKEN, {"allow_plaintext", "off"}},
     "base_url",
     "git.example.com unencrypted"},
    /* the login */
    {{URL}, "password", "password (or token) is missing"},
    {{URL, USER}, "password", "password (or token) is missing"},
    {{URL, USER, {"password", ""}}, "password", "password (or token) is missing"},
    {{URL, PASSWORD}, "username", "username is missing"},
    {{LOGIN, TOKEN}, "token", "both set"},
    {{URL, USER, {"password", SECRET "\n"}}, "password", "control character"},
    {{URL, USER, {"password", SECRET "\x7f"}}, "password", "control character"},
    {{URL, {"token", SECRET "\r\nX-Evil: 1"}}, "token", "control character"},
    {{URL, {"username", "a:b"}, PASSWORD}, "username", "colon"},
    {{URL, {"username", "a\tb"}, PASSWORD}, "username", "control character"},
    {{URL, {"username", "a\001b"}, TOKEN}, "username", "control character"},
    {{LOGIN, {"client_key", "/x.key"}}, "client_cert", "client_key is set without"},
    /* types */
    {{LOGIN, {"max_concurrency", "0"}}, "max_concurrency", "from 1 to 64"},
    {{LOGIN, {"max_concurrency", "65"}}, "max_concurrency", "from 1 to 64"},
    {{LOGIN, {"max_concurrency", "four"}}, "max_concurrency", "four is not a number"},
    {{LOGIN, {"max_concurrency", "4x"}}, "max_concurrency", "4x is not a number"},
    {{LOGIN, {"max_concurrency", "4.0"}}, "max_concurrency", "not a number"},
    {{LOGIN, {"max_requests_per_second", "-1"}}, "max_requests_per_second", "from 0 to 1000"},
    {{LOGIN, {"max_requests_per_second", "1001"}}, "max_requests_per_second", "to 1000"},
    {{LOGIN, {"request_timeout", "0"}}, "request_timeout", "from 1 to 3600"},
    {{LOGIN, {"request_timeout", "99999999999999999999"}}, "request_timeout", "to 3600"},
    {{LOGIN, {"page_size", "1001"}}, "page_size", "from 1 to 1000"},
    {{LOGIN, {"page_size", "-1"}}, "page_size", "from 1 to 1000"},
    {{LOGIN, {"reread_closed_days", "-1"}}, "reread_closed_days", "from 0 to 3650"},
    {{LOGIN, {"history_since", "last year"}}, "history_since", "YYYY-MM-DD"},
    {{LOGIN, {"history_since", "2023-02-29"}}, "history_since", "YYYY-MM-DD"},
    {{LOGIN, {"verify_tls", "maybe"}}, "verify_tls", "neither true nor false"},
    {{LOGIN, {"verify_tls", "ture"}}, "verify_tls", "neither true nor false"},
    {{LOGIN, {"allow_plaintext", "2"}}, "allow_plaintext", "neither true nor false"},
    /* names */
    {{LOGIN, {"pasword", SECRET}}, "pasword", "unknown setting pasword"},
    {{LOGIN, {"history_since_ms", "0"}}, "history_since_ms", "unknown setting"},
    {{LOGIN, {"", SECRET}}, "", "unknown setting"},
};

START_TEST(test_refused)
{
    struct sp_instance *instance = NULL;
    struct sp_error err = no_error();
    int rc = configure(refused[_i].pairs, &instance, &err);

    ck_assert_int_eq(rc, SP_ERR_INVALID);
    assert_error(&err, SP_ERR_INVALID, refused[_i].setting, refused[_i].message);
    ck_assert_ptr_null(strstr(err.message, "s3cret"));
    ck_assert_ptr_null(instance);
}
END_TEST

static const struct sp_pair taken[][PAIRS_MAX + 1] = {
    {LOGIN},
    {URL, TOKEN},
    {URL, USER, TOKEN},
    {URL, {"username", "a:b"}, TOKEN},
    {URL, TOKEN, {"password", ""}},
    {URL, {"username", "gr\303\274n@example.com"}, {"password", "p\303\244ss: w\303\266rd"}},
    {LOGIN, {"client_cert", "/nowhere/both.pem"}},
    {LOGIN, {"client_cert", "/nowhere/x.pem"}, {"client_key", "/nowhere/x.key"}},
    {LOGIN, {"ca_file", "/nowhere/ca.pem"}}, /* no input or output: it is not looked for */
    {{"base_url", "http://localhost:7990"}, TOKEN},
    {{"base_url", "http://127.0.0.1"}, TOKEN},
    {{"base_url", "http://[::1]:7990"}, TOKEN},
    {{"base_url", "http://git.example.com"}, TOKEN, {"allow_plaintext", "yes"}},
    {{"base_url", "https://git.invalid/bitbucket/"}, TOKEN},
    {LOGIN, {"base_url", "https://other.example.com"}}, /* the last one counts */
};

START_TEST(test_taken)
{
    struct sp_instance *instance = NULL;
    struct sp_error err = no_error();

    if (configure(taken[_i], &instance, &err))
        ck_abort_msg("%s", err.message);
    ck_assert_ptr_nonnull(instance);
    provider()->close(instance);
}
END_TEST

static const struct bb_settings *settings_of(const struct sp_pair *pairs,
                                             struct sp_instance **ret)
{
    struct sp_error err = no_error();

    if (configure(pairs, ret, &err))
        ck_abort_msg("%s", err.message);
    return &(*ret)->settings;
}

START_TEST(test_fallbacks)
{
    static const struct sp_pair pairs[PAIRS_MAX] = {LOGIN, {"page_size", ""}};
    struct sp_instance *instance;
    const struct bb_settings *settings = settings_of(pairs, &instance);

    ck_assert(settings->verify_tls);
    ck_assert(!settings->allow_plaintext);
    ck_assert_int_eq(settings->max_concurrency, 4);
    ck_assert_int_eq(settings->max_requests_per_second, 0);
    ck_assert_uint_eq(instance->gate.limit, 4);
    ck_assert_int_eq(settings->request_timeout, 120);
    ck_assert_int_eq(settings->page_size, 1000);
    ck_assert(settings->include_personal);
    ck_assert(settings->include_archived);
    ck_assert(settings->pull_requests);
    ck_assert_int_eq(settings->history_since_ms, 0);
    ck_assert_int_eq(settings->reread_closed_days, 14);
    ck_assert_ptr_null(settings->token);
    ck_assert_ptr_null(settings->ca_file);
    ck_assert_ptr_null(settings->client_cert);
    ck_assert_ptr_null(settings->client_key);
    ck_assert_ptr_null(settings->proxy);
    ck_assert_ptr_null(settings->exclude);
    provider()->close(instance);
}
END_TEST

START_TEST(test_values)
{
    static const struct sp_pair pairs[PAIRS_MAX] = {
        LOGIN,
        {"max_concurrency", "64"},
        {"max_requests_per_second", "1000"},
        {"request_timeout", "1"},
        {"history_since", "2024-01-31"},
        {"reread_closed_days", "0"},
        {"proxy", "http://p:1@proxy.example.com:3128"},
    };
    struct sp_instance *instance;
    const struct bb_settings *settings = settings_of(pairs, &instance);

    ck_assert_str_eq(settings->base_url, "https://git.example.com");
    ck_assert_str_eq(instance->base.origin, "https://git.example.com:443");
    ck_assert_str_eq(settings->username, "robot");
    ck_assert_str_eq(settings->password, SECRET);
    ck_assert_int_eq(settings->max_concurrency, 64);
    ck_assert_uint_eq(instance->gate.limit, 64);
    ck_assert_int_eq(instance->gate.rate.pace_us, 1000);
    ck_assert_int_eq(settings->request_timeout, 1);
    ck_assert_int_eq(settings->history_since_ms, 1706659200000);
    ck_assert_int_eq(settings->reread_closed_days, 0);
    ck_assert_str_eq(settings->proxy, "http://p:1@proxy.example.com:3128");
    provider()->close(instance);
}
END_TEST

static const struct {
    const char *word;
    bool value;
} words[] = {{"true", true},   {"Yes", true}, {"ON", true},   {"1", true},
             {"false", false}, {"No", false}, {"OFF", false}, {"0", false}};

START_TEST(test_words_for_true_and_false)
{
    const char *word = words[_i].word;
    const struct sp_pair pairs[PAIRS_MAX] = {
        LOGIN, {"verify_tls", word}, {"allow_plaintext", word}, {"include_archived", word}};
    struct sp_instance *instance;
    const struct bb_settings *settings = settings_of(pairs, &instance);

    ck_assert_int_eq(settings->verify_tls, words[_i].value);
    ck_assert_int_eq(settings->allow_plaintext, words[_i].value);
    ck_assert_int_eq(settings->include_archived, words[_i].value);
    provider()->close(instance);
}
END_TEST

/* What was passed in is the caller's, and gone after configure. */
START_TEST(test_values_are_copied)
{
    char url[] = "https://git.example.com", token[] = SECRET;
    const struct sp_pair pairs[PAIRS_MAX] = {{"base_url", url}, {"token", token}};
    struct sp_instance *instance;
    const struct bb_settings *settings = settings_of(pairs, &instance);

    memset(url, 'x', sizeof url - 1);
    memset(token, 'x', sizeof token - 1);
    ck_assert_str_eq(settings->base_url, "https://git.example.com");
    ck_assert_str_eq(settings->token, SECRET);
    provider()->close(instance);
    provider()->close(NULL);
}
END_TEST

static const struct {
    const char *globs, *path;
    bool excluded;
} excludes[] = {
    {"PLAT/core", "PLAT/core", true},
    {"plat/CORE", "PLAT/core", true},
    {"PLAT/core", "PLAT/core-2", false},
    {"core", "PLAT/core", false},
    {"*/legacy-*", "PLAT/legacy-x", true},
    {"*/legacy-*", "PLAT/x-legacy-", false},
    {"~*/*", "~JDOE/dotfiles", true},
    {"~*/*", "PLAT/core", false},
    {"DOC/*  */wiki\tQA/*", "PLAT/wiki", true},
    {"DOC/*,QA/*", "QA/x", true},
    {"DOC/* QA/*", "PLAT/core", false},
    {"PLAT/[ab]*", "PLAT/beta", true},
    {"*", "PLAT/core", true},
    {" ", "PLAT/core", false},
};

START_TEST(test_exclude)
{
    const struct sp_pair pairs[PAIRS_MAX] = {LOGIN, {"exclude", excludes[_i].globs}};
    struct sp_instance *instance;
    const struct bb_settings *settings = settings_of(pairs, &instance);

    ck_assert_int_eq(bb_settings_exclude(settings, excludes[_i].path), excludes[_i].excluded);
    provider()->close(instance);
}
END_TEST

START_TEST(test_nothing_excluded)
{
    static const struct sp_pair pairs[PAIRS_MAX] = {LOGIN};
    struct sp_instance *instance;

    ck_assert_int_eq(bb_settings_exclude(settings_of(pairs, &instance), "PLAT/core"), 0);
    provider()->close(instance);
}
END_TEST

START_TEST(test_table)
{
    const char *row = (const char *)provider()->settings;

    ck_assert_str_eq(provider()->name, "bitbucket-server");
    ck_assert_uint_eq(provider()->abi, SP_ABI_VERSION);
    ck_assert_ptr_null(source_provider_entry(SP_ABI_VERSION + 1));
    for (size_t i = 0; i < provider()->n_settings; i++, row += provider()->setting_size) {
        const struct sp_setting *setting = (const void *)row;
        bool secret = strcmp(setting->key, "password") == 0 ||
                      strcmp(setting->key, "token") == 0 || strcmp(setting->key, "proxy") == 0;

        ck_assert_uint_gt(strlen(setting->label), 0);
        ck_assert_uint_gt(strlen(setting->help), 0);
        ck_assert_int_eq(!!(setting->flags & SP_SETTING_SECRET), secret);
        ck_assert_int_eq(!!(setting->flags & SP_SETTING_REQUIRED),
                         strcmp(setting->key, "base_url") == 0);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("settings");
    TCase *tests = tcase_create("configure");

    tcase_add_loop_test(tests, test_refused, 0, COUNT(refused));
    tcase_add_loop_test(tests, test_taken, 0, COUNT(taken));
    tcase_add_test(tests, test_fallbacks);
    tcase_add_test(tests, test_values);
    tcase_add_loop_test(tests, test_words_for_true_and_false, 0, COUNT(words));
    tcase_add_test(tests, test_values_are_copied);
    tcase_add_loop_test(tests, test_exclude, 0, COUNT(excludes));
    tcase_add_test(tests, test_nothing_excluded);
    tcase_add_test(tests, test_table);
    suite_add_tcase(suite, tests);
    return run_all(suite);
}
