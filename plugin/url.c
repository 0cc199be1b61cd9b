/* url.c - see url.h; libcurl's URL parser does the work */
#include "url.h"

#include "buffer.h"
#include "cleanup.h"
#include "error.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { URL_MAX = 8192 };

static void free_curl_url(CURLU **url)
{
    curl_url_cleanup(*url);
}
static void free_curl_text(char **text)
{
    curl_free(*text);
}
#define AUTOURL  __attribute__((__cleanup__(free_curl_url)))
#define AUTOTEXT __attribute__((__cleanup__(free_curl_text)))

/* Where memory runs out, libcurl tells some other code from within what it decodes or parses.
 */
static bool lacks_memory(CURLUcode code)
{
    return code == CURLUE_OUT_OF_MEMORY || (code && errno == ENOMEM);
}

/* SP_ERR_INVALID: it is no URL. */
static int set_url(CURLU *url, const char *text, unsigned flags)
{
    CURLUcode code;

    errno = 0;
    code = curl_url_set(url, CURLUPART_URL, text, flags);
    if (lacks_memory(code))
        return SP_ERR_NOMEM;
    return code ? SP_ERR_INVALID : SP_OK;
}

/* A part of the URL, or NULL where it has none; freed by curl_free.  Fails when out of memory
 * only. */
static int part(CURLU *url, CURLUPart what, unsigned flags, char **ret)
{
    errno = 0;
    return lacks_memory(curl_url_get(url, what, ret, flags)) ? SP_ERR_NOMEM : SP_OK;
}

/* "https://host:port" of an absolute http(s) URL, or NULL; the caller frees.  Fails when out of
 * memory only. */
static int origin_of(CURLU *url, char **ret)
{
    AUTOTEXT char *scheme = NULL, *host = NULL, *port = NULL;

    *ret = NULL;
    if (part(url, CURLUPART_SCHEME, 0, &scheme) || part(url, CURLUPART_HOST, 0, &host) ||
        part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT, &port))
        return SP_ERR_NOMEM;
    if (scheme && host && port && asprintf(ret, "%s://%s:%s", scheme, host, port) < 0) {
        *ret = NULL;
        return SP_ERR_NOMEM;
    }
    return SP_OK;
}

