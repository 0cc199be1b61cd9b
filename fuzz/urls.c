/* urls.c - base URLs, the URLs that are made of them, and those that servers send us to */
#include "url.h"

#include "resource.h"
#include "target.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

static void check_again(const struct bb_base *base)
{
    struct sp_error err = fuzz_no_error();
    struct bb_base again;

    HOLDS(!bb_base_parse(&again, base->url, &err));
    HOLDS(strcmp(again.url, base->url) == 0);
    HOLDS(strcmp(again.origin, base->origin) == 0);
    HOLDS(strcmp(again.context_path, base->context_path) == 0);
    HOLDS(again.is_https == base->is_https && again.is_loopback == base->is_loopback);
    bb_base_clear(&again);
}

/* The path as libcurl sends it: "." and ".." are gone from it. */
static char *sent_path(const char *url)
{
    CURLU *parts = curl_url();
    char *path = NULL, *copy;

    HOLDS(!curl_url_set(parts, CURLUPART_URL, url, 0));
    HOLDS(!curl_url_get(parts, CURLUPART_PATH, &path, 0));
    copy = strdup(path);
    curl_free(path);
    curl_url_cleanup(parts);
    return copy;
}

static size_t count(const char *text, char what)
{
    size_t n = 0;

    for (; (text = strchr(text, what)); text++)
        n++;
    return n;
}

/* It stays below the base and that path, with so many parts behind it. */
static void check_made(const struct bb_base *base, const char *url, const char *below,
                       size_t parts)
{
    size_t length = strlen(base->url);
    char *path = sent_path(url), *end;

    HOLDS(path);
    HOLDS(strncmp(url, base->url, length) == 0);
    HOLDS(strncmp(url + length, below, strlen(below)) == 0);
    HOLDS(!strpbrk(url + length, "?#\\ \r\n"));
    HOLDS(strncmp(path, base->context_path, strlen(base->context_path)) == 0);
    end = path + strlen(base->context_path);
    HOLDS(strncmp(end, below, strlen(below)) == 0);
    HOLDS(count(end + strlen(below), '/') == parts - 1);
    free(path);
}

static void check_repository(const struct bb_base *base, const char *path)
{
    struct sp_error err = fuzz_no_error();
    struct bb_repository repository;
    char *url;
    int rc = bb_repository_parse(&repository, path, &err);

    if (rc) {
        fuzz_check_error(&err, rc, NULL);
        return;
    }
    url = bb_repository_url(base, &repository);
    if (url) /* else it is too long */
        check_made(base, url, "/rest/api/1.0/projects/", 3);
    free(url);
    url = bb_clone_url(base, &repository);
    if (url)
        check_made(base, url, "/scm/", 2);
    free(url);
    bb_repository_clear(&repository);
}

/* Whether a server might read a path as one that leads up. */
static bool leads_up(const char *path)
{
    char *once = curl_easy_unescape(NULL, path, 0, NULL);
    bool is_so = strstr(once, "/../") || strstr(once, "\\") || strstr(once, ";");
    size_t length = strlen(once);

    is_so = is_so || (length > 2 && strcmp(once + length - 3, "/..") == 0);
    curl_free(once);
    return is_so;
}

static bool has_user(const char *url)
{
    CURLU *parts = curl_url();
    char *user = NULL;

    HOLDS(!curl_url_set(parts, CURLUPART_URL, url, 0));
    curl_url_get(parts, CURLUPART_USER, &user, 0);
    curl_url_cleanup(parts);
    curl_free(user);
    return user != NULL;
}

static void check_trust(const struct bb_base *base, const char *url)
{
    size_t length = strlen(base->context_path);
    struct sp_error err = fuzz_no_error();
    bool is_trusted;
    char *path;

    HOLDS(!bb_base_trusts(base, url, &is_trusted, &err));
    if (!is_trusted)
        return;
    HOLDS(!bb_base_path_of(base, url, &path, &err));
    HOLDS(path);
    HOLDS(strncmp(path, base->context_path, length) == 0);
    HOLDS(strncmp(path + length, "/rest/", 6) == 0);
    HOLDS(!leads_up(path + length));
    HOLDS(!has_user(url));
    free(path);
}

static void check_proxy(const char *proxy)
{
    struct sp_error err = fuzz_no_error();
    struct bb_url_login login;
    bool is_here;
    int rc = bb_proxy_check(proxy, &err);

    if (rc)
        fuzz_check_error(&err, rc, NULL);
    HOLDS(!bb_url_login_read(&login, proxy));
    HOLDS(!bb_proxy_is_here(proxy, &is_here, &err));
    bb_url_login_clear(&login);
}

/* Parts: the base, a repository's path, an absolute URL, a proxy. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    struct sp_error err = fuzz_no_error();
    char *text[4];
    struct bb_base base;
    int rc;

    for (int i = 0; i < 4; i++)
        text[i] = fuzz_text(&input);
    rc = bb_base_parse(&base, text[0], &err);
    if (rc)
        fuzz_check_error(&err, rc, NULL);
    else
        check_again(&base);
    if (rc)
        HOLDS(!bb_base_parse(&base, "https://git.example.com/bitbucket", &err));
    check_repository(&base, text[1]);
    check_trust(&base, text[2]);
    check_proxy(text[3]);
    bb_base_clear(&base);
    for (int i = 0; i < 4; i++)
        free(text[i]);
    return 0;
}
