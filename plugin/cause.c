/* cause.c - see cause.h */
#include "cause.h"

#include <stdio.h>
#include <string.h>

static const struct bb_cause_row rows[BB_CAUSES] = {
    [BB_DNS] = {"dns", "base_url",
                "check the host name in base_url, and the name server of this machine"},
    [BB_REFUSED] = {"refused", "base_url",
                    "check host and port in base_url, whether the server runs, and firewalls"},
    [BB_TIMEOUT] =
        {"timeout", "base_url",
         "check host and port in base_url, and firewalls and proxies in between; for "
         "a slow server raise request_timeout"},
    [BB_NETWORK] = {"network", "base_url",
                    "check host and port in base_url, and firewalls and proxies in between"},
    [BB_PROXY] =
        {"proxy", "proxy",
         "check the proxy's address and login in the setting proxy (or https_proxy and "
         "no_proxy of the environment), and that it allows this server and port"},
    [BB_TLS] = {"tls", "base_url",
                "find out what server and client can agree on: TLS 1.2 at least, and a "
                "client_cert where "
                "the server demands one"},
    [BB_TLS_EXPIRED] =
        {"tls-expired", "base_url",
         "have the server's certificate renewed; check the clock of this machine"},
    [BB_TLS_NOT_YET_VALID] = {"tls-not-yet-valid", "base_url",
                              "check the clock of this machine, then the server's certificate"},
    [BB_TLS_ISSUER] = {"tls-issuer", "ca_file",
                       "set ca_file to a PEM file with the authority that signed the server's "
                       "certificate (for a self-signed one: that certificate)"},
    [BB_TLS_NAME] = {"tls-name", "base_url",
                     "write the host in base_url as the certificate names it, or have the "
                     "certificate made out for this name too"},
    [BB_TLS_PLAIN_HTTP] = {"tls-plain-http", "base_url",
                           "give the port of https in base_url; http:// only where the server "
                           "has no https"},
    [BB_TLS_UNVERIFIED] = {"tls-unverified", "verify_tls",
                           "set ca_file to the server's authority and verify_tls = true"},
    [BB_CA_FILE] = {"ca-file", "ca_file",
                    "ca_file must be a PEM file with at least one certificate in it"},
    [BB_CLIENT_CERT] =
        {"client-cert", "client_cert",
         "client_cert and client_key must be PEM files that belong together, the key "
         "without a pass phrase, and of an authority that the server accepts"},
    [BB_PLAINTEXT] = {"plaintext", "base_url", "use https://, so that nobody reads the login"},
    [BB_HTML] =
        {"html", "base_url",
         "look at base_url in a browser: it must be Bitbucket's start page, and nothing "
         "in front of it may ask programs to log in"},
    [BB_JIRA] = {"jira", "base_url", "set base_url to Bitbucket's address, not to Jira's"},
    [BB_CLOUD] = {"bitbucket-cloud", "base_url",
                  "this provider is for Bitbucket Server and Data Center; Bitbucket Cloud has "
                  "another API and needs another provider"},
    [BB_CONTEXT_PATH] = {"context-path", "base_url",
                         "base_url is the address of Bitbucket's start page, its context path "
                         "included"},
    [BB_NOT_BITBUCKET] = {"not-bitbucket", "base_url",
                          "base_url is the address of Bitbucket's start page, its context path "
                          "included"},
    [BB_GATEWAY] =
        {"gateway", NULL,
         "ask the administrator of the proxy or load balancer in between why it does "
         "not reach Bitbucket"},
    [BB_STARTING] = {"starting", NULL, "wait a few minutes until the server has started"},
    [BB_MAINTENANCE] = {"maintenance", NULL,
                        "wait until its administrators have ended the maintenance"},
    [BB_NOT_READY] = {"not-ready", NULL, "ask the server's administrator"},
    [BB_VERSION] = {"version", NULL, "compare what is imported with the server"},
    [BB_UNAVAILABLE] = {"unavailable", NULL, "wait, or ask the server's administrator"},
    [BB_RATE_LIMIT] = {"rate-limit", NULL,
                       "wait, or have an administrator exempt the account from rate limiting"},
    [BB_PROTOCOL] =
        {"protocol", NULL,
         "look for a proxy in between that changes answers, and at the server's log"},
    [BB_WRONG_PASSWORD] =
        {"wrong-password", "password",
         "correct username and password; each try counts, and after 5 failures "
         "Bitbucket asks for a CAPTCHA by default"},
    [BB_CAPTCHA] =
        {"captcha", "password",
         "first correct the login or have CAPTCHA disabled, then have an administrator "
         "clear it under Administration > Users > Clear CAPTCHA, or log in once in a "
         "browser"},
    [BB_BASIC_DISABLED] =
        {"basic-disabled", "password",
         "set token to an HTTP access token instead of username and password, "
         "or have the account put on the allow-list"},
    [BB_TOKEN_REFUSED] = {"token-refused", "token",
                          "the token is expired, revoked or mistyped: make a new one in "
                          "Bitbucket (Manage account > HTTP access tokens)"},
    [BB_ANONYMOUS] = {"anonymous", "base_url",
                      "have the proxy or single sign-on in front of the server let the header "
                      "Authorization pass"},
    [BB_USER_MISMATCH] = {"user-mismatch", "username",
                          "find out what in front of the server logs in as somebody else, or "
                          "set username to the account that is meant"},
    [BB_UNNAMED] =
        {"unnamed", NULL,
         "let the proxy pass X-AUSERNAME; until then /users, which needs a login, is "
         "asked instead"},
    [BB_LOGIN_OTHERWISE] = {"login-refused", NULL, "correct the login"},
    [BB_NOT_PERMITTED] = {"not-permitted", NULL, "give the account the permission"},
    [BB_NOT_FOUND] = {"not-found", NULL, "look whether a proxy in between hides it"},
    [BB_NOT_ADMIN] = {"not-admin", "username",
                      "give the account the global permission Admin, or read permission on all "
                      "that is to be imported"},
    [BB_ADMIN_UNPROVEN] = {"admin-unproven", "token",
                           "compare the listing with what should be in it; the token must "
                           "belong to an administrator and have read permission on projects"},
    [BB_GIT_REFUSED] =
        {"git-refused", NULL,
         "have Git over HTTP accept the login that REST accepts: look for a "
         "proxy, a single sign-on or an allow-list that treats /scm differently"},
    [BB_GIT_CAPTCHA] =
        {"git-captcha", "password",
         "first correct the login or have CAPTCHA disabled, then have an administrator "
         "clear it under Administration > Users > Clear CAPTCHA, or log in once in a "
         "browser"},
    [BB_GIT_NOT_FOUND] =
        {"git-not-found", NULL,
         "see that the account has a licence (Bitbucket user) and may read the "
         "repository"},
    [BB_GIT_DISABLED] =
        {"git-disabled", NULL,
         "have an administrator switch on Git over HTTP(S) under Administration "
         "> Server settings, and see that no proxy hides /scm"},
    [BB_GIT_HTML] = {"git-html", NULL,
                     "have the proxy or single sign-on in front of the server let /scm pass"},
    [BB_CLOCK] = {"clock", NULL, "set the clocks by NTP, the wrong one first"},
    [BB_CONCURRENCY] = {"concurrency", "max_concurrency",
                        "set max_concurrency to 4 or less: each request under way while the "
                        "password changes is a failed login"},
    [BB_OTHERWISE] = {"other", NULL, "look at the log (--debug)"},
};

