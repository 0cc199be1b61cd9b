/* health_limits.c - how hard the server may be asked, and whether it has our time */
#include "health.h"

#include "budget.h"
#include "version.h"

enum {
    LOCKOUT_THRESHOLD = 5, /* failed logins until a CAPTCHA, by default (documented) */
    SKEW_MAX_S = 60
};

static void tell_rate_limit(struct bb_report *report, struct json_object *root,
                            struct bb_finding finding)
{
    struct bb_budget budget = bb_budget_read(root);

    bb_budget_refine(&budget, report->call);
    bb_budget_note(report->instance, &budget);
    if (!budget.is_limited)
        bb_tell(report, "rate_limit", SP_CHECK_PASS, finding,
                "the server does not limit requests%s",
                budget.is_own ? " of this account, as it does others" : "");
    else if (budget.is_told)
        bb_tell(report, "rate_limit", SP_CHECK_PASS, finding,
                "the server grants %s %lld requests at once, then %lld per second",
                budget.is_own ? "this account" : "each account", (long long)budget.capacity,
                (long long)budget.fill_rate);
    else
        bb_tell(report, "rate_limit", SP_CHECK_PASS, finding,
                "the server limits requests, and does not say how");
}

static void check_rate_limit(struct bb_report *report)
{
    struct sp_error err = {.size = sizeof err};
    struct bb_finding finding = {0};
    struct bb_document document;
    int rc;

    if (bb_leave_out(report, "rate_limit"))
        return;
    if (!bb_version_has(report->version_number, BB_RATE_LIMITS)) {
        bb_tell(report, "rate_limit", SP_CHECK_PASS, BB_NOTHING,
                "servers of this version do not limit requests");
        bb_budget_note(report->instance, &(struct bb_budget){0});
        return;
    }
    bb_document_init(&document);
    rc = bb_ask_document(report, &document,
                         bb_base_make(&report->instance->base, bb_fact(BB_RATE_LIMITS)->name),
                         BB_ONCE | BB_ASIDE, &err);
    if (document.request)
        finding.duration_ms = bb_request_timing(document.request).total_ms;
    if (!rc)
        tell_rate_limit(report, document.root, finding);
    else if (rc == SP_ERR_CANCELLED)
        bb_tell_error(report, "rate_limit", &err, finding);
    else
        bb_tell(report, "rate_limit", SP_CHECK_SKIP, finding, "the settings cannot be read: %s",
                err.message);
    bb_document_clear(&document);
}

static void check_clock(struct bb_report *report)
{
    int64_t ahead = report->clock_ahead_s;

    if (report->rc)
        return;
    if (!report->knows_clock)
        bb_tell(report, "clock", SP_CHECK_SKIP, BB_NOTHING, "no answer told the time");
    else if (ahead > SKEW_MAX_S || ahead < -SKEW_MAX_S)
        bb_tell(report, "clock", SP_CHECK_WARN, (struct bb_finding){.cause = BB_CLOCK},
                "the server's clock is %lld seconds %s this machine's",
                (long long)(ahead > 0 ? ahead : -ahead), ahead > 0 ? "ahead of" : "behind");
    else
        bb_tell(report, "clock", SP_CHECK_PASS, BB_NOTHING,
                "the server's clock and this machine's agree");
}

static void check_concurrency(struct bb_report *report)
{
    long long most = report->instance->settings.max_concurrency;

    if (report->rc)
        return;
    if (most >= LOCKOUT_THRESHOLD)
        bb_tell(report, "concurrency", SP_CHECK_WARN,
                (struct bb_finding){.cause = BB_CONCURRENCY},
                "up to %lld requests at once, and %d failed logins lock the account by default",
                most, LOCKOUT_THRESHOLD);
    else
        bb_tell(report, "concurrency", SP_CHECK_PASS, BB_NOTHING,
                "up to %lld requests at once, fewer than lock an account", most);
}

void bb_check_settings(struct bb_report *report)
{
    if (report->rc)
        return;
    check_rate_limit(report);
    check_clock(report);
    check_concurrency(report);
}
