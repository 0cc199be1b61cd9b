/* error.c - see error.h */
#include "error.h"

#include "utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void fill(struct sp_error *err, int code, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));

static void fill(struct sp_error *err, int code, const char *format, va_list args)
{
    size_t size = err->size;

    memset(err, 0, sizeof *err);
    err->size = size;
    err->code = code;
    vsnprintf(err->message, sizeof err->message, format, args);
    bb_utf8_line(err->message);
}

int bb_fail(struct sp_error *err, int code, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fill(err, code, format, args);
    va_end(args);
    return code;
}

int bb_fail_setting(struct sp_error *err, const char *setting, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fill(err, SP_ERR_INVALID, format, args);
    va_end(args);
    return bb_blame(err, setting);
}

int bb_blame(struct sp_error *err, const char *setting)
{
    snprintf(err->setting, sizeof err->setting, "%s", setting);
    return err->code;
}

int bb_fail_memory(struct sp_error *err)
{
    return bb_fail(err, SP_ERR_NOMEM, "out of memory");
}

int bb_may_retry(struct sp_error *err)
{
    err->flags |= SP_ERROR_RETRY;
    return err->code;
}
