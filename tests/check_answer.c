/* check_answer.c - what an answer means: error code, setting to blame, what the user reads */
#include "answer.h"
#include "identity.h"
#include "plugin_fixture.h"

#include <stdlib.h>
#include <string.h>

#define BODY(name, message)                                                                    \
    "{'errors':[{'context':null,'message':'" message "','exceptionName':" name "}]}"
#define CAPTCHA  "'com.atlassian.bitbucket.auth.CaptchaRequiredAuthenticationException'"
#define PASSWORD "'com.atlassian.bitbucket.auth.IncorrectPasswordAuthenticationException'"
#define DENIED   "'com.atlassian.bitbucket.AuthorisationException'"

struct answered {
    long status;
    const char *body; /* JSON with ' for ", or what stands in an answer of another type */
    bool is_json;
    const char *user, *denied_reason;
    int code;
    const char *setting, *message, *exception;
};

static const struct answered answers[] = {
    /* who are you */
    {401, BODY(PASSWORD, "Wrong login."), true, NULL, "", SP_ERR_LOGIN, "password",
     "login refused for the account robot: Wrong login.; mend the password",
     "IncorrectPasswordAuthenticationException"},
    {401, BODY("'com.sso.OnlySamlException'", "Use SSO."), true, NULL, "", SP_ERR_LOGIN,
     "password", "Use SSO.", "OnlySamlException"},
    {401, BODY("null", "Go away."), true, NULL, "", SP_ERR_LOGIN, "password", "Go away.", ""},
    {401, "", false, NULL, "", SP_ERR_LOGIN, "password", "HTTP 401", ""},
    {401, "<html>401</html>", false, NULL, "", SP_ERR_LOGIN, "password", "HTTP 401", ""},
    {401, "no JSON at all", true, NULL, "", SP_ERR_LOGIN, "password", "HTTP 401", ""},
    {401, "[]", true, NULL, "", SP_ERR_LOGIN, "password", "HTTP 401", ""},
    {401, "{'errors':[]}", true, NULL, "", SP_ERR_LOGIN, "password", "HTTP 401", ""},
    {401, "{'errors':'x'}", true, NULL, "", SP_ERR_LOGIN, "password", "HTTP 401", ""},
    {401, "{'errors':[7]}", true, NULL, "", SP_ERR_LOGIN, "password", "HTTP 401", ""},
    {401, "{'errors':[{'message':null}]}", true, NULL, "", SP_ERR_LOGIN, "password", "HTTP 401",
     ""},
    /* the account is locked, whatever the status, in the body or in a header */
    {401, BODY(CAPTCHA, "Locked."), true, NULL, "", SP_ERR_LOGIN, "password",
     "CAPTCHA for the account robot", "CaptchaRequiredAuthenticationException"},
    {403, BODY(CAPTCHA, "Locked."), true, NULL, "", SP_ERR_LOGIN, "password", "Clear CAPTCHA",
     "CaptchaRequiredAuthenticationException"},
    {401, BODY(CAPTCHA, "Locked."), true, "robot", "", SP_ERR_LOGIN, "password", "CAPTCHA",
     "CaptchaRequiredAuthenticationException"},
    {401, BODY(PASSWORD, "Wrong."), true, NULL, "CAPTCHA_CHALLENGE; login-url=https://x",
     SP_ERR_LOGIN, "password", "demands a CAPTCHA", "IncorrectPasswordAuthenticationException"},
    {403, "<html>", false, NULL, "CAPTCHA_CHALLENGE", SP_ERR_LOGIN, "password",
     "demands a CAPTCHA", ""},
    /* passwords are switched off */
    {403, BODY("null", "Basic Authentication is off here."), true, NULL, "", SP_ERR_LOGIN,
     "password", "use an HTTP access token (setting token)", ""},
    {401, BODY("null", "Basic authentication is off here."), true, NULL, "", SP_ERR_LOGIN,
     "password", "basic authentication is switched off", ""},
    {403, "Basic Authentication is off here.", false, NULL, "", SP_ERR_LOGIN, "password",
     "basic authentication is switched off", ""},
    {401, "<p>Basic Authentication is off</p>", false, NULL, "", SP_ERR_LOGIN, "password",
     "basic authentication is switched off", ""},
    /* known, and not permitted: this one thing is lost, the login is not */
    {401, BODY(DENIED, "Not yours."), true, "robot", "", SP_ERR_FORBIDDEN, "",
     "/bitbucket/rest/x: not permitted for the account robot: Not yours.",
     "AuthorisationException"},
    {401, BODY(DENIED, "Not yours."), true, NULL, "", SP_ERR_FORBIDDEN, "", "Not yours.",
     "AuthorisationException"},
    {403, BODY("null", "Not your repository: Basic Auth Proxy."), true, "robot", "",
     SP_ERR_FORBIDDEN, "", "Basic Auth Proxy", ""},
    {401, BODY("null", "No."), true, "robot", "", SP_ERR_FORBIDDEN, "", "not permitted", ""},
    {401, "<html>", false, "robot", "", SP_ERR_FORBIDDEN, "", "no reason given", ""},
    {403, BODY("'com.atlassian.bitbucket.repository.RepositoryArchivedException'", "Archived."),
     true, "robot", "", SP_ERR_FORBIDDEN, "", "Archived.", "RepositoryArchivedException"},
    {403, "", false, NULL, "", SP_ERR_FORBIDDEN, "", "no reason given", ""},
    /* the rest of the table */
    {400, BODY("null", "Bad limit."), true, "robot", "", SP_ERR_PROTOCOL, "",
     "/bitbucket/rest/x: unexpected answer HTTP 400: Bad limit.", ""},
    {404, BODY("'com.atlassian.bitbucket.project.NoSuchProjectException'", "No X."), true,
     "robot", "", SP_ERR_NOT_FOUND, "", "/bitbucket/rest/x: not found: No X.",
     "NoSuchProjectException"},
    {404, BODY("'com.atlassian.stash.exception.NoSuchRepositoryException'", "No Y."), true,
     "robot", "", SP_ERR_NOT_FOUND, "", "No Y.", "NoSuchRepositoryException"},
    {404, BODY("'NoDefaultBranchException'", "Empty."), true, "robot", "", SP_ERR_NOT_FOUND, "",
     "Empty.", "NoDefaultBranchException"},
    {404, "<html>Tomcat</html>", false, NULL, "", SP_ERR_NOT_FOUND, "", "no reason given", ""},
    {407, "", false, NULL, "", SP_ERR_NETWORK, "proxy", "proxy asks for a login", ""},
    {409, BODY("'com.atlassian.bitbucket.pull.PullRequestOutOfDateException'", "Stale."), true,
     "robot", "", SP_ERR_PROTOCOL, "", "HTTP 409: Stale.", "PullRequestOutOfDateException"},
    {429, "", false, NULL, "", SP_ERR_RATE_LIMIT, "", "rate limited by the server", ""},
    {500, BODY("null", "Oops."), true, "robot", "", SP_ERR_UNAVAILABLE, "", "HTTP 500: Oops.",
     ""},
    {502, "<html>", false, NULL, "", SP_ERR_UNAVAILABLE, "", "HTTP 502: no reason given", ""},
    {503, "", false, NULL, "", SP_ERR_UNAVAILABLE, "", "the server answers HTTP 503", ""},
    /* no error, and no JSON */
    {200, "<!doctype html>\r\n<title>Log\x7F in</title>\x01\n", false, NULL, "",
     SP_ERR_PROTOCOL, "", "It begins: <!doctype html> <title>Log in</title>", ""},
    {200, "", false, "robot", "", SP_ERR_PROTOCOL, "", "It begins: (nothing)", ""},
    {201, "{}", true, "robot", "", SP_ERR_PROTOCOL, "", "unexpected answer HTTP 201", ""},
    {204, "", false, "robot", "", SP_ERR_PROTOCOL, "", "unexpected answer HTTP 204", ""},
    {410, "", false, "robot", "", SP_ERR_NOT_FOUND, "", "not found", ""},
};

