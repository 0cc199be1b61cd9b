/* secrets.h - the secrets of a connection, and whether a text shows one
 *
 * As it is, percent-encoded as in a URL, and within base64 as in a header.
 */
#ifndef KIT_SECRETS_H
#define KIT_SECRETS_H

#include <stdbool.h>
#include <stddef.h>

enum { KIT_SECRET_FORMS = 8, KIT_SECRET_MIN = 4 /* shorter ones stand in any text */ };

struct kit_secret {
    char *key;
    char *form[KIT_SECRET_FORMS];
    size_t n_forms;
};

struct kit_secrets {
    struct kit_secret *secret;
    size_t n;
    unsigned looked; /* texts */
};

/* False: it is too short to be looked for. */
bool kit_secrets_add(struct kit_secrets *, const char *key, const char *value);
/* The key of a secret that the text shows, or NULL. */
const char *kit_secrets_find(const struct kit_secrets *, const char *text);
void kit_secrets_clear(struct kit_secrets *);

#endif
