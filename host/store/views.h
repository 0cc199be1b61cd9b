/* views.h - the usual questions, as views that people and `export` ask
 *
 * They are written once for SQLite and PostgreSQL.  What is called a review is the same here
 * and on the page: what somebody else than the author says or does in a pull request.
 */
#ifndef SH_VIEWS_H
#define SH_VIEWS_H

#define SH_REVIEW_ACTIONS                                                                      \
    "('APPROVED', 'REVIEWED', 'COMMENTED', 'REVIEW_COMMENTED', 'REVIEW_FINISHED')"

/* Makes them: statements for schema.c.  Stores have them as they are here now: another text,
 * of SH_REVIEW_ACTIONS too, comes with a version of the tables that makes them anew. */
extern const char sh_views[];

#endif
