/* secret.h - secrets that do not stand in the connection file itself
 *
 * For each secret KEY of a provider there are KEY_file (its only line), KEY_env (a variable
 * of the environment) and KEY_credential (a credential that systemd passes to a service).
 */
#ifndef SP_SECRET_H
#define SP_SECRET_H

#include "source_provider_host.h"

enum sp_secret_source { SP_SECRET_NONE, SP_SECRET_FILE, SP_SECRET_ENV, SP_SECRET_CREDENTIAL };

/* Where `key` says that the secret of `setting` is: SP_SECRET_FILE for "password_file" where
 * "password" is the secret.  SP_SECRET_NONE when it says nothing of it. */
enum sp_secret_source sp_secret_source(const char *key, const struct sp_setting *setting);

/* What there is to tell of a secret, without it; "" for nothing. */
struct sp_secret_notes {
    char fault[400], warning[400];
    int lacks_memory; /* and that is the whole fault */
};

/* Reads it from `where`, a path or a name; the caller wipes and frees.  NULL with a fault, or
 * for lack of memory. */
char *sp_secret_read(enum sp_secret_source, const char *where, struct sp_secret_notes *);

#endif
