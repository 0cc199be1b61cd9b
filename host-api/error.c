/* error.c - filling struct sp_error, and the words for codes and enums */
#include "guard.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void sp_error_clear(struct sp_error *err)
{
    memset(err, 0, sizeof *err);
    err->size = sizeof *err;
}

/* Takes back the bytes of a UTF-8 sequence that vsnprintf cut in the middle. */
static void drop_cut_character(char *text, size_t size)
{
    size_t end = strlen(text), lead;

    if (end + 1 < size)
        return;
    for (lead = end; lead > 0 && ((unsigned char)text[lead - 1] & 0xC0) == 0x80; lead--)
        ;
    if (lead > 0 && ((unsigned char)text[lead - 1] & 0x80))
        text[lead - 1] = '\0';
}

void sp_text_tidy(char *text, size_t size)
{
    text[size - 1] = '\0';
    drop_cut_character(text, size);
    for (char *c = text; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7F)
            *c = ' ';
}

void sp_error_tidy(struct sp_error *err)
{
    sp_text_tidy(err->message, sizeof err->message);
}

int sp_error_set(struct sp_error *err, int code, const char *format, ...)
{
    va_list args;

    if (!err)
        return code;
    sp_error_clear(err);
    err->code = code;
    va_start(args, format);
    vsnprintf(err->message, sizeof err->message, format, args);
    va_end(args);
    drop_cut_character(err->message, sizeof err->message);
    return code;
}

static const char *name_of(const char *const *names, size_t n, uint32_t value)
{
    return value < n ? names[value] : names[0];
}

#define NAME_OF(names, value) name_of(names, sizeof(names) / sizeof *(names), value)

const char *sp_code_name(int code)
{
    static const char *const names[] = {
        "done",          "internal error", "out of memory", "invalid setting", "unsupported",
        "cancelled",     "login refused",  "not permitted", "not found",       "rate limited",
        "network error", "TLS error",      "server error",  "protocol error",  "partly done",
    };

    if (code <= SP_ERR_HOST)
        return "failed in the host";
    if (code > 0 || code <= -(int)(sizeof names / sizeof *names))
        return "internal error";
    return names[-code];
}

const char *sp_setting_type_name(uint32_t type)
{
    static const char *const names[] = {"string", "url",  "integer", "boolean",
                                        "file",   "date", "list"};

    return NAME_OF(names, type);
}

const char *sp_action_name(uint32_t action)
{
    static const char *const names[] = {
        "OTHER",
        "OPENED",
        "UPDATED",
        "RESCOPED",
        "COMMENTED",
        "APPROVED",
        "UNAPPROVED",
        "REVIEWED",
        "REVIEW_COMMENTED",
        "REVIEW_DISCARDED",
        "REVIEW_FINISHED",
        "MERGED",
        "DECLINED",
        "REOPENED",
        "DELETED",
        "AUTO_MERGE_REQUESTED",
        "AUTO_MERGE_CANCELLED",
    };

    return NAME_OF(names, action);
}

const char *sp_review_state_name(uint32_t state)
{
    static const char *const names[] = {"UNAPPROVED", "APPROVED", "NEEDS_WORK"};

    return NAME_OF(names, state);
}

const char *sp_pull_request_state_name(uint32_t state)
{
    static const char *const names[] = {"UNKNOWN", "OPEN", "MERGED", "DECLINED"};

    return NAME_OF(names, state);
}

const char *sp_severity_name(uint32_t severity)
{
    static const char *const names[] = {"NORMAL", "BLOCKER"};

    return NAME_OF(names, severity);
}

const char *sp_comment_state_name(uint32_t state)
{
    static const char *const names[] = {NULL, "OPEN", "PENDING", "RESOLVED"};

    return NAME_OF(names, state);
}

const char *sp_check_status_name(uint32_t check_status)
{
    static const char *const names[] = {"pass", "warn", "fail", "skip"};

    return NAME_OF(names, check_status);
}
