/* environment.c - the environment of git */
#include "environment.h"

#include "git_error.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define VARS_MAX 96

struct builder {
    char **vars; /* of VARS_MAX + 1 */
    size_t n;
    unsigned n_config;
    bool failed;
};

static const char *const fixed[] = {
    "HOME=/nonexistent", /* no ~/.netrc, ~/.gitconfig, ~/.config */
    "LC_ALL=C",          /* git_error.c reads its words */
    "GIT_CONFIG_NOSYSTEM=1",
    "GIT_CONFIG_GLOBAL=/dev/null",
    "GIT_ATTR_NOSYSTEM=1",
    "GIT_TERMINAL_PROMPT=0",
    "GIT_ASKPASS=/bin/false", /* one that succeeds would cause a second failed login */
    "SSH_ASKPASS=/bin/false",
    "GIT_LFS_SKIP_SMUDGE=1",
    "GIT_NO_REPLACE_OBJECTS=1",
};

static const char *const inherited[] = {"PATH",         "TMPDIR",   "SSL_CERT_FILE",
                                        "SSL_CERT_DIR", "no_proxy", "NO_PROXY"};

/* As libcurl reads them: HTTP_PROXY, which a CGI may have from a stranger, is not one. */
static const char *const proxies[] = {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy",
                                      "ALL_PROXY"};

static const char *const settings[][2] = {
    /* Nothing on the side: objects stay, nothing runs later, nobody else is asked. */
    {"gc.auto", "0"},
    {"maintenance.auto", "false"},
    {"core.hooksPath", "/dev/null"},
    {"fetch.recurseSubmodules", "false"},
    /* A pack for each fetch, however small: packs can be joined without losing what no
     * branch reaches. */
    {"fetch.unpackLimit", "1"},
};

static const char *const remote_settings[][2] = {
    {"credential.helper", ""},
    {"protocol.version", "2"},
    {"http.followRedirects", "false"},
    {"http.sslVersion", "tlsv1.2"},    /* at least */
    {"http.proxyAuthMethod", "basic"}, /* libcurl's own way, as REST has it */
    {"http.emptyAuth", "false"},       /* no second attempt where Negotiate is offered */
    /* Servers that are still busy send at least this to keep the line open. */
    {"http.lowSpeedLimit", "1"},
    {"http.lowSpeedTime", "60"},
};

/* Formats into memory of the right size: one that grew would leave secrets behind. */
__attribute__((__format__(__printf__, 2, 3))) static void put(struct builder *b,
                                                              const char *format, ...)
{
    va_list args;
    int len;
    char *var;

    va_start(args, format);
    len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    var = len >= 0 && b->n < VARS_MAX ? malloc((size_t)len + 1) : NULL;
    if (!var) {
        b->failed = true;
        return;
    }
    va_start(args, format);
    vsnprintf(var, (size_t)len + 1, format, args);
    va_end(args);
    b->vars[b->n++] = var;
}

static void put_inherited(struct builder *b, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char *value = getenv(names[i]);

        if (value)
            put(b, "%s=%s", names[i], value);
    }
}

static void put_config(struct builder *b, const char *key, const char *value)
{
    put(b, "GIT_CONFIG_KEY_%u=%s", b->n_config, key);
    put(b, "GIT_CONFIG_VALUE_%u=%s", b->n_config, value);
    b->n_config++;
}

static void put_configs(struct builder *b, const char *const list[][2], size_t n)
{
    for (size_t i = 0; i < n; i++)
        put_config(b, list[i][0], list[i][1]);
}

/* The header belongs to this very address, so that git sends it nowhere else. */
static void put_authorization(struct builder *b, const struct sp_git_remote *remote)
{
    put(b, "GIT_CONFIG_KEY_%u=http.%s.extraHeader", b->n_config, remote->url);
    put(b, "GIT_CONFIG_VALUE_%u=Authorization: %s", b->n_config, remote->authorization);
    b->n_config++;
}

