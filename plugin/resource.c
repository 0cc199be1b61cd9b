/* resource.c - see resource.h */
#include "resource.h"

#include "error.h"
#include "version.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REST "/rest/api/1.0"

/* Members that nobody reads, wherever in an element they are: json-c need not build them. */
static const char *const links[] = {"links", NULL};
static const char *const of_repositories[] = {"links",         "hierarchyId", "scmId",
                                              "statusMessage", "forkable",    NULL};
/* Of the repositories in it only the ids are read. */
static const char *const of_pull_requests[] = {
    "links", "project", "hierarchyId", "scmId", "statusMessage", "forkable", "origin", NULL};
/* The diff around each comment is the bulk of a feed's bytes (recorded). */
static const char *const of_activities[] = {"diff", "links", "permittedOperations", NULL};

static const struct bb_base *base_of(const struct bb_call *call)
{
    return &bb_call_instance(call)->base;
}

static struct bb_listing_kind kind_of(const char *name, enum bb_fact page, const char *query,
                                      const char *const *dropped)
{
    return (struct bb_listing_kind){name, query, bb_fact(page)->limit, dropped};
}

void bb_list_projects(struct bb_listing *listing, struct bb_call *call)
{
    struct bb_listing_kind kind = kind_of("projects", BB_PAGE_OF_PROJECTS, "?", links);

    bb_listing_init(listing, call, &kind, bb_base_make(base_of(call), REST "/projects"));
}

/* Servers that can archive (BB_ARCHIVED) leave archived repositories out unless one asks for
 * them; to older ones the parameter is unknown, and they ignore it. */
void bb_list_repositories(struct bb_listing *listing, struct bb_call *call)
{
    struct bb_listing_kind kind =
        kind_of("repositories", BB_PAGE_OF_REPOSITORIES, "?archived=ALL&", of_repositories);

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
    if (!repository->key || !repository->slug) {
        bb_repository_clear(repository);
        return bb_fail_memory(err);
    }
    if (bb_is_segment(repository->key) && bb_is_segment(repository->slug))
        return SP_OK;
    bb_repository_clear(repository);
    return bb_fail(err, SP_ERR_INVALID, "%s leads elsewhere than to a repository", path);
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

void bb_list_pull_requests(struct bb_listing *listing, struct bb_call *call,
                           const struct bb_repository *repository, bool open_only)
{
    const char *query = open_only ? "?state=OPEN&order=NEWEST&" : "?state=ALL&order=NEWEST&";
    struct bb_listing_kind kind =
        kind_of("pull_requests", BB_PAGE_OF_PULL_REQUESTS, query, of_pull_requests);

    bb_listing_init(listing, call, &kind,
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
    struct bb_listing_kind kind =
        kind_of("activities", BB_PAGE_OF_ACTIVITIES, "?", of_activities);
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
    struct bb_listing_kind kind = kind_of("commits", BB_PAGE_OF_COMMITS, "?", links);
    char text[24];

    bb_listing_init(listing, call, &kind,
                    bb_base_make(base_of(call),
                                 REST "/projects/%s/repos/%s/pull-requests/%s/commits",
                                 repository->key, repository->slug,
                                 number_text(text, sizeof text, number)));
}
