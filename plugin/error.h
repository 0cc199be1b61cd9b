/* error.h - filling the caller's struct sp_error
 *
 * The message is one line and names what failed; cause.h adds the word for programs and the
 * remedy where there is one.
 */
#ifndef BB_ERROR_H
#define BB_ERROR_H

#include "source_provider.h"

/* Fills *err with one line and returns code. */
int bb_fail(struct sp_error *err, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same with SP_ERR_INVALID, and names the setting to blame. */
int bb_fail_setting(struct sp_error *err, const char *setting, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Names the setting to blame for an error that is there already; returns its code. */
int bb_blame(struct sp_error *err, const char *setting);

int bb_fail_memory(struct sp_error *err);

/* Marks an error that the same call may be spared later; returns its code. */
int bb_may_retry(struct sp_error *err);

#endif