static void put_remote(struct builder *b, const struct sp_git_remote *remote)
{
    bool verify = remote->flags & SP_GIT_VERIFY_TLS;

    put_configs(b, remote_settings, sizeof remote_settings / sizeof *remote_settings);
    put_config(b, "http.sslVerify", verify ? "true" : "false");
    if (remote->authorization)
        put_authorization(b, remote);
    if (remote->ca_file)
        put_config(b, "http.sslCAInfo", remote->ca_file);
    if (remote->client_cert)
        put_config(b, "http.sslCert", remote->client_cert);
    if (remote->client_key)
        put_config(b, "http.sslKey", remote->client_key);
    if (remote->proxy)
        put_config(b, "http.proxy", remote->proxy);
    else
        put_inherited(b, proxies, sizeof proxies / sizeof *proxies);
}

static bool is_local(const struct sp_git_remote *remote)
{
    return remote->flags & SP_GIT_LOCAL;
}

int sh_git_environment_new(const struct sp_git_remote *remote, const char *extra,
                           char ***ret_vars, struct sp_error *err)
{
    struct builder b = {.vars = calloc(VARS_MAX + 1, sizeof(char *))};

    if (!b.vars)
        return sp_error_set(err, SP_ERR_NOMEM, "git: out of memory for its environment");
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        put(&b, "%s", fixed[i]);
    put(&b, "GIT_ALLOW_PROTOCOL=%s", remote && is_local(remote) ? "file" : "http:https");
    put_inherited(&b, inherited, sizeof inherited / sizeof *inherited);
    put_configs(&b, settings, sizeof settings / sizeof *settings);
    if (remote)
        put_remote(&b, remote);
    put(&b, "GIT_CONFIG_COUNT=%u", b.n_config);
    if (extra)
        put(&b, "%s", extra);
    if (b.failed) {
        sh_git_environment_free(b.vars);
        return sp_error_set(err, SP_ERR_NOMEM, "git: out of memory for its environment");
    }
    *ret_vars = b.vars;
    return 0;
}

void sh_git_environment_free(char **vars)
{
    for (size_t i = 0; vars && vars[i]; i++) {
        explicit_bzero(vars[i], strlen(vars[i]));
        free(vars[i]);
    }
    free(vars);
}

/* ---- Check ----------------------------------------------------------------- */

static bool has_control(const char *text)
{
    for (; text && *text; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            return true;
    return false;
}

static bool is_address(const char *url)
{
    const char *host, *end;

    if (strncasecmp(url, "http://", 7) != 0 && strncasecmp(url, "https://", 8) != 0)
        return false;
    host = strstr(url, "://") + 3;
    end = host + strcspn(host, "/?#");
    return end > host && !memchr(host, '@', (size_t)(end - host)) && !strpbrk(url, " ?#");
}

/* Percent-encoded as a file's address is, no option and no other machine's name is in it. */
static bool is_local_address(const char *url)
{
    return strncmp(url, "file:///", 8) == 0 && !strpbrk(url, " ?#");
}

int sh_git_remote_check(const struct sp_git_remote *remote, struct sp_error *err)
{
    if (is_local(remote))
        return remote->url && !has_control(remote->url) && is_local_address(remote->url) &&
                       !remote->authorization
                   ? 0
                   : sp_error_set(err, SP_ERR_INVALID,
                                  "git: the remote is of this machine, and its address is not "
                                  "file:///PATH alone");
    if (!remote->url || has_control(remote->url) || !is_address(remote->url))
        return sp_error_set(err, SP_ERR_INVALID,
                            "git: the remote's address is not plain http:// or https://");
    /* A line feed would be the start of another header. */
    if (has_control(remote->authorization))
        return sp_error_set(err, SP_ERR_INVALID,
                            "git: the authorization holds a control character");
    return 0;
}
