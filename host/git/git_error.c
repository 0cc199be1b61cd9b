/* git_error.c - what git says on its standard error, sorted by who can do something about it
 *
 * git has one exit status, 128, for nearly everything, so its words have to tell.  They
 * were seen with git 2.39 under LC_ALL=C and libcurl over GnuTLS; for OpenSSL the general
 * "SSL" and "certificate" stand in.  tests/check_git_errors.c provokes those that a server
 * can cause.
 */
#define _GNU_SOURCE 1 /* memmem, strcasestr */
#include "git_error.h"

#include "git.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define QUOTE_MAX    300
#define STATUS_USAGE 129 /* git's highest of its own; what is above is a signal */

struct cause {
    const char *words;
    int code;
    int http_status;
    uint32_t flags;
    const char *message; /* NULL: that of the row above */
};

#define LOGIN   SP_ERR_LOGIN, 401, 0
#define NETWORK SP_ERR_NETWORK, 0, SP_ERROR_RETRY
#define HOST    SP_ERR_HOST, 0, 0
#define DAMAGED SH_ERR_MIRROR_DAMAGED, 0, 0

/* The first row whose words are found counts, so what is special comes first. */
static const struct cause causes[] = {
    {"remote error: CAPTCHA", SP_ERR_LOGIN, 0, 0,
     "the server demands a CAPTCHA for this account: have an administrator clear it, or log in "
     "once in a browser"},
    {"under heavy load", SP_ERR_UNAVAILABLE, 0, SP_ERROR_RETRY, "the server is overloaded"},
    {"Out of memory", HOST, "it has no memory left: what the server sends may have no end"},
    {"No space left on device", HOST, "no space is left for the mirror"},
    {"Disk quota exceeded", HOST, NULL},
    {"Read-only file system", HOST, "the mirror cannot be written"},
    {"Authentication failed", LOGIN,
     "the server refuses the login: check user name and password, or the token"},
    {"could not read Username", LOGIN, NULL},
    {"could not read Password", SP_ERR_NETWORK, 407, 0, "the proxy demands a login"},
    {"Unable to find remote helper", SP_ERR_UNSUPPORTED, 0, 0,
     "this git was built or installed without its part for HTTP"},
    {"is not a git command", SP_ERR_UNSUPPORTED, 0, 0, NULL},
    {"mismatched algorithms", SP_ERR_UNSUPPORTED, 0, 0,
     "the repository names its objects by SHA-256, which is not supported"},
    {"dubious ownership", SP_ERR_FORBIDDEN, 0, 0,
     "the repository belongs to another user, and git reads no others"},
    {"does not appear to be a git repository", SP_ERR_NOT_FOUND, 0, 0,
     "there is no repository, or none that may be read"},
    {"recv error", NETWORK, "the connection broke"},
    {"non-properly terminated", NETWORK, NULL},
    {"RPC failed", NETWORK, NULL},
    {"transfer closed", NETWORK, NULL},
    {"Recv failure", NETWORK, NULL},
    {"Send failure", NETWORK, NULL},
    {"not closed cleanly", NETWORK, NULL},
    {"Empty reply from server", NETWORK, NULL},
    {"hung up unexpectedly", NETWORK, NULL},
    {"hung up upon initial contact", NETWORK, NULL},
    {"unexpected disconnect", NETWORK, NULL},
    {"early EOF", NETWORK, NULL},
    {"Could not read from remote", NETWORK, NULL},
    {"Operation too slow", NETWORK, "the server has sent nothing for too long"},
    {"timed out", NETWORK, NULL},
    {"Proxy CONNECT aborted", NETWORK, "the proxy does not reach the server"},
    {"Could not resolve", NETWORK, "the server's or proxy's name cannot be resolved"},
    {"connect to", NETWORK, "the server cannot be reached"},
    {"Connection refused", NETWORK, NULL},
    {"certificate", SP_ERR_TLS, 0, 0,
     "no trusted connection: check the CA file and the client's certificate and key"},
    {"X.509", SP_ERR_TLS, 0, 0, NULL},
    {"SSL", SP_ERR_TLS, 0, 0, NULL},
    {"TLS", SP_ERR_TLS, 0, 0, NULL},
    {"is this a git repository", SP_ERR_PROTOCOL, 0, 0,
     "the address does not answer as a Git server does"},
    {"protocol error", SP_ERR_PROTOCOL, 0, 0, NULL},
    {"invalid server response", SP_ERR_PROTOCOL, 0, 0, NULL},
    {"bad line length", SP_ERR_PROTOCOL, 0, 0, NULL},
    {"of body are still expected", NETWORK, "the connection broke"},
    {"of length header were received", NETWORK, NULL},
    {"expected flush after ref listing", NETWORK, NULL},
    {"unable to access", NETWORK, "no answer of the server can be read"},
    {"not found", SP_ERR_NOT_FOUND, 0, 0,
     "the repository does not exist, or the account may not see it"},
    {"remote error", SP_ERR_HOST, 0, 0, "the server refuses"},
    {"Permission denied", HOST, "the mirror cannot be read or written"},
    {"corrupt", DAMAGED, "the mirror is damaged, it is made anew by the next sync"},
    {"not a git repository", DAMAGED, NULL},
    {"bad object refs/", DAMAGED, NULL},
    {"No such ref: HEAD", DAMAGED, NULL}, /* a name that git writes and cannot read */
    {"did not send all necessary", DAMAGED, NULL},
    {"is too small", DAMAGED, NULL},
    {"bad config", DAMAGED, NULL},
    {"bad numeric config", DAMAGED, NULL},
    /* What its configuration lost was that it is bare. */
    {"refusing to fetch into branch", DAMAGED, NULL},
    {"unterminated line in", DAMAGED, NULL}, /* of packed-refs, as the next */
    {"unexpected line in", DAMAGED, NULL},
    {"parents of commit", DAMAGED, NULL},
    {"unable to read", DAMAGED, NULL},
    {"no merge base", SP_ERR_NOT_FOUND, 0, 0, "the two have no history in common"},
    {"bad object", SP_ERR_NOT_FOUND, 0, 0, "the mirror has no such commit"},
    {"symmetric difference", SP_ERR_NOT_FOUND, 0, 0, NULL},
    {"is not a symbolic ref", SP_ERR_NOT_FOUND, 0, 0, "HEAD names no branch"},
};

