/* store_fixture.h - what the tests of host/store/ share: a store of each test's own
 *
 * On SQLite, or on the empty database of PostgreSQL that SH_CHECK_STORE names.
 */
#ifndef STORE_FIXTURE_H
#define STORE_FIXTURE_H

#include "store/scope.h"

#include <check.h>

extern char path[256]; /* of a file, or a URL */
extern struct sh_store *store;
extern struct sp_error err;
extern struct sh_scope scope, listing; /* repository 7 of the connection acme; its listing */

#define OK(call) ck_assert_msg((call) == SP_OK, "%s", err.message)

/* Each test begins with a database that is empty but for the connection acme. */
void set_up(void);
void tear_down(void);

/* Another connection to the same store, as another process has it; open until tear_down. */
struct sh_store *other_store(void);

/* The only number or text of a query, which is a literal. */
#define NUMBER(sql) number_of(store, "SELECT " sql, __LINE__)
#define TEXT(sql)   text_of("SELECT " sql, __LINE__)
int64_t number_of(struct sh_store *, const char *sql, int line);
/* "(null)" for NULL; good until the next call. */
const char *text_of(const char *sql, int line);

void list_organization(void);
void list_repository(int64_t id, const char *repository_path);

/* Runs all tests of a suite and reports them as TAP; the value is for main to return. */
int run_all(Suite *suite);

#endif
