/* cause.h - what can be wrong, each with its word for programs and its remedy for people
 *
 * The words are told in sp_error.cause and sp_check.cause and never change.
 */
#ifndef BB_CAUSE_H
#define BB_CAUSE_H

#include "source_provider.h"

enum bb_cause {
    BB_NO_CAUSE,
    /* on the way to the server */
    BB_DNS,
    BB_REFUSED,
    BB_TIMEOUT,
    BB_NETWORK,
    BB_PROXY,
    BB_TLS,
    BB_TLS_EXPIRED,
    BB_TLS_NOT_YET_VALID,
    BB_TLS_ISSUER,
    BB_TLS_NAME,
    BB_TLS_PLAIN_HTTP,
    BB_TLS_UNVERIFIED,
    BB_CA_FILE,
    BB_CLIENT_CERT,
    BB_PLAINTEXT,
    /* what answers there */
    BB_HTML,
    BB_JIRA,
    BB_CLOUD,
    BB_CONTEXT_PATH,
    BB_NOT_BITBUCKET,
    BB_GATEWAY,
    BB_STARTING,
    BB_MAINTENANCE,
    BB_NOT_READY,
    BB_VERSION,
    BB_UNAVAILABLE,
    BB_RATE_LIMIT,
    BB_PROTOCOL,
    /* who we are there */
    BB_WRONG_PASSWORD,
    BB_CAPTCHA,
    BB_BASIC_DISABLED,
    BB_TOKEN_REFUSED,
    BB_ANONYMOUS,
    BB_USER_MISMATCH,
    BB_UNNAMED,
    BB_LOGIN_OTHERWISE,
    BB_NOT_PERMITTED,
    BB_NOT_FOUND,
    BB_NOT_ADMIN,
    BB_ADMIN_UNPROVEN,
    /* Git */
    BB_GIT_REFUSED,
    BB_GIT_CAPTCHA,
    BB_GIT_NOT_FOUND,
    BB_GIT_DISABLED,
    BB_GIT_HTML,
    /* the rest */
    BB_CLOCK,
    BB_CONCURRENCY,
    BB_OTHERWISE,
    BB_CAUSES
};

struct bb_cause_row {
    const char *word;    /* stable */
    const char *setting; /* to blame, unless an error names another; or NULL */
    const char *remedy;  /* what to do */
};

/* The row of a cause; all NULL for BB_NO_CAUSE. */
const struct bb_cause_row *bb_cause_row(enum bb_cause);

/* Notes the cause of an error that is there already; returns its code. */
int bb_because(struct sp_error *err, enum bb_cause);

/* The cause that an error names, else the one that its code stands for. */
enum bb_cause bb_cause_of(const struct sp_error *err);

#endif
