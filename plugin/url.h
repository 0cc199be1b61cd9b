/* url.h - the server's base URL, and the URLs made of it
 *
 * Every URL that is asked for is made here, from the configured base and encoded path
 * segments: links in answers may name another host, a private one behind a proxy for
 * instance, and are never followed.
 */
#ifndef BB_URL_H
#define BB_URL_H

#include "source_provider.h"

#include <stdbool.h>

struct bb_base {
    char *url;          /* without a slash at its end */
    char *host;         /* as in the URL, without the brackets of an IPv6 address */
    char *origin;       /* "https://host:port", the port always told */
    char *context_path; /* "" or "/bitbucket" */
    bool is_https, is_loopback;
};

/* Checks and splits a base URL.  SP_ERR_INVALID names the setting base_url. */
int bb_base_parse(struct bb_base *base, const char *url, struct sp_error *err);
void bb_base_clear(struct bb_base *);

/* SP_ERR_INVALID unless the setting proxy is a URL that libcurl and Git can use; it may hold
 * a login and is not repeated. */
int bb_proxy_check(const char *proxy, struct sp_error *err);

/* Whether that proxy is on this machine, by the name or address in its URL.  Fails when out of
 * memory only. */
int bb_proxy_is_here(const char *proxy, bool *ret, struct sp_error *err);

/* "localhost", or a loopback address in text. */
bool bb_is_loopback(const char *host);

/* The login within a URL, decoded; NULL where there is none.  SP_ERR_NOMEM is the only fault.
 */
struct bb_url_login {
    char *user, *password;
};
int bb_url_login_read(struct bb_url_login *, const char *url);
/* Wipes and frees. */
void bb_url_login_clear(struct bb_url_login *);

/* Whether text can be a path segment: "." and ".." lead elsewhere, however they are encoded,
 * and some servers and proxies decode first, and cut a path then. */
bool bb_is_segment(const char *text);

/* Makes base + "/rest/api/1.0/projects/K/repos/S": `format` is text in which each %s is a
 * path segment, percent-encoded once.  The caller frees; NULL when out of memory. */
char *bb_base_make(const struct bb_base *base, const char *format, ...);

/* Whether an absolute URL may get the credentials: same origin, below the context path
 * and there under /rest, by a path that can be read in one way only.  Fails when out of memory
 * only, as what follows. */
int bb_base_trusts(const struct bb_base *base, const char *url, bool *ret,
                   struct sp_error *err);

/* The path of an absolute URL of the same origin, or NULL; the caller frees. */
int bb_base_path_of(const struct bb_base *base, const char *url, char **ret,
                    struct sp_error *err);

/* What a message shows of an absolute URL: its path and query. */
const char *bb_url_path(const struct bb_base *base, const char *url);

#endif