static struct bb_answer answer_of(const struct answered *given)
{
    struct bb_answer answer;
    char *body = given->is_json ? quoted(given->body) : strdup(given->body);

    ck_assert_ptr_nonnull(body);
    bb_answer_init(&answer);
    answer.status = given->status;
    answer.is_json = given->is_json;
    strcpy(answer.denied_reason, given->denied_reason);
    if (*body)
        ck_assert_int_eq(bb_buffer_add(&answer.other_body, body, strlen(body)), 0);
    free(body);
    answer.user = given->user ? strdup(given->user) : NULL;
    return answer;
}

static int judge(const struct sp_instance *instance, struct bb_answer *answer,
                 struct sp_error *err)
{
    *err = no_error();
    bb_answer_hide(answer, instance);
    return bb_answer_error(instance, answer, "https://git.example.com/bitbucket/rest/x", err);
}

START_TEST(test_answers)
{
    const struct answered *given = &answers[_i];
    struct sp_instance *instance = new_instance();
    struct bb_answer answer = answer_of(given);
    struct sp_error err;

    ck_assert_int_eq(judge(instance, &answer, &err), given->code);
    assert_error(&err, given->code, given->setting, given->message);
    ck_assert_int_eq(err.http_status, given->status);
    ck_assert_str_eq(answer.exception, given->exception);
    ck_assert_ptr_null(strstr(err.message, "pa55-w0rd"));
    bb_answer_clear(&answer);
    bb_close(instance);
}
END_TEST