/* ---- Words ----------------------------------------------------------------- */

int sh_git_not_understood(struct sp_error *err)
{
    return sp_error_set(err, SP_ERR_HOST, "git: its answer cannot be understood");
}

void sh_git_forgive(struct sp_error *err)
{
    err->code = err->http_status = 0;
    err->flags = 0;
    err->message[0] = '\0';
}

/* Overwrites each occurrence, at the same length: a server may send back what it got. */
static void mask(char *words, const char *secret, size_t len)
{
    if (len < 2)
        return;
    for (char *p = words; (p = memmem(p, strlen(p), secret, len)); p += len)
        memset(p, '*', len);
}

static void mask_secrets(char *words, const struct sp_git_remote *remote)
{
    const char *login = remote->proxy ? strstr(remote->proxy, "://") : NULL;
    const char *value = remote->authorization ? strchr(remote->authorization, ' ') : NULL;
    const char *at;

    login = login ? login + 3 : remote->proxy;
    at = login ? strrchr(login, '@') : NULL;
    if (at)
        mask(words, login, (size_t)(at - login));
    if (remote->authorization)
        mask(words, remote->authorization, strlen(remote->authorization));
    if (value)
        mask(words, value + 1, strlen(value + 1));
    if (remote->hide)
        remote->hide(remote, words, strlen(words));
}

/* Where the failure begins: what comes before are warnings and progress. */
static const char *failure(const char *words)
{
    for (const char *p = words; p; p = strchr(p, '\n')) {
        p += *p == '\n';
        if (strncmp(p, "fatal: ", 7) == 0)
            return p;
        if (strncmp(p, "error: ", 7) == 0 && !strstr(p, "askpass"))
            return p;
    }
    return words;
}

