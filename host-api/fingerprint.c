/* fingerprint.c - whether settings have changed, without keeping them
 *
 * libcrypt hashes: salted and slow, so that a fingerprint in a store does not help to guess a
 * password.  It takes a few hundred bytes at once; what is longer goes through it in pieces,
 * each together with the hash of those before.
 */
#include "values.h"

#include <crypt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { PIECE = 300 };

/* Hashes what came before and then the text into `hash`, which holds the salt to begin with. */
static int mix(struct crypt_data *data, char *hash, size_t size, const char *text)
{
    char piece[SP_FINGERPRINT_MAX + PIECE + 2];
    const char *mixed;

    do {
        size_t length = strnlen(text, PIECE);

        snprintf(piece, sizeof piece, "%s %.*s", hash, (int)length, text);
        mixed = crypt_r(piece, hash, data);
        if (!mixed || mixed[0] == '*')
            break;
        snprintf(hash, size, "%s", mixed);
        text += length;
    } while (*text);
    explicit_bzero(piece, sizeof piece);
    return mixed && mixed[0] != '*' ? SP_OK : SP_ERR_INTERNAL;
}

static int by_key(const void *a, const void *b)
{
    const struct sp_pair *const *x = a, *const *y = b;

    return strcmp((*x)->key, (*y)->key);
}

/* All in one text, as each hash takes a millisecond: a line for each (no value has two), in the
 * order of their keys, since lines that only changed places are no other settings.  NULL: no
 * memory. */
static char *text_of(const struct sp_values *values, size_t *ret_size)
{
    const struct sp_pair **sorted = calloc(values->n + 1, sizeof *sorted);
    size_t size = 1, at = 0;
    char *text;

    if (!sorted)
        return NULL;
    for (size_t i = 0; i < values->n; i++) {
        sorted[i] = &values->pair[i];
        size += strlen(sorted[i]->key) + strlen(sorted[i]->value) + strlen("=\n");
    }
    qsort(sorted, values->n, sizeof *sorted, by_key);
    text = calloc(1, size);
    for (size_t i = 0; text && i < values->n; i++)
        at +=
            (size_t)snprintf(text + at, size - at, "%s=%s\n", sorted[i]->key, sorted[i]->value);
    free(sorted);
    *ret_size = size;
    return text;
}

static int hash_values(const struct sp_values *values, const char *salt, char *hash,
                       size_t hash_size)
{
    struct crypt_data *data = calloc(1, sizeof *data);
    size_t size = 0;
    char *text = text_of(values, &size);
    int rc = data && text ? SP_OK : SP_ERR_NOMEM;

    snprintf(hash, hash_size, "%s", salt);
    if (!rc)
        rc = mix(data, hash, hash_size, text);
    if (data)
        explicit_bzero(data, sizeof *data);
    if (text)
        explicit_bzero(text, size);
    free(data);
    free(text);
    return rc;
}

int sp_fingerprint_salt(char *salt, size_t size, struct sp_error *err)
{
    static const char letters[] =
        "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    unsigned char random[16];
    size_t length = (size_t)snprintf(salt, size, "$6$rounds=1000$");

    if (length + sizeof random + 2 > size)
        return sp_error_set(err, SP_ERR_INTERNAL, "no room for a salt");
    if (getrandom(random, sizeof random, 0) != sizeof random)
        return sp_error_set(err, SP_ERR_INTERNAL, "the kernel gives no random bytes");
    for (size_t i = 0; i < sizeof random; i++)
        salt[length++] = letters[random[i] % 64];
    salt[length++] = '$';
    salt[length] = '\0';
    return SP_OK;
}

int sp_secrets_fingerprint(const struct source_provider *provider,
                           const struct sp_values *values, const char *salt, char *fingerprint,
                           size_t size, struct sp_error *err)
{
    struct sp_values secrets = {.pair = calloc(values->n + 1, sizeof *secrets.pair)};
    int rc = SP_OK;

    fingerprint[0] = '\0';
    if (!secrets.pair)
        return sp_error_set(err, SP_ERR_NOMEM, "out of memory");
    for (size_t i = 0; i < values->n; i++)
        if (sp_settings_find(provider, values->pair[i].key)->flags & SP_SETTING_SECRET)
            secrets.pair[secrets.n++] = values->pair[i];
    if (secrets.n)
        rc = sp_values_fingerprint(&secrets, salt, fingerprint, size, err);
    free(secrets.pair);
    return rc;
}

int sp_values_fingerprint(const struct sp_values *values, const char *salt, char *fingerprint,
                          size_t size, struct sp_error *err)
{
    int rc = hash_values(values, salt, fingerprint, size);

    if (rc)
        sp_error_set(err, rc,
                     rc == SP_ERR_NOMEM ? "out of memory"
                                        : "libcrypt cannot hash the settings");
    return rc;
}