/* Who sent no login had none refused, whatever the answer says. */
START_TEST(test_anonymous)
{
    struct sp_instance *instance = new_instance();

    for (size_t i = 0; i < COUNT(answers); i++) {
        struct bb_answer answer = answer_of(&answers[i]);
        struct sp_error err;

        answer.is_anonymous = true;
        judge(instance, &answer, &err);
        ck_assert_int_ne(err.code, SP_ERR_LOGIN);
        if (answers[i].status == 401)
            assert_error(&err, SP_ERR_FORBIDDEN, "", "not told without a login (HTTP 401)");
        bb_answer_clear(&answer);
    }
    bb_close(instance);
}
END_TEST

START_TEST(test_token_is_blamed)
{
    static const struct sp_pair pairs[] = {{"base_url", "https://git.example.com/bitbucket"},
                                           {"token", "BBDC-t0ken"}};
    static const struct answered given = {
        401, BODY(PASSWORD, "Expired."), true, NULL, "", 0, NULL, NULL, NULL};
    struct sp_instance *instance;
    struct bb_answer answer = answer_of(&given);
    struct sp_error err = no_error();

    ck_assert_int_eq(bb_configure(NULL, pairs, COUNT(pairs), &instance, &err), 0);
    ck_assert_int_eq(judge(instance, &answer, &err), SP_ERR_LOGIN);
    assert_error(&err, SP_ERR_LOGIN, "token", "the account of the token: Expired.");
    ck_assert_ptr_null(strstr(err.message, "t0ken"));
    bb_answer_clear(&answer);
    bb_close(instance);
}
END_TEST

/* What a server or proxy may say of what it was given; the end of a long one is cut off when
 * it is shown. */
static const struct {
    const char *body;
    bool is_json;
} echoes[] = {
    {"'pa55 w\303\266rd%'", false},
    {"Authorization: Basic cm9ib3Q6cGE1NSB3w7ZyZCU=", false},
    {"http://robot:pa55%20w%C3%B6rd%25@git", false},
    {"http://robot:pa55+w%c3%B6rd%25@git", false},
    {"http://robot:p%61%35%35%20w\303\266rd%25@git", false},
    {"pa55 w\303\266rd%25", false},
    {"?of=cm9ib3Q6cGE1NSB3w7ZyZCU%3D", false},
    {"via http://p%40x:pr0xy%21@proxy.example.com:3128", false},
    {"p@x:pr0xy!", false},
    {"Proxy-Authorization: Basic cEB4OnByMHh5IQ==", false},
    {"{'errors':[{'message':'not pa55 w\303\266rd% here'}]}", true},
    {"{'errors':[{'message':'not pa55 w\\u00f6rd% here'}]}", true},
    {"{'errors':[{'message':'Basic cm9ib3Q6cGE1NSB3w7ZyZCU\\u003d'}]}", true},
};

