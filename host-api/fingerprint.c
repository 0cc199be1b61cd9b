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

enum { PIECE = 200 };

/* Hashes key, value and what came before into `hash`, which holds the salt to begin with. */
static int mix(struct crypt_data *data, char *hash, size_t size, const char *key,
               const char *value)
{
    char piece[SP_FINGERPRINT_MAX + 64 + PIECE + 4];
    const char *mixed;

    do {
        size_t length = strnlen(value, PIECE);

        snprintf(piece, sizeof piece, "%s %s=%.*s", hash, key, (int)length, value);
        mixed = crypt_r(piece, hash, data);
        if (!mixed || mixed[0] == '*')
            break;
        snprintf(hash, size, "%s", mixed);
        value += length;
    } while (*value);
    explicit_bzero(piece, sizeof piece);
    return mixed && mixed[0] != '*' ? SP_OK : SP_ERR_INTERNAL;
}

static int by_key(const void *a, const void *b)
{
    const struct sp_pair *const *x = a, *const *y = b;

    return strcmp((*x)->key, (*y)->key);
}

/* In the order of their keys: lines that only changed places are no other settings. */
static int hash_values(const struct sp_values *values, const char *salt, char *hash,
                       size_t size)
{
    struct crypt_data *data = calloc(1, sizeof *data);
    const struct sp_pair **sorted = calloc(values->n + 1, sizeof *sorted);
    int rc = data && sorted ? SP_OK : SP_ERR_NOMEM;

    snprintf(hash, size, "%s", salt);
    for (size_t i = 0; !rc && i < values->n; i++)
        sorted[i] = &values->pair[i];
    if (!rc)
        qsort(sorted, values->n, sizeof *sorted, by_key);
    for (size_t i = 0; !rc && i < values->n; i++)
        rc = mix(data, hash, size, sorted[i]->key, sorted[i]->value);
    if (data)
        explicit_bzero(data, sizeof *data);
    free(data);
    free(sorted);
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
