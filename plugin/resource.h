/* resource.h - where the things of a Bitbucket Server are found, and how they are listed
 *
 * Paths and parameters are those of the REST API 1.0, documented for 4.x to 10.x; what
 * differs by version is told in version.h.
 */
#ifndef BB_RESOURCE_H
#define BB_RESOURCE_H

#include "page.h"

/* GET /projects: the projects that the account can see; personal ones are not among
 * them. */
void bb_list_projects(struct bb_listing *, struct bb_call *);

/* GET /repos: every repository that the account can see, personal and archived ones
 * too. */
void bb_list_repositories(struct bb_listing *, struct bb_call *);

/* A repository by its path, split once. */
struct bb_repository {
    char *key, *slug;
};
int bb_repository_parse(struct bb_repository *, const char *path, struct sp_error *err);
void bb_repository_clear(struct bb_repository *);

/* GET .../projects/{key}/repos/{slug}; the caller frees. */
char *bb_repository_url(const struct bb_base *, const struct bb_repository *);

/* URL from which Git clones: {base}/scm/{key}/{slug}.git; the caller frees. */
char *bb_clone_url(const struct bb_base *, const struct bb_repository *);

/* Web page of a pull request; the caller frees. */
char *bb_pull_request_url(const struct bb_base *, const struct bb_repository *, int64_t number);

/* GET .../pull-requests: newest change first, of every state or the open ones. */
void bb_list_pull_requests(struct bb_listing *, struct bb_call *, const struct bb_repository *,
                           bool open_only);
/* GET .../pull-requests/{number}; the caller frees. */
char *bb_pull_request_rest_url(const struct bb_base *, const struct bb_repository *,
                               int64_t number);
/* GET .../pull-requests/{number}/activities, newest first. */
void bb_list_activities(struct bb_listing *, struct bb_call *, const struct bb_repository *,
                        int64_t number);
/* GET .../pull-requests/{number}/commits, newest first. */
void bb_list_commits(struct bb_listing *, struct bb_call *, const struct bb_repository *,
                     int64_t number);

#endif