static struct sp_instance *with_secrets(void)
{
    static const struct sp_pair pairs[] = {
        {"base_url", "https://git.example.com/bitbucket"},
        {"username", "robot"},
        {"password", "pa55 w\303\266rd%"},
        {"proxy", "http://p%40x:pr0xy%21@proxy.example.com:3128"}};
    struct sp_instance *instance = NULL;
    struct sp_error err = no_error();

    ck_assert_int_eq(bb_configure(NULL, pairs, COUNT(pairs), &instance, &err), 0);
    return instance;
}

START_TEST(test_echoes)
{
    static const char *const traces[] = {"pa55", "w\303\266rd", "cm9ib3", "pr0xy", "cEB4On"};
    struct sp_instance *instance = with_secrets();
    char before[200] = "";

    while (strlen(before) < sizeof before - 1) {
        const char *text = echoes[_i].body;
        char *body = echoes[_i].is_json ? quoted(text) : text_of("%s%s", before, text);
        struct bb_answer answer;
        struct sp_error err;

        bb_answer_init(&answer);
        answer.status = echoes[_i].is_json ? 500 : 200;
        answer.is_json = echoes[_i].is_json;
        ck_assert_int_eq(bb_buffer_add(&answer.other_body, body, strlen(body)), 0);
        judge(instance, &answer, &err);
        if (!*before)
            ck_assert_ptr_nonnull(strstr(err.message, "***"));
        for (size_t i = 0; i < COUNT(traces); i++)
            ck_assert_msg(!strstr(err.message, traces[i]), "%s", err.message);
        bb_answer_clear(&answer);
        free(body);
        strcat(before, "x");
    }
    bb_close(instance);
}
END_TEST

/* Text of the contract is UTF-8: what is shown of a body is not cut within a character. */
START_TEST(test_long_messages)
{
    struct sp_instance *instance = new_instance();

    for (size_t shift = 0; shift < 3; shift++) {
        struct bb_answer answer;
        struct sp_error err;
        size_t length;

        bb_answer_init(&answer);
        answer.status = 200;
        ck_assert_int_eq(bb_buffer_add(&answer.other_body, "aa", shift), 0);
        for (int i = 0; i < 1000; i++)
            ck_assert_int_eq(bb_buffer_add(&answer.other_body, "\342\202\254", 3), 0);
        ck_assert_int_eq(judge(instance, &answer, &err), SP_ERR_PROTOCOL);
        length = strlen(err.message);
        ck_assert_uint_gt(length, 200);
        ck_assert_uint_lt(length, sizeof err.message - 1);
        ck_assert_str_eq(err.message + length - 3, "\342\202\254");
        bb_answer_clear(&answer);
    }
    bb_close(instance);
}
END_TEST

static const struct {
    CURLcode code;
    int error;
    const char *setting, *message;
    uint32_t flags;
} transfers[] = {
    {CURLE_COULDNT_RESOLVE_HOST, SP_ERR_NETWORK, "", "git.example.com: /bitbucket/rest/x: why",
     SP_ERROR_RETRY},
    {CURLE_COULDNT_CONNECT, SP_ERR_NETWORK, "", "git.example.com: /bitbucket/rest/x: why",
     SP_ERROR_RETRY},
    {CURLE_OPERATION_TIMEDOUT, SP_ERR_NETWORK, "", "git.example.com: /bitbucket/rest/x: why",
     SP_ERROR_RETRY},
    {CURLE_RECV_ERROR, SP_ERR_NETWORK, "", "git.example.com: /bitbucket/rest/x: why",
     SP_ERROR_RETRY},
    {CURLE_PARTIAL_FILE, SP_ERR_NETWORK, "", "git.example.com: /bitbucket/rest/x: why",
     SP_ERROR_RETRY},
    {CURLE_COULDNT_RESOLVE_PROXY, SP_ERR_NETWORK, "proxy", "proxy's name", 0},
    {CURLE_PEER_FAILED_VERIFICATION, SP_ERR_TLS, "ca_file", "certificate of git.example.com",
     0},
    {CURLE_SSL_CACERT_BADFILE, SP_ERR_TLS, "ca_file", "ca_file cannot be used: why", 0},
    {CURLE_SSL_CERTPROBLEM, SP_ERR_TLS, "client_cert", "client_key cannot be used: why", 0},
    {CURLE_SSL_CONNECT_ERROR, SP_ERR_TLS, "", "TLS with git.example.com fails: why", 0},
    {CURLE_OUT_OF_MEMORY, SP_ERR_NOMEM, "", "out of memory", 0},
};