bool bb_is_loopback(const char *host)
{
    struct in_addr v4;
    struct in6_addr v6;

    if (strcasecmp(host, "localhost") == 0)
        return true;
    if (inet_pton(AF_INET, host, &v4) == 1)
        return (ntohl(v4.s_addr) >> 24) == 127;
    return inet_pton(AF_INET6, host, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

static char *without_brackets(const char *host)
{
    size_t length = strlen(host);

    return host[0] == '[' ? strndup(host + 1, length - 2) : strdup(host);
}

static char *without_slash(const char *text)
{
    size_t length = strlen(text);

    while (length > 0 && text[length - 1] == '/')
        length--;
    return strndup(text, length);
}

/* What a message shows of a URL that is none: it may hold a password, and line feeds. */
static const char *shown(const char *text, const char *otherwise)
{
    for (const char *c = text; *c; c++)
        if (*c == '@' || (unsigned char)*c < 0x20)
            return otherwise;
    return text;
}

/* What follows the scheme and "://"; NULL: it does not begin so, though libcurl takes one
 * slash, or none, too. */
static const char *behind_scheme(const char *text)
{
    const char *colon = strchr(text, ':');

    return colon && strncmp(colon, "://", 3) == 0 ? colon + 3 : NULL;
}

#define WRONG(...) bb_fail_setting(err, "base_url", "base_url: " __VA_ARGS__)

/* `written` is the host as it stands in the text, and what follows it. */
static int check_parts(CURLU *url, const char *text, const char *written, struct sp_error *err)
{
    AUTOTEXT char *scheme = NULL, *host = NULL, *user = NULL;

    if (part(url, CURLUPART_SCHEME, 0, &scheme) || part(url, CURLUPART_HOST, 0, &host) ||
        part(url, CURLUPART_USER, 0, &user))
        return bb_fail_memory(err);
    if (user)
        return WRONG("it holds a user name; the settings username and password do that");
    if (!host || !*host)
        return WRONG("%s has no host", text);
    /* What libcurl decodes it refuses, or takes for another host, when it reads it again. */
    if (*host != '[' && memchr(written, '%', strcspn(written, "/?#")))
        return WRONG("its host has a %% in it; write the name as it is");
    if (!scheme || (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0))
        return WRONG("%s is neither https:// nor http://", text);
    if (strpbrk(text, "?#"))
        return WRONG("it has a ? or # part, which no base URL has");
    return SP_OK;
}

static int split(struct bb_base *base, CURLU *url)
{
    AUTOTEXT char *host = NULL, *path = NULL, *scheme = NULL, *normal = NULL;

    if (part(url, CURLUPART_HOST, 0, &host) || part(url, CURLUPART_PATH, 0, &path) ||
        part(url, CURLUPART_SCHEME, 0, &scheme) ||
        part(url, CURLUPART_URL, 0, &normal) || /* its scheme in lower case, as Git wants it */
        origin_of(url, &base->origin))
        return SP_ERR_NOMEM;
    base->url = without_slash(normal);
    base->host = without_brackets(host);
    base->context_path = without_slash(path);
    if (!base->url || !base->host || !base->origin || !base->context_path)
        return SP_ERR_NOMEM;
    base->is_https = strcmp(scheme, "https") == 0;
    base->is_loopback = bb_is_loopback(base->host);
    return SP_OK;
}

int bb_base_parse(struct bb_base *base, const char *text, struct sp_error *err)
{
    AUTOURL CURLU *url = curl_url();
    const char *host = behind_scheme(text);
    int rc;

    memset(base, 0, sizeof *base);
    if (!url)
        return bb_fail_memory(err);
    if (!host)
        return WRONG("%s has no scheme; write https://%s", shown(text, "it"),
                     shown(text, "HOST"));
    if (*host == '/') /* libcurl would take what follows for the host */
        return WRONG("%s has no host", shown(text, "it"));
    rc = set_url(url, text, CURLU_NON_SUPPORT_SCHEME);
    if (rc)
        return rc == SP_ERR_NOMEM ? bb_fail_memory(err)
                                  : WRONG("%s is no URL", shown(text, "it"));
    rc = check_parts(url, text, host, err);
    if (!rc && split(base, url)) {
        bb_base_clear(base);
        return bb_fail_memory(err);
    }
    return rc;
}

int bb_proxy_is_here(const char *text, bool *ret, struct sp_error *err)
{
    AUTOURL CURLU *url = curl_url();
    AUTOTEXT char *host = NULL;
    BB_AUTOFREE char *plain = NULL;
    int rc = url ? set_url(url, text, CURLU_NON_SUPPORT_SCHEME | CURLU_DEFAULT_SCHEME)
                 : SP_ERR_NOMEM;

    *ret = false;
    if (!rc)
        rc = part(url, CURLUPART_HOST, 0, &host);
    plain = host ? without_brackets(host) : NULL;
    if (rc == SP_ERR_NOMEM || (host && !plain))
        /* The analyzer does not know cleanup. NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
        return bb_fail_memory(err);
    *ret = plain && bb_is_loopback(plain);
    return SP_OK;
}

int bb_proxy_check(const char *text, struct sp_error *err)
{
    AUTOURL CURLU *url = curl_url();
    AUTOTEXT char *scheme = NULL, *host = NULL;
    int rc = url ? set_url(url, text, CURLU_NON_SUPPORT_SCHEME | CURLU_DEFAULT_SCHEME)
                 : SP_ERR_NOMEM;

    if (!rc)
        rc = part(url, CURLUPART_SCHEME, 0, &scheme);
    if (!rc)
        rc = part(url, CURLUPART_HOST, 0, &host);
    if (rc == SP_ERR_NOMEM)
        return bb_fail_memory(err);
    if (!scheme || !host || !*host ||
        (strncmp(scheme, "http", 4) != 0 && strncmp(scheme, "socks", 5) != 0))
        return bb_fail_setting(err, "proxy", "proxy: it is no URL like http://host:port");
    return SP_OK;
}

int bb_url_login_read(struct bb_url_login *login, const char *text)
{
    AUTOURL CURLU *url = curl_url();
    int rc = url ? set_url(url, text, CURLU_NON_SUPPORT_SCHEME | CURLU_DEFAULT_SCHEME)
                 : SP_ERR_NOMEM;

    *login = (struct bb_url_login){NULL, NULL};
    if (!rc)
        rc = part(url, CURLUPART_USER, CURLU_URLDECODE, &login->user);
    if (!rc)
        rc = part(url, CURLUPART_PASSWORD, CURLU_URLDECODE, &login->password);
    return rc == SP_ERR_NOMEM ? rc : SP_OK;
}

void bb_url_login_clear(struct bb_url_login *login)
{
    char *parts[] = {login->user, login->password};

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (parts[i])
            explicit_bzero(parts[i], strlen(parts[i]));
        curl_free(parts[i]);
    }
}

void bb_base_clear(struct bb_base *base)
{
    free(base->url);
    free(base->host);
    free(base->origin);
    free(base->context_path);
    memset(base, 0, sizeof *base);
}

/* Most names need no escape, and a listing has one for each row. */
static int add_segment(struct bb_buffer *buffer, const char *segment)
{
    static const char unreserved[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                     "0123456789-._~"; /* RFC 3986 */
    size_t length = strlen(segment);
    AUTOTEXT char *encoded = NULL;

    if (strspn(segment, unreserved) == length)
        return bb_buffer_add(buffer, segment, length);
    encoded = curl_easy_escape(NULL, segment, (int)length);
    return encoded ? bb_buffer_add(buffer, encoded, strlen(encoded)) : -1;
}

bool bb_is_segment(const char *text)
{
    static const char wrong[] = "\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17\20\21\22\23\24\25"
                                "\26\27\30\31\32\33\34\35\36\37\177/\\;";

    return *text && !text[strcspn(text, wrong)] && strcmp(text, ".") != 0 &&
           strcmp(text, "..") != 0;
}

char *bb_base_make(const struct bb_base *base, const char *format, ...)
{
    struct bb_buffer buffer;
    va_list args;
    int rc;

    bb_buffer_init(&buffer, URL_MAX);
    rc = bb_buffer_add(&buffer, base->url, strlen(base->url));
    va_start(args, format);
    while (!rc && *format) {
        size_t plain = strcspn(format, "%");

        rc = bb_buffer_add(&buffer, format, plain);
        format += plain;
        if (!rc && *format) {
            rc = add_segment(&buffer, va_arg(args, const char *));
            format += 2;
        }
    }
    va_end(args);
    if (rc)
        bb_buffer_clear(&buffer);
    return buffer.data;
}

/* What servers and proxies decode, cut or join each in its own way, so that the path which one
 * of them sees need not be the one that was looked at here. */
static bool is_odd(const char *path)
{
    static const char *const oddities[] = {"/./", "/..", "//",  "\\", ";",  "%2e", "%2f",
                                           "%5c", "%3b", "%25", "%0", "%1", "%7f"};

    for (size_t i = 0; i < sizeof oddities / sizeof *oddities; i++)
        if (strcasestr(path, oddities[i]))
            return true;
    return false;
}

int bb_base_trusts(const struct bb_base *base, const char *text, bool *ret,
                   struct sp_error *err)
{
    AUTOURL CURLU *url = curl_url();
    BB_AUTOFREE char *origin = NULL;
    AUTOTEXT char *path = NULL, *user = NULL, *password = NULL;
    size_t length = strlen(base->context_path);
    int rc = url ? set_url(url, text, CURLU_PATH_AS_IS) : SP_ERR_NOMEM;

    *ret = false;
    if (rc == SP_ERR_INVALID)
        return SP_OK;
    if (rc || origin_of(url, &origin) || part(url, CURLUPART_PATH, 0, &path) ||
        part(url, CURLUPART_USER, 0, &user) || part(url, CURLUPART_PASSWORD, 0, &password))
        return bb_fail_memory(err);
    *ret = origin && path && !user && !password && strcasecmp(origin, base->origin) == 0 &&
           strncmp(path, base->context_path, length) == 0 &&
           strncmp(path + length, "/rest/", 6) == 0 && !is_odd(path + length);
    return SP_OK;
}

int bb_base_path_of(const struct bb_base *base, const char *text, char **ret,
                    struct sp_error *err)
{
    AUTOURL CURLU *url = curl_url();
    BB_AUTOFREE char *origin = NULL;
    AUTOTEXT char *path = NULL;
    int rc = url ? set_url(url, text, 0) : SP_ERR_NOMEM;

    *ret = NULL;
    if (rc == SP_ERR_INVALID)
        return SP_OK;
    if (rc || origin_of(url, &origin) || part(url, CURLUPART_PATH, 0, &path))
        return bb_fail_memory(err);
    if (!origin || !path || strcasecmp(origin, base->origin) != 0)
        return SP_OK;
    *ret = strdup(path);
    return *ret ? SP_OK : bb_fail_memory(err);
}

const char *bb_url_path(const struct bb_base *base, const char *url)
{
    size_t length = strlen(base->url) - strlen(base->context_path);

    return strncmp(url, base->url, length) == 0 ? url + length : url;
}
