/* guard.h - a sink that stands between provider and host and checks what passes
 *
 * Half a set, a record without its id, a row after the end: the host never sees them, and the
 * module is told to be at fault.
 */
#ifndef SP_GUARD_H
#define SP_GUARD_H

#include "source_provider_host.h"

enum sp_call { SP_CALL_ENUMERATE, SP_CALL_IMPORT, SP_CALL_HEALTH };

struct sp_guard {
    struct sp_sink sink; /* what the provider gets */
    struct sp_sink copy; /* of the host's, zero where it is older */
    enum sp_call call;
    int complete;    /* the listing ended */
    int stopped;     /* the negative value by which the host ended the call, or 0 */
    int64_t open;    /* number of the pull request between begin and end, or 0 */
    char fault[160]; /* how the provider broke the contract, or "" */
};

/* Prepares guard->sink for one call.  Nothing to free. */
void sp_guard_init(struct sp_guard *, enum sp_call, const struct sp_sink *host);

/* What the provider's return value is worth: itself, or SP_ERR_INTERNAL with *err filled
 * where the contract was broken or no reason was given. */
int sp_guard_result(const struct sp_guard *, const char *provider, int rc,
                    struct sp_error *err);

/* Makes text that was written into so many bytes one line of whole characters. */
void sp_text_tidy(char *text, size_t size);
/* The same of the message of an error that a provider filled. */
void sp_error_tidy(struct sp_error *);

#endif
