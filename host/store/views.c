/* views.c - see views.h */
#include "store/views.h"

/* Of a pull request p: what happened in it, and what of that is a review. */
#define IN_P                                                                                   \
    " a.connection = p.connection AND a.repository_id = p.repository_id"                       \
    " AND a.pull_request_number = p.number"
#define REVIEWS_P IN_P " AND a.actor_id <> p.author_id AND a.action IN " SH_REVIEW_ACTIONS

/* Weeks begin on Monday, UTC: the first after 1970 began is 345600000. */
#define TO_WEEK " - 345600000) / 604800000 * 604800000 + 345600000"

/* A row for each pull request: how long it took, and where. */
#define PULL_REQUEST_CYCLE                                                                     \
    "CREATE VIEW pull_request_cycle AS SELECT t.connection, t.repository_id, t.number,"        \
    " t.repository, t.state, t.author_id, t.first_commit_at, t.created_at, t.first_review_at," \
    " t.approved_at, t.closed_at, t.reviews, t.reviewers,"                                     \
    " t.created_at - t.first_commit_at AS coding_ms,"                                          \
    " t.first_review_at - t.created_at AS to_first_review_ms,"                                 \
    " t.approved_at - t.created_at AS to_approval_ms,"                                         \
    " t.closed_at - t.created_at AS open_ms"                                                   \
    " FROM (SELECT p.connection, p.repository_id, p.number, r.path AS repository, p.state,"    \
    " p.author_id, p.created_at, p.closed_at,"                                                 \
    " (SELECT min(c.authored_at) FROM pull_request_commit pc JOIN git_commit c"                \
    " ON c.connection = pc.connection AND c.repository_id = pc.repository_id"                  \
    " AND c.sha = pc.sha WHERE pc.connection = p.connection"                                   \
    " AND pc.repository_id = p.repository_id AND pc.pull_request_number = p.number)"           \
    " AS first_commit_at,"                                                                     \
    " (SELECT min(a.created_at) FROM activity a WHERE" REVIEWS_P ") AS first_review_at,"       \
    " (SELECT min(a.created_at) FROM activity a WHERE" IN_P " AND a.action = 'APPROVED')"      \
    " AS approved_at,"                                                                         \
    " (SELECT count(*) FROM activity a WHERE" REVIEWS_P ") AS reviews,"                        \
    " (SELECT count(DISTINCT a.actor_id) FROM activity a WHERE" REVIEWS_P ") AS reviewers"     \
    " FROM pull_request p JOIN repository r ON r.connection = p.connection"                    \
    " AND r.id = p.repository_id) AS t;"

/* A row for each who reviewed in a week. */
#define REVIEW_LOAD                                                                            \
    "CREATE VIEW review_load AS SELECT a.connection, (a.created_at" TO_WEEK " AS week_at,"     \
    " a.actor_id AS person_id, count(*) AS reviews,"                                           \
    " count(DISTINCT a.repository_id || '/' || p.number) AS pull_requests,"                    \
    " count(CASE WHEN a.action = 'APPROVED' THEN 1 END) AS approvals,"                         \
    " count(CASE WHEN a.action = 'COMMENTED' THEN 1 END) AS comments"                          \
    " FROM activity a JOIN pull_request p ON" REVIEWS_P " GROUP BY 1, 2, 3;"

/* A row for each author (by address) who committed in a week, as branches and tags have it now.
 * Merges are counted apart: their size is that of other commits. */
#define COMMITS_PER_WEEK                                                                       \
    "CREATE VIEW commits_per_week AS SELECT c.connection, c.repository_id,"                    \
    " (c.committed_at" TO_WEEK " AS week_at,"                                                  \
    " coalesce(lower(c.author_email), '') AS author_email, r.path AS repository,"              \
    " count(CASE WHEN c.parents NOT LIKE '% %' THEN 1 END) AS commits,"                        \
    " count(CASE WHEN c.parents LIKE '% %' THEN 1 END) AS merges,"                             \
    " CAST(sum(c.files) AS BIGINT) AS files,"                                                  \
    " CAST(sum(c.insertions) AS BIGINT) AS insertions,"                                        \
    " CAST(sum(c.deletions) AS BIGINT) AS deletions"                                           \
    " FROM git_commit c JOIN repository r ON r.connection = c.connection"                      \
    " AND r.id = c.repository_id"                                                              \
    " WHERE c.reachable = 1 AND c.committed_at IS NOT NULL GROUP BY 1, 2, 3, 4, 5;"

/* A row for each pull request that was merged and that nobody else than its author had said or
 * done anything in until then.  min(+a.actor_id): without the sign SQLite would look for the
 * least in the index of actors, through all activities of the connection. */
#define UNREVIEWED_MERGE                                                                       \
    "CREATE VIEW unreviewed_merge AS SELECT p.connection, p.repository_id, p.number,"          \
    " r.path AS repository, p.title, p.author_id, p.closed_at AS merged_at,"                   \
    " (SELECT min(+a.actor_id) FROM activity a WHERE" IN_P " AND a.action = 'MERGED')"         \
    " AS merged_by_id, p.files, p.insertions, p.deletions"                                     \
    " FROM pull_request p JOIN repository r ON r.connection = p.connection"                    \
    " AND r.id = p.repository_id"                                                              \
    " WHERE p.state = 'MERGED' AND NOT EXISTS (SELECT 1 FROM activity a WHERE" REVIEWS_P       \
    " AND (p.closed_at IS NULL OR a.created_at <= p.closed_at))"

const char sh_views[] = PULL_REQUEST_CYCLE REVIEW_LOAD COMMITS_PER_WEEK UNREVIEWED_MERGE;
