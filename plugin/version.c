/* version.c - see version.h */
#include "version.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define V(major, minor)  BB_VERSION_NUMBER(major, minor)
#define LAST_BEFORE(...) (V(__VA_ARGS__) - 1)

static const struct bb_fact_row facts[BB_FACT_COUNT] = {
    [BB_PAGE_OF_PROJECTS] = {"pages of 1000 projects", "projects", 1000, 0, 0, BB_REPORTED,
                             false},
    [BB_PAGE_OF_REPOSITORIES] = {"pages of 1000 repositories", "repos", 1000, 0, 0, BB_OBSERVED,
                                 false},
    /* 1000 later; but a row holds two repositories, and a hundred rows are some 400 KB */
    [BB_PAGE_OF_PULL_REQUESTS] = {"pages of no more than 100 pull requests", "pull-requests",
                                  100, 0, LAST_BEFORE(6, 0), BB_OBSERVED, false},
    [BB_PAGE_OF_ACTIVITIES] = {"pages of 500 activities", "activities", 500, 0, 0, BB_OBSERVED,
                               false},
    [BB_PAGE_OF_COMMITS] = {"pages of 1000 commits of a pull request", "commits", 1000, 0, 0,
                            BB_OBSERVED, false},
    [BB_TOKENS] = {"access tokens", "Bearer", 0, V(5, 5), 0, BB_DOCUMENTED, true},
    [BB_RATE_LIMITS] = {"limits on requests", "/rest/api/1.0/admin/rate-limit/settings", 0,
                        V(6, 6), 0, BB_DOCUMENTED, false},
    [BB_COMMENT_TASKS] = {"tasks apart from comments", "tasks", 0, 0, LAST_BEFORE(7, 0),
                          BB_OBSERVED, false},
    [BB_BLOCKERS] = {"tasks that are comments", "severity", 0, V(7, 0), 0, BB_DOCUMENTED,
                     false},
    /* An import then asks REST for the commits of a fork that Git does not have. */
    [BB_LAZY_HEADS] = {"heads of pull requests that Git gets when their changes are looked at",
                       "refs/pull-requests", 0, V(7, 0), 0, BB_DOCUMENTED, false},
    [BB_ARCHIVED] = {"archived repositories", "archived", 0, V(8, 0), 0, BB_DOCUMENTED, true},
    [BB_AUTO_MERGE] = {"automatic merges", "AUTO_MERGE_REQUESTED", 0, V(8, 15), 0,
                       BB_DOCUMENTED, true},
    [BB_DRAFTS] = {"draft pull requests", "draft", 0, V(8, 18), 0, BB_DOCUMENTED, true},
    [BB_THREADS] = {"threads that are resolved", "threadResolvedDate", 0, V(9, 1), 0,
                    BB_DESCRIBED, false},
    [BB_REVIEWS] = {"reviews that are finished or discarded", "REVIEW_FINISHED", 0, V(9, 2), 0,
                    BB_DESCRIBED, false},
    [BB_DEFAULT_BRANCH] = {"default branches in listings", "defaultBranch", 0, V(9, 2), 0,
                           BB_DESCRIBED, false},
    [BB_PATH_OBJECTS] = {"paths of comments as objects", "components", 0, V(9, 2), 0,
                         BB_DESCRIBED, false},
    /* so far in webhooks only; REST said numbers */
    [BB_ISO_DATES] = {"dates as text", "createdDate", 0, V(10, 0), 0, BB_OBSERVED, false},
};

const struct bb_fact_row *bb_fact(enum bb_fact fact)
{
    return &facts[fact];
}

/* Up to three digits, and the dot behind them; scanf would take blanks and signs too. */
static unsigned parse_part(const char **text)
{
    unsigned part = 0;
    int n;

    for (n = 0; n < 3 && isdigit((unsigned char)**text); n++)
        part = part * 10 + (unsigned)(*(*text)++ - '0');
    *text += n && **text == '.' ? 1 : strlen(*text);
    return part;
}

uint32_t bb_version_parse(const char *text)
{
    unsigned major = parse_part(&text), minor = parse_part(&text), patch = parse_part(&text);

    return BB_VERSION_NUMBER(major, minor) + patch;
}

static bool has(uint32_t version, const struct bb_fact_row *row)
{
    return !version || (version >= row->first && (!row->last || version <= row->last));
}

bool bb_version_has(uint32_t version, enum bb_fact fact)
{
    return has(version, &facts[fact]);
}

bool bb_fact_is_missed(const struct bb_fact_row *row, uint32_t version, char *text, size_t size)
{
    bool is_gone = row->last && version > row->last;
    uint32_t border = is_gone ? row->last + 1 : row->first;

    if (!row->is_missed || has(version, row))
        return false;
    snprintf(text, size, "%s (%s %u.%u)", row->what, is_gone ? "before" : "from",
             border / V(1, 0), border % V(1, 0) / V(0, 1));
    return true;
}

const char *bb_source_name(enum bb_source source)
{
    static const char *const names[] = {
        [BB_DOCUMENTED] = "documented",
        [BB_DESCRIBED] = "described",
        [BB_OBSERVED] = "observed",
        [BB_REPORTED] = "reported",
    };

    return names[source];
}
