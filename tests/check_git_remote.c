/* check_git_remote.c - what Git's words mean: the login it was refused, and a CAPTCHA */
#include "git_remote.h"
#include "plugin_fixture.h"

#include <string.h>

static const struct {
    int code;
    const char *words;
    int meaning;
    const char *cause, *message;
} said[] = {
    {SP_ERR_LOGIN, "fatal: remote error: CAPTCHA required\nLocked.\n", SP_ERR_LOGIN, "captcha",
     "CAPTCHA for the account robot"},
    {SP_ERR_LOGIN, "remote: Hello\nfatal: remote error: captcha required\n", SP_ERR_LOGIN,
     "captcha", "CAPTCHA for the account robot"},
    {SP_ERR_LOGIN, "fatal: Authentication failed for 'https://h/scm/plat/captcha.git/'\n",
     SP_ERR_LOGIN, "git-refused", "Git says that authentication failed"},
    {SP_ERR_LOGIN, "error: refs/heads/CAPTCHA\nfatal: could not read Username\n", SP_ERR_LOGIN,
     "git-refused", "Git says that authentication failed"},
    {SP_ERR_LOGIN, "fatal: remote error: no captcha\n", SP_ERR_LOGIN, "git-refused",
     "Git says that authentication failed"},
    {SP_ERR_NETWORK, "fatal: remote error: CAPTCHA required\n", 0, "", ""},
};

struct asked {
    int i, meaning;
    struct sp_error err;
};

static int on_remote(void *ctx, const struct sp_git_remote *remote)
{
    struct asked *asked = ctx;

    asked->err = no_error();
    asked->meaning =
        remote->explain(remote, said[asked->i].code, said[asked->i].words, &asked->err);
    return asked->meaning;
}

START_TEST(test_words)
{
    static char key[] = "PLAT", slug[] = "api";
    const struct bb_repository repository = {key, slug};
    struct asked asked = {.i = _i};
    struct sp_sink sink = {.size = sizeof sink, .ctx = &asked, .git_remote = on_remote};
    struct sp_instance *instance = new_instance();
    struct sp_error err = no_error();
    struct bb_call *call;

    ck_assert_int_eq(bb_call_open(instance, &sink, &call, &err), 0);
    ck_assert_int_eq(bb_send_git_remote(call, &repository, &err), said[_i].meaning);
    ck_assert_int_eq(asked.meaning, said[_i].meaning);
    ck_assert_str_eq(asked.err.cause, said[_i].cause);
    assert_error(&asked.err, said[_i].meaning, said[_i].meaning ? "password" : "",
                 said[_i].message);
    ck_assert_int_eq(bb_gate_login(&instance->gate) == BB_LOGIN_REFUSED, said[_i].meaning != 0);
    bb_call_close(call);
    bb_close(instance);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("git remote");
    TCase *tests = tcase_create("words");

    tcase_add_loop_test(tests, test_words, 0, COUNT(said));
    suite_add_tcase(suite, tests);
    return run_all(suite);
}
