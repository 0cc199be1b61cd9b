/* date.h - the forms in which servers write a time
 *
 * Numbers are milliseconds and need no parsing. What is neither is an error of the record
 * that has it.
 */
#ifndef BB_DATE_H
#define BB_DATE_H

#include <stdbool.h>
#include <stdint.h>

/* "2026-08-19T17:27:55.266Z", with or without fraction, with Z, +0200 or +02:00, as
 * Bitbucket 10 writes in webhooks; older servers write numbers.  False: it is no time. */
bool bb_date_parse(const char *text, int64_t *ret_ms);

/* "2024-01-31", midnight UTC. */
bool bb_day_parse(const char *text, int64_t *ret_ms);

#endif