const struct bb_cause_row *bb_cause_row(enum bb_cause cause)
{
    return &rows[cause];
}

int bb_because(struct sp_error *err, enum bb_cause cause)
{
    snprintf(err->cause, sizeof err->cause, "%s", rows[cause].word);
    /* The messages of refused logins say it with the account's name. */
    if (err->code != SP_ERR_LOGIN && rows[cause].remedy)
        snprintf(err->remedy, sizeof err->remedy, "%s", rows[cause].remedy);
    return err->code;
}

static enum bb_cause cause_of_code(int code)
{
    switch (code) {
    case SP_ERR_LOGIN:
        return BB_LOGIN_OTHERWISE;
    case SP_ERR_NETWORK:
        return BB_NETWORK;
    case SP_ERR_TLS:
        return BB_TLS;
    case SP_ERR_UNAVAILABLE:
        return BB_UNAVAILABLE;
    case SP_ERR_RATE_LIMIT:
        return BB_RATE_LIMIT;
    case SP_ERR_PROTOCOL:
        return BB_PROTOCOL;
    case SP_ERR_FORBIDDEN:
        return BB_NOT_PERMITTED;
    case SP_ERR_NOT_FOUND:
        return BB_NOT_FOUND;
    default:
        return BB_OTHERWISE;
    }
}

enum bb_cause bb_cause_of(const struct sp_error *err)
{
    for (int cause = BB_NO_CAUSE + 1; cause < BB_CAUSES; cause++)
        if (strcmp(rows[cause].word, err->cause) == 0)
            return (enum bb_cause)cause;
    return cause_of_code(err->code);
}
