/* answer.h - what came back for one request, and the error that it means
 *
 * Status, headers and the first bytes of a body that is no JSON decide together: a proxy's
 * page and Bitbucket's own refusal may have the same status.
 */
#ifndef BB_ANSWER_H
#define BB_ANSWER_H

#include "buffer.h"
#include "cause.h"
#include "instance.h"
#include "source_provider.h"

#include <curl/curl.h>
#include <stdbool.h>

struct bb_answer {
    long status;
    bool lacks_memory; /* for something in it, so that nothing may be concluded from it */
    bool is_json;
    bool is_anonymous;           /* to a request without credentials */
    bool tells_clock;            /* so clock_ahead_s is known */
    char content_type[64];       /* or "" */
    char *place;                 /* where a redirect leads to, absolute; NULL: nowhere */
    int64_t clock_ahead_s;       /* how far the server's clock is ahead of ours */
    char *user;                  /* X-AUSERNAME, decoded; NULL: the answer has none */
    char denied_reason[64];      /* X-Authentication-Denied-Reason, or "" */
    char exception[80];          /* last segment of errors[0].exceptionName, or "" */
    struct bb_buffer other_body; /* what is not the JSON that was asked for, its beginning */
};

void bb_answer_init(struct bb_answer *);
void bb_answer_clear(struct bb_answer *);

/* Takes over status and headers once they have arrived. */
void bb_answer_read(struct bb_answer *, const struct sp_instance *, CURL *);

/* Hides the secret in the body that has arrived. */
void bb_answer_hide(struct bb_answer *, const struct sp_instance *);

/* The error that an answer of status 300 and above means, or one that is no JSON. */
int bb_answer_error(const struct sp_instance *, struct bb_answer *, const char *url,
                    struct sp_error *err);

/* The error that libcurl's code means. */
int bb_transfer_error(const struct sp_instance *, CURLcode code, const char *url,
                      const char *detail, struct sp_error *err);

/* A refused login, in words that name the account; `why` is what the server said, or "". */
int bb_login_error(const struct sp_instance *, enum bb_cause, const char *why,
                   struct sp_error *err);

#endif
