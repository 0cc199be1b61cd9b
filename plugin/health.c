/* health.c - a report of checks in order; a failed one leaves out those that depend on it
 *
 * At most one login is tried in a report: Bitbucket counts failures.
 */
#include "health.h"

#include "error.h"
#include "verbs.h"

int bb_health(struct sp_instance *instance, const struct sp_sink *sink, struct sp_error *err)
{
    struct bb_report report = {
        .instance = instance, .sink = sink, .status_err = {.size = sizeof report.status_err}};
    int rc = bb_call_open(instance, sink, &report.call, err);

    if (rc)
        return rc;
    bb_check_reach(&report);
    bb_check_account(&report);
    bb_check_git(&report);
    bb_check_settings(&report);
    bb_call_close(report.call);
    if (report.rc == SP_ERR_CANCELLED)
        return bb_fail(err, report.rc, "cancelled");
    if (report.rc == SP_ERR_NOMEM)
        return bb_fail_memory(err);
    return report.rc;
}
