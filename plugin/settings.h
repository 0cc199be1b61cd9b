/* settings.h - what can be set of a connection, and its checked values
 *
 * The table is in module.c, where who wants to know the module begins to read; a row's type
 * and bounds are checked once more here, as a host may be careless.
 */
#ifndef BB_SETTINGS_H
#define BB_SETTINGS_H

#include "source_provider.h"

#include <stdbool.h>

/* One row of the table: the declaration, and where its value goes. */
struct bb_setting {
    struct sp_setting declared;
    size_t offset; /* in struct bb_settings */
};

/* In module.c. */
extern const struct bb_setting bb_setting_table[];
extern const size_t bb_setting_count;

struct bb_settings {
    char *base_url;
    char *username;
    char *password;
    char *token;
    char *ca_file;
    char *client_cert;
    char *client_key;
    bool verify_tls;
    char *proxy;
    bool allow_plaintext;
    int64_t max_concurrency;
    int64_t max_requests_per_second; /* 0: no limit of our own */
    int64_t request_timeout;         /* seconds */
    int64_t page_size;
    bool include_personal;
    bool include_archived;
    char *exclude; /* globs separated by blanks */
    bool pull_requests;
    int64_t history_since_ms; /* 0: all */
    int64_t reread_closed_days;
    int64_t full_cycle_days;
};

/* Fills *settings from the pairs and the table's fallbacks; no input or output.  On error
 * nothing is left to free. */
int bb_settings_read(struct bb_settings *settings, const struct sp_pair *pairs, size_t n,
                     struct sp_error *err);

/* Wipes the secrets and frees what the struct holds. */
void bb_settings_clear(struct bb_settings *);

/* 1: "KEY/slug" matches one of the globs of `exclude`, without regard to case; 0: it does not,
 * SP_ERR_NOMEM. */
int bb_settings_exclude(const struct bb_settings *, const char *path);

#endif
