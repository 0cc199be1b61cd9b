/* check_url.c - base URLs, the URLs made of them, and which others may be trusted */
#include "plugin_fixture.h"
#include "resource.h"
#include "url.h"

#include <stdlib.h>
#include <string.h>

struct parts {
    const char *url, *host, *origin, *context_path;
    bool is_https, is_loopback;
};

static const struct {
    const char *text;
    struct parts parts;
} bases[] = {
    {"https://git.example.com",
     {"https://git.example.com", "git.example.com", "https://git.example.com:443", "", true,
      false}},
    {"https://git.example.com/",
     {"https://git.example.com", "git.example.com", "https://git.example.com:443", "", true,
      false}},
    {"https://git.example.com/bitbucket///",
     {"https://git.example.com/bitbucket", "git.example.com", "https://git.example.com:443",
      "/bitbucket", true, false}},
    {"http://git.example.com:7990/a/b/c",
     {"http://git.example.com:7990/a/b/c", "git.example.com", "http://git.example.com:7990",
      "/a/b/c", false, false}},
    {"http://git", {"http://git", "git", "http://git:80", "", false, false}},
    {"HTTPS://git.example.com/Stash",
     {"https://git.example.com/Stash", "git.example.com", "https://git.example.com:443",
      "/Stash", true, false}},
    {"https://git.example.com/a:///b",
     {"https://git.example.com/a:///b", "git.example.com", "https://git.example.com:443",
      "/a:///b", true, false}},
    {"http://localhost:7990/bitbucket",
     {"http://localhost:7990/bitbucket", "localhost", "http://localhost:7990", "/bitbucket",
      false, true}},
    {"http://LocalHost",
     {"http://LocalHost", "LocalHost", "http://LocalHost:80", "", false, true}},
    {"http://127.3.2.1",
     {"http://127.3.2.1", "127.3.2.1", "http://127.3.2.1:80", "", false, true}},
    {"http://128.0.0.1",
     {"http://128.0.0.1", "128.0.0.1", "http://128.0.0.1:80", "", false, false}},
    {"http://localhost.example.com",
     {"http://localhost.example.com", "localhost.example.com",
      "http://localhost.example.com:80", "", false, false}},
    {"http://127.0.0.1.example.com",
     {"http://127.0.0.1.example.com", "127.0.0.1.example.com",
      "http://127.0.0.1.example.com:80", "", false, false}},
    {"https://[2001:db8::7]:8443/b/",
     {"https://[2001:db8::7]:8443/b", "2001:db8::7", "https://[2001:db8::7]:8443", "/b", true,
      false}},
    {"http://[::1]", {"http://[::1]", "::1", "http://[::1]:80", "", false, true}},
};

START_TEST(test_bases)
{
    const struct parts *expected = &bases[_i].parts;
    struct sp_error err = no_error();
    struct bb_base base;

    ck_assert_int_eq(bb_base_parse(&base, bases[_i].text, &err), 0);
    ck_assert_str_eq(base.url, expected->url);
    ck_assert_str_eq(base.host, expected->host);
    ck_assert_str_eq(base.origin, expected->origin);
    ck_assert_str_eq(base.context_path, expected->context_path);
    ck_assert_int_eq(base.is_https, expected->is_https);
    ck_assert_int_eq(base.is_loopback, expected->is_loopback);
    ck_assert_str_eq(err.message, "");
    bb_base_clear(&base);
    ck_assert_ptr_null(base.url);
}
END_TEST

