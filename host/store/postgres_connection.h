/* postgres_connection.h - one connection to PostgreSQL, opened again when it was lost
 *
 * A transaction that was under way when it was lost has failed, and nothing else is done
 * before its end was said.  Every wait ends when the program is to stop.
 */
#ifndef SH_POSTGRES_CONNECTION_H
#define SH_POSTGRES_CONNECTION_H

#include "store/store.h"

#include <libpq-fe.h>

struct sh_postgres {
    char *url;
    PGconn *db;          /* NULL: it is not open */
    unsigned generation; /* counts how often it was opened */
    bool in_transaction; /* as far as was heard */
    bool is_ended;       /* the server has said so, its end of the line may come later */
    bool listens;        /* to what others tell */
};

/* Opens the connection, and refuses a database that cannot serve as a store. */
int sh_postgres_connect(struct sh_postgres *, const char *url, struct sp_error *);
void sh_postgres_clear(struct sh_postgres *);

/* Opens it again where it was lost outside of a transaction. */
int sh_postgres_need(struct sh_postgres *, struct sp_error *);

/* For a rollback: true when the transaction is gone with its connection. */
bool sh_postgres_forget(struct sh_postgres *);

/* Until an answer can be taken without waiting; false when the connection is lost, or the
 * program is to stop and the server has had its time. */
bool sh_postgres_wait(struct sh_postgres *);

/* The last result of one statement or script, which the caller clears; the one that tells of an
 * error ends it; NULL: the connection is lost. */
PGresult *sh_postgres_result(struct sh_postgres *);

/* Waits for what others tell, or for the descriptor to become readable; at most so long. */
void sh_postgres_listen(struct sh_postgres *, int descriptor, int64_t ms);

/* SP_ERR_HOST with what PostgreSQL says: of the result, else of the connection. */
int sh_postgres_fail(struct sh_postgres *, const PGresult *, struct sp_error *);

#endif
