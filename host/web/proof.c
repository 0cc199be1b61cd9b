/* proof.c - see proof.h */
#include "web/proof.h"

#include "source_provider_host.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>

static void write_hex(const unsigned char *bytes, size_t n, char *text)
{
    for (size_t i = 0; i < n; i++)
        snprintf(text + 2 * i, 3, "%02x", bytes[i]);
}

static int fail(struct sp_error *err)
{
    return sp_error_set(err, SP_ERR_INTERNAL, "libcrypto cannot do its work");
}

int sh_proof_random(char *text, size_t n, struct sp_error *err)
{
    unsigned char bytes[32];

    if (n > sizeof bytes || RAND_bytes(bytes, (int)n) != 1)
        return fail(err);
    write_hex(bytes, n, text);
    explicit_bzero(bytes, sizeof bytes);
    return SP_OK;
}

int sh_proof_hash(const char *text, char hash[SH_PROOF_MAX], struct sp_error *err)
{
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned length = 0;

    if (EVP_Digest(text, strlen(text), bytes, &length, EVP_sha256(), NULL) != 1)
        return fail(err);
    write_hex(bytes, length, hash);
    return SP_OK;
}

int sh_proof_sign(const char *key, const char *what, const char *text, char proof[SH_PROOF_MAX],
                  struct sp_error *err)
{
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    char signed_text[512];
    int n = snprintf(signed_text, sizeof signed_text, "%s\n%s", what, text);

    if (n < 0 || (size_t)n >= sizeof signed_text ||
        !HMAC(EVP_sha256(), key, (int)strlen(key), (const unsigned char *)signed_text,
              (size_t)n, bytes, &length))
        return fail(err);
    write_hex(bytes, length, proof);
    return SP_OK;
}

bool sh_proof_equal(const char *a, const char *b)
{
    size_t length = strlen(a);

    return length == strlen(b) && CRYPTO_memcmp(a, b, length) == 0;
}
