/* key.c - see key.h */
#include "store/key.h"

#include <stdlib.h>
#include <string.h>

int sh_key_keep(struct sh_value *ret, const struct sh_value *value, struct sp_error *err)
{
    *ret = *value;
    ret->text = value->text ? strdup(value->text) : NULL;
    return value->text && !ret->text ? sp_error_set(err, SP_ERR_NOMEM, "out of memory") : SP_OK;
}

void sh_key_move(struct sh_value *to, struct sh_value *from)
{
    sh_key_forget(to);
    memcpy(to, from, SH_KEY_MAX * sizeof *to);
    memset(from, 0, SH_KEY_MAX * sizeof *from);
}

void sh_key_forget(struct sh_value *key)
{
    for (size_t i = 0; i < SH_KEY_MAX; i++)
        free((char *)key[i].text);
    memset(key, 0, SH_KEY_MAX * sizeof *key);
}
