/* target.h - what the fuzz targets share
 *
 * A target is one file with LLVMFuzzerTestOneInput, which libFuzzer and AFL++ call with ever
 * new inputs.  It looks not for crashes alone: HOLDS says what must be true of every input.
 */
#ifndef FUZZ_TARGET_H
#define FUZZ_TARGET_H

#include "source_provider.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the program as a crash does when it is not so. */
#define HOLDS(condition)                                                                       \
    ((condition) ? (void)0 : fuzz_fails("does not hold: " #condition, __FILE__, __LINE__))
_Noreturn void fuzz_fails(const char *what, const char *file, int line);

/* An input may have several parts, with a line of "%%" between them. */
struct fuzz_input {
    const uint8_t *data; /* NULL behind the last part */
    size_t size;
};
/* A copy of the next part with a NUL behind it, in memory of its own size, so that who reads
 * beyond is seen.  NULL: there is none any more.  The caller frees. */
char *fuzz_part(struct fuzz_input *, size_t *ret_length);
/* The same as text, which ends at its first NUL; "" where there is none any more. */
char *fuzz_text(struct fuzz_input *);

bool fuzz_is_utf8(const char *text);
/* Whether it is UTF-8, of one line, and not empty. */
bool fuzz_is_line(const char *text);

/* What every error has to be.  `secret` may not be in it. */
void fuzz_check_error(const struct sp_error *, int rc, const char *secret);

static inline struct sp_error fuzz_no_error(void)
{
    return (struct sp_error){.size = sizeof(struct sp_error)};
}

#endif
