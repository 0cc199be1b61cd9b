/* check_secrets.c - secrets of the connection file are in nothing that the provider says
 *
 * Looked for is in all texts of all checks; here those are told that were found, after some
 * more errors were provoked that could quote a secret.
 */
#include "kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A secret that cannot be one, as a copied line feed makes it; none of it goes anywhere. */
static void refuse_broken(struct kit *kit, const struct sp_pair *pair)
{
    struct sp_connection *connection = NULL;
    char *broken = kit_grow(NULL, 0, strlen(pair->value) / 64 + 2);
    struct sp_pair *pairs;
    struct sp_error err;
    size_t n;

    sprintf(broken, "%s\nmore\n", pair->value);
    pairs = kit_pairs_with(kit, pair->key, broken, &n);
    kit_open(kit, pairs, n, &connection, &err);
    sp_connection_close(connection);
    free(pairs);
    free(broken);
}

void kit_check_secrets(struct kit *kit)
{
    if (kit->secrets.n == 0) {
        kit_skip(kit, "the connection file holds no secret");
        return;
    }
    for (size_t i = 0; i < kit->n_pairs; i++) {
        const struct sp_setting *setting = sp_settings_find(kit->provider, kit->pair[i].key);

        if (setting && setting->flags & SP_SETTING_SECRET)
            refuse_broken(kit, &kit->pair[i]);
    }
    for (unsigned i = 0; i < kit->n_shown && i < KIT_SHOWN_MAX; i++)
        kit_fault(kit, "%s", kit->shown[i]);
    kit_tell(kit, "%zu looked for in %u texts", kit->secrets.n, kit->secrets.looked);
}