static const struct {
    const char *text, *message;
} no_bases[] = {
    {"", "no scheme"},
    {"git.example.com/bitbucket", "no scheme; write https://git.example.com/bitbucket"},
    {"git.example.com:7990", "no scheme"},
    {"robot:s3cret@git.example.com", "no scheme; write https://HOST"},
    {"https://", "no URL"},
    {"https://?x", "base_url"},
    {"https:///bitbucket", "no host"},
    {"https:///robot:s3cret@git.example.com", "no host"},
    {"https://git.example.com/?login=robot:s3cret@here", "? or #"},
    {"://git.example.com", "no URL"},
    {"https://git.example.com:99999", "no URL"},
    {"https://git.example.com:http", "no URL"},
    {"https://git example.com", "no URL"},
    {"https://git.example.com/a b", "no URL"},
    {"https://git.example.com\n/b", "no URL"},
    {"https://2001:db8::7/", "no URL"},
    {"ftp://git.example.com", "neither https:// nor http://"},
    {"ssh://git.example.com/x.git", "neither https:// nor http://"},
    {"file:///srv/git", "base_url"},
    {"https://git.example.com%7f", "has a % in it"},
    {"http://127.0%2e1:80", "has a % in it"},
    {"http:/git.example.com://x", "has no scheme"},
    {"https://robot@git.example.com", "user name"},
    {"https://robot:s3cret@git.example.com/b", "user name"},
    {"https://:s3cret@git.example.com", "user name"},
    {"https://robot:s3cret@git.example.com:99999/b", "no URL"},
    {"https://git.example.com/b?at=main", "? or #"},
    {"https://git.example.com/b?", "? or #"},
    {"https://git.example.com/b#top", "? or #"},
    {"https://git.example.com/b#", "? or #"},
};

START_TEST(test_no_bases)
{
    struct sp_error err = no_error();
    struct bb_base base;

    ck_assert_int_eq(bb_base_parse(&base, no_bases[_i].text, &err), SP_ERR_INVALID);
    assert_error(&err, SP_ERR_INVALID, "base_url", no_bases[_i].message);
    ck_assert_ptr_null(strstr(err.message, "s3cret"));
    ck_assert_ptr_null(base.url);
    ck_assert_ptr_null(base.host);
    ck_assert_ptr_null(base.origin);
    ck_assert_ptr_null(base.context_path);
}
END_TEST

static struct bb_base base_of(const char *text)
{
    struct sp_error err = no_error();
    struct bb_base base;

    ck_assert_int_eq(bb_base_parse(&base, text, &err), 0);
    return base;
}

static const struct {
    const char *segment, *encoded;
} segments[] = {
    {"PLAT", "PLAT"},
    {"~jdoe", "~jdoe"},
    {"a-b_c.d", "a-b_c.d"},
    {"a b", "a%20b"},
    {"50%", "50%25"},
    {"%20", "%2520"},
    {"a/b", "a%2Fb"},
    {"gr\xc3\xbc\xc3\x9f", "gr%C3%BC%C3%9F"},
    {"a?b#c&d=e", "a%3Fb%23c%26d%3De"},
    {"%s", "%25s"},
    {"+", "%2B"},
    {"", ""},
};

START_TEST(test_make_encodes_once)
{
    struct bb_base base = base_of("https://git.example.com/bitbucket/");
    char *made = bb_base_make(&base, "/rest/x/%s/y?%s", segments[_i].segment, "~z");
    char *expected =
        text_of("https://git.example.com/bitbucket/rest/x/%s/y?~z", segments[_i].encoded);

    ck_assert_str_eq(made, expected);
    free(made);
    free(expected);
    bb_base_clear(&base);
}
END_TEST

START_TEST(test_make_plain_and_too_long)
{
    struct bb_base base = base_of("http://localhost:7990");
    char *made = bb_base_make(&base, "/status"), *segment = calloc(1, 9000);

    ck_assert_str_eq(made, "http://localhost:7990/status");
    ck_assert_ptr_nonnull(segment);
    memset(segment, 'a', 8999);
    ck_assert_ptr_null(bb_base_make(&base, "/%s", segment));
    free(made);
    free(segment);
    bb_base_clear(&base);
}
END_TEST

