/* check_git_errors.c - fetches that fail: what the user is told, and what nobody is */
#include "git_fixture.h"
#include "git_server.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* ---- Login ----------------------------------------------------------------- */

START_TEST(test_wrong_password)
{
    struct place place = new_place();
    struct sp_error err;

    push_commit();
    place.remote.authorization = WRONG_LOGIN;
    err = failing_fetch(&place, NULL);
    assert_error(&err, SP_ERR_LOGIN, 401, 0, "refuses the login");
    ck_assert_uint_eq(requests_with("\"login\": \"failed\""), 1);
    ck_assert_uint_eq(requests_with("\"method\": "), 1);
    script("test ! -e \"$M\" && test ! -e \"$M.part\"");
}
END_TEST

START_TEST(test_wrong_password_later)
{
    struct place place = new_place();
    struct sp_error err = no_error();

    push_commit();
    ck_assert_int_eq(sh_git_fetch(place.mirror, &place.remote, NULL, &err), 0);
    forget_requests();
    place.remote.authorization = WRONG_LOGIN;
    err = failing_fetch(&place, NULL);
    assert_error(&err, SP_ERR_LOGIN, 401, 0, "refuses the login");
    ck_assert_uint_eq(requests_with("\"method\": "), 1);
}
END_TEST

START_TEST(test_no_password)
{
    struct place place = new_place();
    struct sp_error err;

    place.remote.authorization = NULL;
    err = failing_fetch(&place, NULL);
    assert_error(&err, SP_ERR_LOGIN, 401, 0, "refuses the login");
    ck_assert_uint_eq(requests_with("\"login\": \"failed\""), 0);
}
END_TEST

/* "reader", whose password is wrong five times and then right. */
START_TEST(test_captcha)
{
    struct place place = new_place();
    struct sp_error err;

    place.remote.authorization = "Basic cmVhZGVyOndyb25n";
    for (int i = 0; i < 5; i++)
        failing_fetch(&place, NULL);
    place.remote.authorization = "Basic cmVhZGVyOnJlYWRlcg==";
    err = failing_fetch(&place, NULL);
    assert_error(&err, SP_ERR_LOGIN, 0, 0, "demands a CAPTCHA");
    control("POST", "user", "{\"name\": \"reader\", \"clear_captcha\": true}");
}
END_TEST

/* ---- Servers --------------------------------------------------------------- */

#define ADVERTISEMENT                                                                          \
    "\"content_type\": \"application/x-git-upload-pack-advertisement\","                       \
    "\"body\": \"001e# service=git-upload-pack\\n0000"

static void hide_a_word(const struct sp_git_remote *remote, char *words, size_t length)
{
    char *word = memmem(words, length, "neither", 7);

    (void)remote;
    if (word)
        memset(word, '*', 7);
}

START_TEST(test_the_provider_hides)
{
    struct place place = new_place();
    const char *fault = keep("{\"path\": \"%s\", \"kind\": \"answer\", " ADVERTISEMENT
                             "001bERR neither you nor me\\n\"}",
                             strstr(place.remote.url, "/scm/"));
    struct sp_error err;

    push_commit();
    control("POST", "fault", fault);
    place.remote.hide = hide_a_word;
    err = failing_fetch(&place, NULL);
    assert_error(&err, SP_ERR_HOST, 0, 0, "******* you nor me");
    control("DELETE", "fault", "");
}
END_TEST

static const struct {
    const char *fault;
    int code, http_status;
    uint32_t flags;
    const char *message;
} faults[] = {
    {"\"kind\": \"html\"", SP_ERR_PROTOCOL, 0, 0, "login page"},
    {"\"kind\": \"html\", \"message\": \"in\\n\"", SP_ERR_PROTOCOL, 0, 0, "address"},
    {"\"kind\": \"html\", \"status\": 403", SP_ERR_FORBIDDEN, 403, 0, "may not read"},
    {"\"kind\": \"html\", \"status\": 404", SP_ERR_NOT_FOUND, 0, 0, "does not exist"},
    {"\"kind\": \"html\", \"status\": 410", SP_ERR_NOT_FOUND, 410, 0, "does not exist"},
    {"\"kind\": \"html\", \"status\": 418", SP_ERR_PROTOCOL, 418, 0, "unexpected"},
    {"\"kind\": \"rate_limit\"", SP_ERR_RATE_LIMIT, 429, SP_ERROR_RETRY, "fewer requests"},
    {"\"kind\": \"html\", \"status\": 500", SP_ERR_UNAVAILABLE, 500, SP_ERROR_RETRY, "now"},
    {"\"kind\": \"html\", \"status\": 503", SP_ERR_UNAVAILABLE, 503, SP_ERROR_RETRY, "now"},
    {"\"kind\": \"redirect\", \"location\": \"/login\"", SP_ERR_PROTOCOL, 302, 0, "redirects"},
    {"\"kind\": \"html\", \"status\": 407", SP_ERR_NETWORK, 407, 0, "proxy"},
    {"\"kind\": \"close\"", SP_ERR_NETWORK, 0, SP_ERROR_RETRY, "broke"},
    {"\"kind\": \"truncate\"", SP_ERR_NETWORK, 0, SP_ERROR_RETRY, "broke"},
    {"\"kind\": \"answer\"," ADVERTISEMENT "junk\"", SP_ERR_PROTOCOL, 0, 0, "address"},
    {"\"kind\": \"answer\"," ADVERTISEMENT "0026ERR The server is under heavy load\"",
     SP_ERR_UNAVAILABLE, 0, SP_ERROR_RETRY, "overloaded"},
    {"\"kind\": \"answer\"," ADVERTISEMENT "0016ERR You\\u0007 may not\\r\\n\"", SP_ERR_HOST, 0,
     0, "You? may not"},
    {"\"kind\": \"answer\"," ADVERTISEMENT
     "0045ERR no Zmxvdy1zZXJ2aWNlOnMzY3JldCBwYXNzOnfDtnJk for you, not now\\n\"",
     SP_ERR_HOST, 0, 0, "no ******"},
};

