/* source_provider_host.h - what a host needs to use source providers
 *
 * libsource-provider finds the modules in a directory, reads connection files, checks
 * settings against what a module declares, and calls modules in a guarded way: under
 * the locks that their threading level asks for, and with everything that comes back
 * checked.  It prints nothing, never exits, and keeps no state of its own.
 *
 * Words: a *module* is a file with a provider in it; a *connection file* says which
 * provider reaches which server as whom; a *connection* is the live thing made of both.
 *
 * Functions that return int return 0 or a negative enum sp_code and then fill err.
 * Objects are freed by the _free or _close function of their kind, which takes NULL.
 * Different objects may be used by different threads; one object by one thread at a
 * time, except where it says otherwise.
 */
#ifndef SOURCE_PROVIDER_HOST_H
#define SOURCE_PROVIDER_HOST_H

#include <source_provider.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Errors ---------------------------------------------------------------- */

/* Empties *err and sets its size. */
void sp_error_clear(struct sp_error *err);

/* Fills *err (NULL: does nothing) with one line, cut at its maximum between two
 * characters; returns code. */
int sp_error_set(struct sp_error *err, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The word for a code, as "login refused"; never NULL. */
const char *sp_code_name(int code);

/* ---- Modules --------------------------------------------------------------- */

struct sp_module {
    const char *file;                       /* whole path */
    const struct source_provider *provider; /* NULL: cannot be used, see reason */
    const char *reason;                     /* why not, one line */
};

struct sp_modules; /* the modules of one directory */

/* Loads every module ("*.so") in `directory`.  A module that cannot be used is no error,
 * it is listed with its reason; a directory that cannot be read is one, and so is lack of
 * memory.  Loaded modules stay in memory until the process ends.  Callable from any thread. */
int sp_modules_open(const char *directory, struct sp_modules **ret, struct sp_error *err);
void sp_modules_free(struct sp_modules *);

/* By file name, n-th from 0; NULL past the last.  Borrowed from the modules. */
const struct sp_module *sp_modules_get(const struct sp_modules *, size_t n);

/* The usable provider of that name, or NULL. */
const struct source_provider *sp_modules_find(const struct sp_modules *, const char *name);

/* ---- Connection files ------------------------------------------------------ */

/* Something to tell the user about a place in a file. */
struct sp_problem {
    const char *file;
    unsigned line;    /* 0: the file as a whole */
    int warning;      /* 0: an error, the file cannot be used as it is */
    const char *text; /* one line, holds no secret */
};
typedef void (*sp_problem_fn)(void *ctx, const struct sp_problem *);

/* One `key = value` with its place. */
struct sp_entry {
    const char *key, *value;
    unsigned line;
};

struct sp_entries {
    const struct sp_entry *entry;
    size_t n;
};

struct sp_connection_file {
    const char *name; /* of the connection: the file's name without ".conf" */
    const char *path;
    const char *provider;
    const char *owner; /* NULL: not said */
    unsigned provider_line, settings_line;
    struct sp_entries settings;
    /* [import]: words of lists, each an entry of its own */
    struct sp_entries repositories, auto_import, exclude;
    struct sp_entries kinds; /* of [import], too: include_KIND = a boolean */
};

/* Reads a connection file.  Everything wrong with it is told to `problem`, all of it at
 * once; with an error among that, returns SP_ERR_INVALID, or SP_ERR_NOMEM, and *ret stays as
 * it was. */
int sp_connection_file_read(const char *path, struct sp_connection_file **ret,
                            sp_problem_fn problem, void *ctx);
void sp_connection_file_free(struct sp_connection_file *);

/* ---- Settings -------------------------------------------------------------- */

struct sp_values; /* checked settings of one connection, secrets included */

/* Checks settings against the table that the provider declares: unknown, missing, twice,
 * wrong type, out of range.  Fetches each secret that is kept elsewhere: KEY_file, KEY_env,
 * KEY_credential.
 * What the provider's configure says of the meaning comes later. */
int sp_settings_check(const struct source_provider *, const struct sp_connection_file *,
                      struct sp_values **ret, sp_problem_fn problem, void *ctx);
/* Wipes and frees. */
void sp_values_free(struct sp_values *);

/* The setting that a key of a file gives a value to: the one of that name, or the secret that
 * KEY_file, KEY_env or KEY_credential fetches.  NULL: there is none. */
const struct sp_setting *sp_settings_find(const struct source_provider *, const char *key);

/* The line that set a key (or said where its secret is), or that of [settings]. */
unsigned sp_settings_line(const struct sp_connection_file *, const char *key);

/* Whether text is a boolean's value, and whether it means yes. */
int sp_is_boolean(const char *text);
int sp_is_yes(const char *text);

/* The word for an enum sp_setting_type, as "integer". */
const char *sp_setting_type_name(uint32_t type);

/* ---- Connections: guarded calls -------------------------------------------- */

struct sp_connection;

/* Configures an instance of the provider.  The host is borrowed until close; values are
 * not needed after the call.  Does no input or output. */
int sp_connection_open(const struct source_provider *, const struct sp_host *,
                       const struct sp_values *, struct sp_connection **ret,
                       struct sp_error *err);
void sp_connection_close(struct sp_connection *);

/* The calls of struct source_provider.  Any thread may call at any time: calls wait for
 * each other as the provider's threading level asks.  A sink's callbacks get structs of
 * this header's size, in the order that the contract promises; a provider that breaks
 * it ends with SP_ERR_INTERNAL. */
int sp_connection_enumerate(struct sp_connection *, const struct sp_sink *, struct sp_error *);
int sp_connection_import(struct sp_connection *, const struct sp_import *,
                         const struct sp_sink *, struct sp_error *);
int sp_connection_health(struct sp_connection *, const struct sp_sink *, struct sp_error *);

/* ---- Refused logins -------------------------------------------------------- */

/* Which account the connection logs in as, see struct source_provider. */
int sp_connection_account(struct sp_connection *, char *account, size_t size,
                          struct sp_error *);

#define SP_SALT_MAX        64
#define SP_FINGERPRINT_MAX 128

/* Makes a salt for fingerprints, of at most SP_SALT_MAX bytes. */
int sp_fingerprint_salt(char *salt, size_t size, struct sp_error *);
/* A slow hash of all values, secrets included, in whatever order they were written: with the
 * same salt it tells whether they have changed since, and nothing else.  At most
 * SP_FINGERPRINT_MAX bytes. */
int sp_values_fingerprint(const struct sp_values *, const char *salt, char *fingerprint,
                          size_t size, struct sp_error *);
/* The same of the secrets alone; "" where there are none. */
int sp_secrets_fingerprint(const struct source_provider *, const struct sp_values *,
                           const char *salt, char *fingerprint, size_t size, struct sp_error *);

/* ---- Names ----------------------------------------------------------------- */

/* The words that stores and programs use for the contract's enums; never NULL. */
const char *sp_action_name(uint32_t action);             /* "OPENED", "OTHER" */
const char *sp_review_state_name(uint32_t state);        /* "APPROVED" */
const char *sp_pull_request_state_name(uint32_t state);  /* "MERGED" */
const char *sp_severity_name(uint32_t severity);         /* "BLOCKER" */
const char *sp_comment_state_name(uint32_t state);       /* "RESOLVED", NULL: unknown */
const char *sp_check_status_name(uint32_t check_status); /* "pass" */

#ifdef __cplusplus
}
#endif
#endif /* SOURCE_PROVIDER_HOST_H */
