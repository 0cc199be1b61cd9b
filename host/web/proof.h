/* proof.h - secrets at random, their hashes, and signatures; on libcrypto
 *
 * All are written as hexadecimal digits: they stand in URLs, cookies, headers and the store.
 */
#ifndef SH_PROOF_H
#define SH_PROOF_H

#include "source_provider.h"

#include <stdbool.h>

enum { SH_PROOF_MAX = 65 }; /* bytes of any of them, the final NUL included */

/* So many bytes at random, at most 32. */
int sh_proof_random(char *text, size_t bytes, struct sp_error *);

/* SHA-256. */
int sh_proof_hash(const char *text, char hash[SH_PROOF_MAX], struct sp_error *);

/* HMAC-SHA-256 of two texts, of which the first says what it is for. */
int sh_proof_sign(const char *key, const char *what, const char *text, char proof[SH_PROOF_MAX],
                  struct sp_error *);

/* In a time that does not tell where they differ. */
bool sh_proof_equal(const char *a, const char *b);

#endif