START_TEST(test_faults)
{
    struct place place = new_place();
    const char *fault =
        keep("{\"path\": \"%s\", %s}", strstr(place.remote.url, "/scm/"), faults[_i].fault);
    struct sp_error err = no_error();
    const char *refs;

    push_commit();
    control("POST", "fault", fault);
    err = failing_fetch(&place, NULL);
    assert_error(&err, faults[_i].code, faults[_i].http_status, faults[_i].flags,
                 faults[_i].message);
    script("test ! -e \"$M\"");

    control("DELETE", "fault", "");
    ck_assert_int_eq(sh_git_fetch(place.mirror, &place.remote, NULL, &err), 0);
    refs = answer("git -C \"$M\" show-ref");
    control("POST", "fault", fault);
    err = failing_fetch(&place, NULL);
    assert_error(&err, faults[_i].code, faults[_i].http_status, faults[_i].flags,
                 faults[_i].message);
    ck_assert_str_eq(answer("git -C \"$M\" show-ref"), refs);
}
END_TEST

/* The pack itself breaks; the next fetch is as if nothing had been. */
START_TEST(test_half_a_pack)
{
    struct place place = new_place();
    struct sp_error err = no_error();

    push_commit();
    ck_assert_int_eq(sh_git_fetch(place.mirror, &place.remote, NULL, &err), 0);
    script("cd \"$S\"; head -c 100000 /dev/urandom | git hash-object -w --stdin > \"$D/blob\";"
           "git tag big $(cat \"$D/blob\")");
    control("POST", "fault",
            "{\"kind\": \"truncate\", \"path\": \"upload-pack$\", \"method\": \"POST\","
            " \"skip\": 1, \"bytes\": 50000}");
    err = failing_fetch(&place, NULL);
    assert_error(&err, SP_ERR_NETWORK, 0, SP_ERROR_RETRY, "broke");
    control("DELETE", "fault", "");
    ck_assert_int_eq(sh_git_fetch(place.mirror, &place.remote, NULL, &err), 0);
    ck_assert_str_eq(answer("git -C \"$M\" show-ref"), answer("git -C \"$S\" show-ref"));
    ck_assert_str_eq(answer("ls \"$M\"/objects/pack | grep tmp || true"), "");
}
END_TEST

START_TEST(test_sha256)
{
    struct place place = new_place();
    struct sp_error err;

    script("rm -rf \"$S\"; git init -q --bare --object-format=sha256 \"$S\"");
    push_commit();
    err = failing_fetch(&place, NULL);
    assert_error(&err, SP_ERR_UNSUPPORTED, 0, 0, "SHA-256");
}
END_TEST

START_TEST(test_not_found)
{
    struct place place = new_place();
    struct sp_error err;

    place.remote.url = keep("%s/scm/plat/captcha-certificate.git", server_url());
    err = failing_fetch(&place, NULL);
    assert_error(&err, SP_ERR_NOT_FOUND, 0, 0, "does not exist");
}
END_TEST

