/* checksum.c - see checksum.h */
#include "store/checksum.h"

#include "text.h"

#include <endian.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

/* What it is, then a number or the text's length, so that no two rows read the same. */
static bool add_head(EVP_MD_CTX *context, char type, int64_t number)
{
    uint64_t bytes = htobe64((uint64_t)number);

    return EVP_DigestUpdate(context, &type, 1) &&
           EVP_DigestUpdate(context, &bytes, sizeof bytes);
}

/* As a store would hold it: what is no UTF-8 is mended on its way in. */
static bool add_text(EVP_MD_CTX *context, const char *text)
{
    size_t length = strlen(text);
    char *mended = NULL;
    bool is_done;

    if (sh_utf8_length(text, length) != length) {
        mended = sh_utf8_mend(text, length);
        if (!mended)
            return false;
        text = mended;
        length = strlen(mended);
    }
    is_done =
        add_head(context, 't', (int64_t)length) && EVP_DigestUpdate(context, text, length);
    free(mended);
    return is_done;
}

static bool add(EVP_MD_CTX *context, const struct sh_value *value)
{
    if (value->is_null)
        return add_head(context, 'n', 0);
    return value->type == SH_VALUE_INT ? add_head(context, 'i', value->number)
                                       : add_text(context, value->text);
}

int sh_checksum_add(struct sh_checksum *self, const struct sh_value *column, size_t n,
                    struct sp_error *err)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    unsigned char digest[EVP_MAX_MD_SIZE];
    bool is_done = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL);
    uint64_t first;

    for (size_t i = 0; is_done && i < n; i++)
        is_done = add(context, &column[i]);
    is_done = is_done && EVP_DigestFinal_ex(context, digest, NULL);
    EVP_MD_CTX_free(context);
    if (!is_done)
        return sp_error_set(err, SP_ERR_NOMEM, "a checksum cannot be made: out of memory");
    memcpy(&first, digest, sizeof first);
    self->sum += be64toh(first);
    self->rows++;
    return SP_OK;
}
