/* secret.h - the login as it is sent, and keeping it out of what is shown
 *
 * Servers, proxies and libraries may say what they were given: plain, percent-encoded as in a
 * URL, or base64 as in a header.
 */
#ifndef BB_SECRET_H
#define BB_SECRET_H

#include "settings.h"
#include "source_provider.h"

enum { BB_SECRET_FORMS = 5 };

struct bb_secret {
    char *header; /* "Authorization: Basic ...", for REST and for Git */
    char *forms[BB_SECRET_FORMS];
    size_t n;
};

/* Fails when out of memory only; bb_secret_clear is to follow in any case. */
int bb_secret_make(struct bb_secret *secret, const struct bb_settings *settings,
                   struct sp_error *err);
/* Wipes and frees. */
void bb_secret_clear(struct bb_secret *);

/* The value of the header Authorization. */
const char *bb_secret_authorization(const struct bb_secret *);

/* Puts asterisks over each form of it in `length` bytes of text.  To be called before text is
 * cut, of half a secret nothing is found.  What is shorter than three bytes stays: it would
 * make every text unreadable, and tells nothing. */
void bb_secret_hide(const struct bb_secret *, char *text, size_t length);

#endif
