/* version.h - what differs between versions of Bitbucket Server, 5.x to 10.x
 *
 * One table, a row a fact.  A listing and an import do not know the version, and do not ask:
 * that would be one more request each time, and nothing they do would be another for it.  They
 * ask for what every version gives (parameters that are unknown are ignored, limits that are
 * too high are lowered: observed), read the members of all versions, and have their names from
 * here.  Health knows the version, and tells what people will miss of it.
 */
#ifndef BB_VERSION_H
#define BB_VERSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* As a server counts in its buildNumber: 7.11.2 is 7011002. */
#define BB_VERSION_NUMBER(major, minor) ((major)*1000000u + (minor)*1000u)

/* The majors that this provider was made for. */
enum { BB_MAJOR_FIRST = 5, BB_MAJOR_LAST = 10 };

enum bb_fact {
    BB_PAGE_OF_PROJECTS,
    BB_PAGE_OF_REPOSITORIES,
    BB_PAGE_OF_PULL_REQUESTS,
    BB_PAGE_OF_ACTIVITIES,
    BB_PAGE_OF_COMMITS,
    BB_TOKENS,
    BB_RATE_LIMITS,
    BB_COMMENT_TASKS,
    BB_BLOCKERS,
    BB_LAZY_HEADS,
    BB_ARCHIVED,
    BB_AUTO_MERGE,
    BB_DRAFTS,
    BB_THREADS,
    BB_REVIEWS,
    BB_DEFAULT_BRANCH,
    BB_PATH_OBJECTS,
    BB_ISO_DATES,
    BB_FACT_COUNT
};

enum bb_source {
    BB_DOCUMENTED, /* by Atlassian, with the version */
    BB_DESCRIBED,  /* in the OpenAPI document of that version; may be older */
    BB_OBSERVED,   /* in what a server of that version sent; may be older */
    BB_REPORTED,   /* by other clients */
};

struct bb_fact_row {
    const char *what;     /* for people */
    const char *name;     /* as it goes over the wire: member, action, path */
    int64_t limit;        /* of a page: the most rows that each version gives by default */
    uint32_t first, last; /* version numbers; 0: of all there are */
    enum bb_source source;
    bool is_missed; /* where it is not, something that people look for cannot arrive */
};

const struct bb_fact_row *bb_fact(enum bb_fact);

/* The number of "7.11.2", 0 when it is none. */
uint32_t bb_version_parse(const char *text);

/* Of a version that is not known (0) all is to be expected. */
bool bb_version_has(uint32_t version, enum bb_fact);

/* Whether people will look for it in that version in vain; then as "labels (from 8.18)" where
 * it came later, "labels (before 11.0)" where it is gone. */
bool bb_fact_is_missed(const struct bb_fact_row *, uint32_t version, char *text, size_t size);

/* "documented", ... */
const char *bb_source_name(enum bb_source);

#endif