#define URL "https://git.example.com/bitbucket/rest/x"

START_TEST(test_transfers)
{
    struct sp_instance *instance = new_instance();
    struct sp_error err = no_error();
    int rc = bb_transfer_error(instance, transfers[_i].code, URL, "why", &err);

    ck_assert_int_eq(rc, transfers[_i].error);
    assert_error(&err, transfers[_i].error, transfers[_i].setting, transfers[_i].message);
    ck_assert_uint_eq(err.flags, transfers[_i].flags);
    ck_assert_int_eq(err.http_status, 0);
    bb_transfer_error(instance, transfers[_i].code, URL, "", &err); /* libcurl gave no detail */
    ck_assert_uint_gt(strlen(err.message), 0);
    bb_close(instance);
}
END_TEST

/* The words of OpenSSL, but for one of GnuTLS. */
static const struct {
    CURLcode code;
    const char *why, *cause, *setting;
} certificates[] = {
    {CURLE_PEER_FAILED_VERIFICATION, "SSL certificate problem: certificate has expired",
     "tls-expired", "base_url"},
    {CURLE_PEER_FAILED_VERIFICATION, "SSL certificate problem: certificate is not yet valid",
     "tls-not-yet-valid", "base_url"},
    {CURLE_PEER_FAILED_VERIFICATION, "SSL certificate problem: self-signed certificate",
     "tls-issuer", "ca_file"},
    {CURLE_PEER_FAILED_VERIFICATION,
     "SSL: no alternative certificate subject name matches target host name 'git'", "tls-name",
     "base_url"},
    {CURLE_PEER_FAILED_VERIFICATION, "SSL: the host name does not match", "tls-name",
     "base_url"},
    {CURLE_SSL_CONNECT_ERROR, "error:0A00010B:SSL routines::wrong version number",
     "tls-plain-http", ""},
    {CURLE_SSL_CONNECT_ERROR, "error:0A0000C6:SSL routines::packet length too long",
     "tls-plain-http", ""},
    {CURLE_SSL_CONNECT_ERROR, "error:0A00009C:SSL routines::http request", "tls-plain-http",
     ""},
    {CURLE_SSL_CONNECT_ERROR,
     "gnutls_handshake() failed: An unexpected TLS packet was "
     "received.",
     "tls-plain-http", ""},
    {CURLE_SSL_CONNECT_ERROR, "error:0A000410:SSL routines::sslv3 alert handshake failure",
     "tls", ""},
    {CURLE_SSL_CONNECT_ERROR, "error:0A00045C:SSL routines::tlsv13 alert certificate required",
     "client-cert", "client_cert"},
    {CURLE_RECV_ERROR, "error:0A00045C:SSL routines::tlsv13 alert certificate required",
     "client-cert", "client_cert"},
    {CURLE_SEND_ERROR, "error:0A000418:SSL routines::tlsv1 alert unknown ca", "client-cert",
     "client_cert"},
    {CURLE_SSL_CERTPROBLEM, "unable to set private key file: 'k.pem' type PEM", "client-cert",
     "client_key"},
    {CURLE_SSL_CERTPROBLEM, "could not load PEM client certificate", "client-cert",
     "client_cert"},
};

START_TEST(test_certificates)
{
    const struct sp_pair settings[] = {{"base_url", "https://git.example.com/bitbucket"},
                                       {"username", "robot"},
                                       {"password", "p"},
                                       {"client_cert", "c.pem"},
                                       {"client_key", "k.pem"}};
    struct sp_instance *instance = NULL;
    struct sp_error err = no_error();

    ck_assert_int_eq(bb_configure(NULL, settings, COUNT(settings), &instance, &err), 0);
    ck_assert_int_eq(
        bb_transfer_error(instance, certificates[_i].code, URL, certificates[_i].why, &err),
        SP_ERR_TLS);
    assert_error(&err, SP_ERR_TLS, certificates[_i].setting, certificates[_i].why);
    ck_assert_str_eq(err.cause, certificates[_i].cause);
    ck_assert_uint_eq(err.flags, 0); /* it ends no better the next time */
    bb_close(instance);
}
END_TEST

