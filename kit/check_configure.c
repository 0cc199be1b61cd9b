/* check_configure.c - configure accepts what is right, and refuses what is not
 *
 * libsource-provider refuses what is against the table.  But a host may do without it, so a
 * module holds its own; and what a value means it alone can say.
 */
#include "kit.h"

#include <stdlib.h>
#include <string.h>

/* Calls configure as it is: whatever the library would mend is seen. */
static void refuse(struct kit *kit, const char *what, const char *key,
                   const struct sp_pair *pairs, size_t n)
{
    static char untouched;
    struct sp_instance *const before = (struct sp_instance *)&untouched;
    struct sp_instance *instance = before;
    struct sp_error err;
    int rc;

    sp_error_clear(&err);
    rc = kit->provider->configure(&kit->host.sp, pairs, n, &instance, &err);
    kit_look_at_error(kit, "configure", &err);
    if (rc >= 0)
        kit_fault(kit, "configure takes %s: %s (it returned %d)", what, key, rc);
    else if (!err.message[0])
        kit_fault(kit, "configure refuses %s and does not say why: %s", what, key);
    else if (strcmp(err.setting, key) != 0)
        kit_fault(kit, "configure refuses %s, and blames \"%s\", not %s", what, err.setting,
                  key);
    if (rc < 0 && instance != before)
        kit_fault(kit, "configure fails and has set its output: %s", what);
    if (rc == 0 && instance != before)
        kit->provider->close(instance);
}

static void refuse_value(struct kit *kit, const char *what, const char *key, const char *value)
{
    size_t n;
    struct sp_pair *pairs = kit_pairs_with(kit, key, value, &n);

    refuse(kit, what, key, pairs, n);
    free(pairs);
}

static void refuse_wrong(struct kit *kit, const struct sp_setting *setting)
{
    if (setting->flags & SP_SETTING_REQUIRED) {
        refuse_value(kit, "a required setting that is missing", setting->key, NULL);
        refuse_value(kit, "a required setting that is empty", setting->key, "");
    }
    if (setting->type == SP_SETTING_URL)
        refuse_value(kit, "a URL that is none", setting->key, "no url at all");
    if (setting->type == SP_SETTING_INTEGER)
        refuse_value(kit, "a number that is none", setting->key, "many");
    if (setting->type == SP_SETTING_INTEGER && setting->minimum < setting->maximum) {
        refuse_value(kit, "a number out of bounds", setting->key, "-9223372036854775807");
        refuse_value(kit, "a number out of bounds", setting->key, "9223372036854775807");
    }
    if (setting->type == SP_SETTING_BOOLEAN)
        refuse_value(kit, "a boolean that is none", setting->key, "perhaps");
    if (setting->type == SP_SETTING_DATE)
        refuse_value(kit, "a date that is none", setting->key, "in spring");
}

/* The account is told without a question to anyone, whole or not at all. */
static void check_account(struct kit *kit)
{
    struct sp_connection *connection = kit_connect(kit);
    char account[SP_ACCOUNT_MAX];
    struct sp_error err;

    if (!connection)
        return;
    if (sp_connection_account(connection, account, sizeof account, &err))
        kit_fault(kit, "account: %s", err.message);
    kit_look(kit, "the account", account);
    sp_connection_close(connection);
}

void kit_check_configure(struct kit *kit)
{
    check_account(kit);
    if (kit_board_has_failed(kit->board))
        return;
    kit->provider->close(NULL);
    for (size_t i = 0; i < kit->provider->n_settings; i++)
        refuse_wrong(kit, kit_setting(kit, i));
    refuse_value(kit, "an unknown setting", "no_such_setting", "1");
}
