/* report.h - what is told as JSON, by commands and by the page: the same members in both
 *
 * Each gives an object that the caller puts back, mostly by printing or sending it.
 */
#ifndef SH_REPORT_H
#define SH_REPORT_H

#include "ingest/decision.h"
#include "output.h"
#include "store/journal.h"
#include "store/worker.h"

/* A module, with its provider or why it cannot be used; a setting of a provider. */
struct json_object *sh_report_module(const struct sp_module *);
struct json_object *sh_report_setting(const struct sp_setting *);

/* What a connection costs. */
struct sh_connection_cost {
    struct sh_forecast forecast;
    int64_t requests; /* of the last day */
};
int sh_connection_cost(struct sh_store *, const char *connection, struct sh_connection_cost *,
                       struct sp_error *);

/* How it goes with a connection. */
struct json_object *sh_report_connection(const struct sh_connection_row *,
                                         const struct sh_connection_cost *, bool has_file);

/* A repository's row as it would be after a sync: kept out by the file as it is now. */
struct sh_repository_row sh_decided(const struct sp_connection_file *,
                                    const struct sh_repository_row *, struct sh_decision *ret);

/* A repository in a listing, of a row that is decided; how it goes with it; and why it is
 * imported, or is not. */
struct json_object *sh_report_listed(const char *connection, const struct sh_repository_row *,
                                     const struct sh_decision *);
struct json_object *sh_report_status(const char *connection, const struct sh_repository_row *);
struct json_object *sh_report_why(const struct sp_connection_file *,
                                  const struct sh_repository_row *, const struct sh_decision *);

/* A check of a health report. */
struct json_object *sh_report_check(const char *connection, const struct sp_check *);

/* What was done, and how it went. */
struct json_object *sh_report_run(const struct sh_journal_row *);

/* A worker, and one thing that it is at. */
struct json_object *sh_report_worker(const struct sh_worker_job *);

#endif