/* One line without control characters, cut between two characters of UTF-8. */
static void quote(char *to, const char *from)
{
    size_t n = 0;

    for (; *from && n < QUOTE_MAX; from++) {
        char c = iscntrl((unsigned char)*from) ? ' ' : *from;

        if (c != ' ' || (n > 0 && to[n - 1] != ' '))
            to[n++] = c;
    }
    while (*from && n > 0 && ((unsigned char)*from & 0xc0) == 0x80)
        from--, n--;
    while (n > 0 && to[n - 1] == ' ')
        n--;
    to[n] = '\0';
}

/* ---- Causes ---------------------------------------------------------------- */

/* The status that git or its libcurl tells, or 0. */
static int http_status(const char *words, bool *ret_proxy)
{
    static const struct {
        const char *words;
        bool proxy;
    } places[] = {
        {"The requested URL returned error: ", false},
        {"RPC failed; HTTP ", false},
        {"CONNECT tunnel failed, response ", true},
        {"Received HTTP code ", true},
    };

    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        const char *p = strstr(words, places[i].words);

        *ret_proxy = places[i].proxy;
        if (p)
            return (int)strtol(p + strlen(places[i].words), NULL, 10);
    }
    return 0;
}

static struct cause cause_of_status(int status, bool proxy)
{
    static const struct {
        int from, to, code;
        uint32_t flags;
        const char *message;
    } rows[] = {
        {300, 399, SP_ERR_PROTOCOL, 0, "the server redirects, which is not followed"},
        {401, 401, SP_ERR_LOGIN, 0, "the server refuses the login"},
        {403, 403, SP_ERR_FORBIDDEN, 0, "the account may not read this repository"},
        {404, 404, SP_ERR_NOT_FOUND, 0, "the repository does not exist"},
        {407, 407, SP_ERR_NETWORK, 0, "the proxy demands a login"},
        {410, 410, SP_ERR_NOT_FOUND, 0, "the repository does not exist any more"},
        {429, 429, SP_ERR_RATE_LIMIT, SP_ERROR_RETRY, "the server asks for fewer requests"},
        {500, 599, SP_ERR_UNAVAILABLE, SP_ERROR_RETRY, "the server cannot answer now"},
    };
    struct cause c = {NULL, SP_ERR_PROTOCOL, status, 0,
                      "the server gives an unexpected answer"};

    if (proxy && status != 407)
        return (struct cause){NULL, SP_ERR_NETWORK, status, SP_ERROR_RETRY,
                              "the proxy does not reach the server"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (status >= rows[i].from && status <= rows[i].to) {
            c.code = rows[i].code;
            c.flags = rows[i].flags;
            c.message = rows[i].message;
        }
    return c;
}

static struct cause cause_of(const char *words, int status)
{
    bool proxy;
    int http = http_status(words, &proxy);

    if (http)
        return cause_of_status(http, proxy);
    for (size_t i = 0; i < sizeof causes / sizeof *causes; i++) {
        struct cause c = causes[i];

        if (!strcasestr(words, c.words))
            continue;
        while (!c.message)
            c.message = causes[--i].message;
        return c;
    }
    if (status > STATUS_USAGE)
        return (struct cause){NULL, HOST, "git was killed"};
    return (struct cause){NULL, HOST, "git failed"};
}

/* The address may hold any of the words looked for. */
static void drop(char *words, const char *url)
{
    size_t len = strlen(url);

    for (char *p = words; len && (p = strstr(p, url));)
        memmove(p, p + len, strlen(p + len) + 1);
}

int sh_git_explain(int status, char *words, const struct sp_git_remote *remote,
                   struct sp_error *err)
{
    char quoted[QUOTE_MAX + 1];
    struct cause c;

    if (remote)
        mask_secrets(words, remote);
    quote(quoted, failure(words));
    if (remote)
        drop(words, remote->url);
    c = cause_of(failure(words), status);
    if (remote && remote->explain && remote->explain(remote, c.code, words, err))
        return err->code;
    if (*quoted)
        sp_error_set(err, c.code, "git: %s (%s)", c.message, quoted);
    else
        sp_error_set(err, c.code, "git: %s (status %d)", c.message, status);
    err->http_status = c.http_status;
    err->flags = c.flags;
    return c.code;
}
