/* resource.c - see resource.h */
#include "resource.h"

#include "error.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REST "/rest/api/1.0"

static const char *const links[] = {"links", NULL};
/* The diff around each comment is the bulk of a feed's bytes (recorded). */
static const char *const diffs[] = {"diff", NULL};

static const struct bb_base *base_of(const struct bb_call *call)
{
    return &bb_call_instance(call)->base;
}

void bb_list_projects(struct bb_listing *listing, struct bb_call *call)
{
    static const struct bb_listing_kind kind = {"projects", "?", 1000, links};

    bb_listing_init(listing, call, &kind, bb_base_make(base_of(call), REST "/projects"));
}

/* Since 8.0 archived repositories are left out unless one asks for them; before that the
 * parameter is unknown and ignored. */
void bb_list_repositories(struct bb_listing *listing, struct bb_call *call)
{
    static const struct bb_listing_kind kind = {"repositories", "?archived=ALL&", 1000, links};

    bb_listing_init(listing, call, &kind, bb_base_make(base_of(call), REST "/repos"));
}

int bb_repository_parse(struct bb_repository *repository, const char *path,
                        struct sp_error *err)
{
    const char *slash = path ? strchr(path, '/') : NULL;

    *repository = (struct bb_repository){0};
    if (!slash || slash == path || !slash[1] || strchr(slash + 1, '/'))
        return bb_fail(err, SP_ERR_INVALID, "%s is not of the form KEY/slug",
                       path ? path : "(nothing)");
    repository->key = strndup(path, (size_t)(slash - path));
    repository->slug = strdup(slash + 1);
    if (repository->key && repository->slug)
        return SP_OK;
    bb_repository_clear(repository);
    return bb_fail_memory(err);
}

void bb_repository_clear(struct bb_repository *repository)
{
    free(repository->key);
    free(repository->slug);
    *repository = (struct bb_repository){0};
}

char *bb_repository_url(const struct bb_base *base, const struct bb_repository *repository)
{
    return bb_base_make(base, REST "/projects/%s/repos/%s", repository->key, repository->slug);
}

/* Servers print the key in lower case there (recorded), and accept any. */
char *bb_clone_url(const struct bb_base *base, const struct bb_repository *repository)
{
    char *key = strdup(repository->key), *file = NULL, *url = NULL;

    for (char *c = key; c && *c; c++)
        *c = (char)tolower((unsigned char)*c);
    if (key && asprintf(&file, "%s.git", repository->slug) >= 0)
        url = bb_base_make(base, "/scm/%s/%s", key, file);
    free(key);
    free(file);
    return url;
}

static char *number_text(char *text, size_t size, int64_t number)
{
    snprintf(text, size, "%lld", (long long)number);
    return text;
}

char *bb_pull_request_url(const struct bb_base *base, const struct bb_repository *repository,
                          int64_t number)
{
    char text[24];
    int personal = repository->key[0] == '~';

    return bb_base_make(base,
                        personal ? "/users/%s/repos/%s/pull-requests/%s"
                                 : "/projects/%s/repos/%s/pull-requests/%s",
                        repository->key + personal, repository->slug,
                        number_text(text, sizeof text, number));
}

/* Each row holds two repositories: a hundred are some 400 KB. */
void bb_list_pull_requests(struct bb_listing *listing, struct bb_call *call,
                           const struct bb_repository *repository, bool open_only)
{
    static const struct bb_listing_kind all = {"pull_requests", "?state=ALL&order=NEWEST&", 100,
                                               links};
    static const struct bb_listing_kind open = {"pull_requests", "?state=OPEN&order=NEWEST&",
                                                100, links};

    bb_listing_init(listing, call, open_only ? &open : &all,
                    bb_base_make(base_of(call), REST "/projects/%s/repos/%s/pull-requests",
                                 repository->key, repository->slug));
}

char *bb_pull_request_rest_url(const struct bb_base *base,
                               const struct bb_repository *repository, int64_t number)
{
    char text[24];

    return bb_base_make(base, REST "/projects/%s/repos/%s/pull-requests/%s", repository->key,
                        repository->slug, number_text(text, sizeof text, number));
}

void bb_list_activities(struct bb_listing *listing, struct bb_call *call,
                        const struct bb_repository *repository, int64_t number)
{
    static const struct bb_listing_kind kind = {"activities", "?", 500, diffs};
    char text[24];

    bb_listing_init(listing, call, &kind,
                    bb_base_make(base_of(call),
                                 REST "/projects/%s/repos/%s/pull-requests/%s/activities",
                                 repository->key, repository->slug,
                                 number_text(text, sizeof text, number)));
}

void bb_list_commits(struct bb_listing *listing, struct bb_call *call,
                     const struct bb_repository *repository, int64_t number)
{
    static const struct bb_listing_kind kind = {"commits", "?", 500, links};
    char text[24];

    bb_listing_init(listing, call, &kind,
                    bb_base_make(base_of(call),
                                 REST "/projects/%s/repos/%s/pull-requests/%s/commits",
                                 repository->key, repository->slug,
                                 number_text(text, sizeof text, number)));
}