static const struct {
    const char *base, *url;
    bool trusted;
} trusts[] = {
    {"https://git.example.com/bitbucket", "https://git.example.com/bitbucket/rest/api/1.0/x",
     true},
    {"https://git.example.com/bitbucket", "https://GIT.example.com:443/bitbucket/rest/x?a=b",
     true},
    {"https://git.example.com/bitbucket", "HTTPS://git.example.com/bitbucket/rest/x", true},
    {"https://git.example.com", "https://git.example.com/rest/x", true},
    {"http://git.example.com:80", "http://git.example.com/rest/x", true},
    {"https://[2001:db8::7]/b", "https://[2001:db8::7]/b/rest/x", true},
    /* another origin */
    {"https://git.example.com", "https://example.com/rest/x", false},
    {"https://git.example.com", "https://git.example.com.evil.example/rest/x", false},
    {"https://git.example.com", "https://evilgit.example.com/rest/x", false},
    {"https://git.example.com", "https://git.example.com:8443/rest/x", false},
    {"https://git.example.com", "http://git.example.com/rest/x", false},
    {"https://git.example.com", "http://git.example.com:443/rest/x", false},
    {"http://git.example.com", "https://git.example.com/rest/x", false},
    {"https://git.example.com", "ftp://git.example.com/rest/x", false},
    /* who is before the @ */
    {"https://git.example.com", "https://git.example.com@evil.example/rest/x", false},
    {"https://git.example.com", "https://git.example.com:443@evil.example/rest/x", false},
    {"https://git.example.com", "https://other:login@git.example.com/rest/x", false},
    {"https://git.example.com", "https://other@git.example.com/rest/x", false},
    /* not below the context path */
    {"https://git.example.com/bitbucket", "https://git.example.com/bitbucketevil/rest/x",
     false},
    {"https://git.example.com/bitbucket", "https://git.example.com/rest/x", false},
    {"https://git.example.com/bitbucket", "https://git.example.com/bitbucket/../rest/x", false},
    {"https://git.example.com/bitbucket", "https://git.example.com/bitbucket/rest/../x", false},
    {"https://git.example.com/bitbucket", "https://git.example.com/x/bitbucket/rest/x", false},
    {"https://git.example.com/bitbucket", "https://git.example.com/Bitbucket/rest/x", false},
    {"https://git.example.com", "https://git.example.com/evil/rest/x", false},
    /* there, but not under /rest */
    {"https://git.example.com/bitbucket", "https://git.example.com/bitbucket/rest", false},
    {"https://git.example.com/bitbucket", "https://git.example.com/bitbucket/restless", false},
    {"https://git.example.com/bitbucket", "https://git.example.com/bitbucket/login?rest/",
     false},
    {"https://git.example.com/bitbucket", "https://git.example.com/bitbucket/scm/a/b.git",
     false},
    {"https://git.example.com/bitbucket", "https://git.example.com/bitbucket", false},
    /* paths that others may read in another way */
    {"https://git.example.com/b", "https://git.example.com/b/rest/a..b/~x%40y%20z.git", true},
    {"https://git.example.com/b", "https://git.example.com/b/rest/x?at=a%2F..%2Fb;c//d", true},
    {"https://git.example.com/b", "https://git.example.com/b/rest/../rest/x", false},
    {"https://git.example.com/b", "https://git.example.com/b/rest/./x", false},
    {"https://git.example.com/b", "https://git.example.com/b/rest/..", false},
    {"https://git.example.com/b", "https://git.example.com/b/rest/%2e%2e/%2E%2E/x", false},
    {"https://git.example.com/b", "https://git.example.com/b/rest/.%2e/x", false},
    {"https://git.example.com/b", "https://git.example.com/b/rest/%252e%252e/x", false},
    {"https://git.example.com/b", "https://git.example.com/b/rest/..;/x", false},
    {"https://git.example.com/b", "https://git.example.com/b/rest/..%3B/x", false},
    {"https://git.example.com/b", "https://git.example.com/b/rest/x;jsessionid=1", false},
    {"https://git.example.com/b", "https://git.example.com/b/rest/..%2fx", false},
    {"https://git.example.com/b", "https://git.example.com/b/rest/..%5cx", false},
    {"https://git.example.com/b", "https://git.example.com/b/rest/..\\x", false},
    {"https://git.example.com/b", "https://git.example.com/b/rest//x", false},
    {"https://git.example.com/b", "https://git.example.com/b/rest/x%00", false},
    {"https://git.example.com/b", "https://git.example.com/b/rest/x%0a", false},
    {"https://git.example.com/b", "https://:pw@git.example.com/b/rest/x", false},
    /* no absolute URL */
    {"https://git.example.com", "/rest/x", false},
    {"https://git.example.com", "//git.example.com/rest/x", false},
    {"https://git.example.com", "", false},
};