START_TEST(test_unreachable)
{
    struct place place = new_place();
    struct sp_error err;

    place.remote.url = "http://127.0.0.1:1/x.git";
    err = failing_fetch(&place, NULL);
    assert_error(&err, SP_ERR_NETWORK, 0, SP_ERROR_RETRY, "cannot be reached");
    place.remote.url = "http://no-host.invalid/x.git";
    err = failing_fetch(&place, NULL);
    assert_error(&err, SP_ERR_NETWORK, 0, SP_ERROR_RETRY, "cannot be resolved");
    place.remote.proxy = "http://user:hidden-word@127.0.0.1:1/";
    err = failing_fetch(&place, NULL);
    assert_error(&err, SP_ERR_NETWORK, 0, SP_ERROR_RETRY, "cannot be reached");
    ck_assert_ptr_null(strstr(err.message, "hidden-word"));
    place.remote.proxy = NULL;
    place.remote.url = keep("https%s/scm/plat/x.git", server_url() + 4);
    err = failing_fetch(&place, NULL);
    assert_error(&err, SP_ERR_TLS, 0, 0, "no trusted connection");
    place.remote.ca_file = "/nonexistent/ca.pem";
    err = failing_fetch(&place, NULL);
    assert_error(&err, SP_ERR_TLS, 0, 0, "CA file");
}
END_TEST

static const char *const refused_urls[] = {
    "--upload-pack=x",
    "-x",
    "",
    "file:///tmp/x",
    "/tmp/x",
    "ext::sh -c x",
    "ssh://h/x",
    "http://",
    "http:///x",
    "http://user:password@h/x",
    "http://user@h",
    "http://h/x\ny",
    "http://h/x?y=z",
    "http://h/x y",
    "http://h/x#y",
};

START_TEST(test_refused_addresses)
{
    struct place place = new_place();
    struct sp_error err;

    place.remote.url = refused_urls[_i];
    err = failing_fetch(&place, NULL);
    assert_error(&err, SP_ERR_INVALID, 0, 0, "address");
    ck_assert_ptr_null(strstr(err.message, "password"));
}
END_TEST

/* Of a remote that says it is of this machine. */
static const char *const refused_places[] = {
    "http://h/x",      "https://h/x",      "/tmp/x",        "file:x",
    "file://h/tmp/x",  "ext::sh -c x",     "--upload-pack", "",
    "file:///tmp/x y", "file:///tmp/x\ny", "FILE:///tmp/x", "file:///tmp/x#y",
};

START_TEST(test_refused_places)
{
    struct place place = new_place();
    struct sp_error err;

    place.remote.url = refused_places[_i];
    place.remote.authorization = NULL;
    place.remote.flags |= SP_GIT_LOCAL;
    err = failing_fetch(&place, NULL);
    assert_error(&err, SP_ERR_INVALID, 0, 0, "of this machine");
}
END_TEST

/* A login has nothing to do there. */
START_TEST(test_place_with_login)
{
    struct place place = new_place();
    struct sp_error err;

    place.remote.url = "file:///nonexistent/x.git";
    place.remote.authorization = "Basic hidden";
    place.remote.flags |= SP_GIT_LOCAL;
    err = failing_fetch(&place, NULL);
    assert_error(&err, SP_ERR_INVALID, 0, 0, "of this machine");
    place.remote.authorization = NULL;
    err = failing_fetch(&place, NULL);
    assert_error(&err, SP_ERR_NOT_FOUND, 0, 0, "there is no repository");
}
END_TEST

START_TEST(test_refused_authorization)
{
    struct place place = new_place();
    struct sp_error err;

    place.remote.authorization = "Basic hidden\nX-Other: word";
    err = failing_fetch(&place, NULL);
    assert_error(&err, SP_ERR_INVALID, 0, 0, "control character");
    ck_assert_ptr_null(strstr(err.message, "hidden"));
}
END_TEST

START_TEST(test_no_git)
{
    struct place place = new_place();
    const char *path = keep("%s", getenv("PATH"));
    struct sp_error err;

    setenv("PATH", "/nonexistent", 1);
    err = failing_fetch(&place, NULL);
    setenv("PATH", path, 1);
    assert_error(&err, SP_ERR_UNSUPPORTED, 0, 0, "the git program is not installed");
}
END_TEST

static Suite *suite(void)
{
    Suite *all = suite_create("git errors");
    TCase *tests = tcase_create("errors");

    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, test_wrong_password);
    tcase_add_test(tests, test_wrong_password_later);
    tcase_add_test(tests, test_no_password);
    tcase_add_test(tests, test_captcha);
    tcase_add_test(tests, test_the_provider_hides);
    tcase_add_loop_test(tests, test_faults, 0, sizeof faults / sizeof *faults);
    tcase_add_test(tests, test_half_a_pack);
    tcase_add_test(tests, test_sha256);
    tcase_add_test(tests, test_not_found);
    tcase_add_test(tests, test_unreachable);
    tcase_add_loop_test(tests, test_refused_addresses, 0,
                        sizeof refused_urls / sizeof *refused_urls);
    tcase_add_loop_test(tests, test_refused_places, 0,
                        sizeof refused_places / sizeof *refused_places);
    tcase_add_test(tests, test_place_with_login);
    tcase_add_test(tests, test_refused_authorization);
    tcase_add_test(tests, test_no_git);
    suite_add_tcase(all, tests);
    return all;
}

int main(void)
{
    return server_run_all(suite());
}
