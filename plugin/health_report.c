/* health_report.c - what all checks of a health report do: ask, tell, leave out */
#include "health.h"

#include "error.h"
#include "utf8.h"

#include <stdarg.h>
#include <stdio.h>

void bb_tell(struct bb_report *report, const char *id, enum sp_check_status status,
             struct bb_finding finding, const char *format, ...)
{
    const struct bb_cause_row *row = bb_cause_row(finding.cause);
    char detail[700];
    struct sp_check check = {
        .size = sizeof check,
        .id = id,
        .detail = detail,
        .remedy = row->remedy,
        .setting = finding.setting ? finding.setting : row->setting,
        .cause = row->word,
        .status = status,
        .code = finding.code,
        .duration_ms = finding.duration_ms,
    };
    va_list args;

    va_start(args, format);
    vsnprintf(detail, sizeof detail, format, args);
    va_end(args);
    bb_utf8_line(detail);
    if (status == SP_CHECK_FAIL && !finding.is_leaf)
        report->failed = true;
    if (!report->rc && report->sink->check)
        report->rc = report->sink->check(report->sink->ctx, &check);
}

void bb_tell_error(struct bb_report *report, const char *id, const struct sp_error *err,
                   struct bb_finding finding)
{
    if (err->code == SP_ERR_CANCELLED || err->code == SP_ERR_NOMEM) { /* nothing was found */
        if (!report->rc)
            report->rc = err->code;
        return;
    }
    if (!finding.cause)
        finding.cause = bb_cause_of(err);
    if (!finding.setting && err->setting[0])
        finding.setting = err->setting;
    finding.code = err->code;
    bb_tell(report, id, SP_CHECK_FAIL, finding, "%s", err->message);
}

void bb_note_memory(struct bb_report *report, int rc)
{
    if (rc == SP_ERR_NOMEM && !report->rc)
        report->rc = rc;
}

bool bb_leave_out(struct bb_report *report, const char *id)
{
    if (report->failed)
        bb_tell(report, id, SP_CHECK_SKIP, BB_NOTHING, "not tried, a check above failed");
    return report->failed || report->rc;
}

int bb_ask(struct bb_report *report, char *url, unsigned flags, struct bb_request **ret,
           struct sp_error *err)
{
    int rc;

    *ret = NULL;
    rc = bb_request_start(report->call, url, NULL, flags | BB_RAW | BB_ONCE, ret, err);
    if (!rc)
        rc = bb_request_wait(*ret, err);
    bb_note_memory(report, rc);
    return rc;
}

int bb_ask_document(struct bb_report *report, struct bb_document *document, char *url,
                    unsigned flags, struct sp_error *err)
{
    int rc = bb_document_get(report->call, document, url, flags, err);

    bb_note_memory(report, rc);
    return rc;
}

void bb_note_clock(struct bb_report *report, const struct bb_request *request)
{
    const struct bb_answer *answer = request ? bb_request_answer(request) : NULL;

    if (!answer || !answer->tells_clock)
        return;
    report->knows_clock = true;
    report->clock_ahead_s = answer->clock_ahead_s;
}