START_TEST(test_trusts)
{
    struct bb_base base = base_of(trusts[_i].base);
    struct sp_error err = no_error();
    bool trusted;

    ck_assert_int_eq(bb_base_trusts(&base, trusts[_i].url, &trusted, &err), 0);
    ck_assert_msg(trusted == trusts[_i].trusted, "%s", trusts[_i].url);
    bb_base_clear(&base);
}
END_TEST

START_TEST(test_path_for_messages)
{
    struct bb_base base = base_of("https://git.example.com:8443/a/b/");

    ck_assert_str_eq(bb_url_path(&base, "https://git.example.com:8443/a/b/rest/x?start=0"),
                     "/a/b/rest/x?start=0");
    ck_assert_str_eq(bb_url_path(&base, "https://git.example.com:8443/login"), "/login");
    ck_assert_str_eq(bb_url_path(&base, "https://elsewhere.example.com/x"),
                     "https://elsewhere.example.com/x");
    bb_base_clear(&base);
}
END_TEST

static const char *const no_repositories[] = {
    "../..", "./x",       "PROJ/..",   "PROJ/.",   "../x",      "/x",     "x/",
    "a/b/c", "PROJ/a\\b", "PROJ/a\nb", "PROJ/..;", "PROJ/\x7f", "a\033/b"};

static const char *const no_paths[] = {NULL, "", "x", "/", "PROJ", "PROJ/", "/slug", "a/b/c"};

START_TEST(test_no_path)
{
    struct bb_repository repository = {.key = (char *)"none", .slug = (char *)"none"};
    struct sp_error err = no_error();

    ck_assert_int_eq(bb_repository_parse(&repository, no_paths[_i], &err), SP_ERR_INVALID);
    assert_error(&err, SP_ERR_INVALID, "", "is not of the form KEY/slug");
    ck_assert_ptr_null(repository.key);
    ck_assert_ptr_null(repository.slug);
}
END_TEST

/* Whatever a server calls a repository, no request leaves /rest, and Git's does not leave /scm.
 */
START_TEST(test_repositories_lead_nowhere_else)
{
    struct sp_error err = no_error();
    struct bb_repository repository;

    ck_assert_int_eq(bb_repository_parse(&repository, no_repositories[_i], &err),
                     SP_ERR_INVALID);
    ck_assert_ptr_null(repository.key);
    ck_assert_ptr_null(repository.slug);
    ck_assert_int_eq(bb_repository_parse(&repository, "..x/x..", &err), SP_OK);
    bb_repository_clear(&repository);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("url");
    TCase *tests = tcase_create("url");

    tcase_add_loop_test(tests, test_bases, 0, COUNT(bases));
    tcase_add_loop_test(tests, test_no_bases, 0, COUNT(no_bases));
    tcase_add_loop_test(tests, test_make_encodes_once, 0, COUNT(segments));
    tcase_add_test(tests, test_make_plain_and_too_long);
    tcase_add_loop_test(tests, test_trusts, 0, COUNT(trusts));
    tcase_add_test(tests, test_path_for_messages);
    tcase_add_loop_test(tests, test_no_path, 0, COUNT(no_paths));
    tcase_add_loop_test(tests, test_repositories_lead_nowhere_else, 0, COUNT(no_repositories));
    suite_add_tcase(suite, tests);
    return run_all(suite);
}