/* What an error is put down to that names no cause, or one that is none of ours. */
static const struct {
    int code;
    enum bb_cause cause;
} causes[] = {
    {SP_ERR_LOGIN, BB_LOGIN_OTHERWISE},
    {SP_ERR_NETWORK, BB_NETWORK},
    {SP_ERR_TLS, BB_TLS},
    {SP_ERR_UNAVAILABLE, BB_UNAVAILABLE},
    {SP_ERR_RATE_LIMIT, BB_RATE_LIMIT},
    {SP_ERR_PROTOCOL, BB_PROTOCOL},
    {SP_ERR_FORBIDDEN, BB_NOT_PERMITTED},
    {SP_ERR_NOT_FOUND, BB_NOT_FOUND},
    {SP_ERR_INTERNAL, BB_OTHERWISE},
};

START_TEST(test_causes)
{
    struct sp_error err = no_error();

    err.code = causes[_i].code;
    ck_assert_int_eq(bb_cause_of(&err), causes[_i].cause);
    strcpy(err.cause, "weather");
    ck_assert_int_eq(bb_cause_of(&err), causes[_i].cause);
    bb_because(&err, BB_CLOCK);
    ck_assert_int_eq(bb_cause_of(&err), BB_CLOCK);
    ck_assert_str_eq(err.remedy,
                     err.code == SP_ERR_LOGIN ? "" : bb_cause_row(BB_CLOCK)->remedy);
}
END_TEST

/* Answers of one instance, in turn: what each says of who we are. */
START_TEST(test_who_we_are)
{
    struct sp_instance *instance = new_instance();
    struct sp_error err = no_error();
    struct bb_answer answer;

    bb_answer_init(&answer);
    answer.status = 503;
    ck_assert_int_eq(bb_identity_judge(instance, &answer, false, -12, &err), -12);
    answer.status = 200;
    ck_assert_int_eq(bb_identity_judge(instance, &answer, true, 0, &err), 0);
    ck_assert_int_eq(instance->gate.login, BB_LOGIN_UNKNOWN);
    ck_assert_int_eq(bb_identity_judge(instance, &answer, false, 0, &err), SP_ERR_LOGIN);
    assert_error(&err, SP_ERR_LOGIN, "base_url", "anonymous");
    answer.user = strdup("Robot");
    ck_assert_int_eq(bb_identity_judge(instance, &answer, false, 0, &err), 0);
    ck_assert_int_eq(instance->gate.login, BB_LOGIN_ACCEPTED);
    answer.status = 404;
    ck_assert_int_eq(bb_identity_judge(instance, &answer, false, -8, &err), -8);
    free(answer.user);
    answer.user = strdup("other");
    ck_assert_int_eq(bb_identity_judge(instance, &answer, false, -8, &err), SP_ERR_LOGIN);
    assert_error(&err, SP_ERR_LOGIN, "username", "takes us for other instead of robot");
    bb_answer_clear(&answer);
    bb_close(instance);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("answer");
    TCase *tests = tcase_create("meaning");

    tcase_add_loop_test(tests, test_answers, 0, COUNT(answers));
    tcase_add_test(tests, test_anonymous);
    tcase_add_test(tests, test_token_is_blamed);
    tcase_add_loop_test(tests, test_echoes, 0, COUNT(echoes));
    tcase_add_test(tests, test_long_messages);
    tcase_add_loop_test(tests, test_transfers, 0, COUNT(transfers));
    tcase_add_loop_test(tests, test_certificates, 0, COUNT(certificates));
    tcase_add_loop_test(tests, test_causes, 0, COUNT(causes));
    tcase_add_test(tests, test_who_we_are);
    suite_add_tcase(suite, tests);
    return run_all(suite);
}
