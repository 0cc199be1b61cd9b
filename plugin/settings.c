/* settings.c - see settings.h */
#include "settings.h"

#include "date.h"
#include "error.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int set_boolean(const struct sp_setting *declared, bool *field, const char *value,
                       struct sp_error *err)
{
    static const char *const words[] = {"false", "true", "no", "yes", "off", "on", "0", "1"};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcasecmp(words[i], value) == 0) {
            *field = i % 2;
            return SP_OK;
        }
    return bb_fail_setting(err, declared->key, "%s: %s is neither true nor false",
                           declared->key, value);
}

static int set_number(const struct sp_setting *declared, int64_t *field, const char *value,
                      struct sp_error *err)
{
    char *end;
    long long number;

    errno = 0;
    number = strtoll(value, &end, 10);
    if (errno || end == value || *end || number < declared->minimum ||
        number > declared->maximum)
        return bb_fail_setting(err, declared->key, "%s: %s is not a number from %lld to %lld",
                               declared->key, value, (long long)declared->minimum,
                               (long long)declared->maximum);
    *field = number;
    return SP_OK;
}

static void wipe(char **field)
{
    if (*field)
        explicit_bzero(*field, strlen(*field));
    free(*field);
    *field = NULL;
}

static int set_text(char **field, const char *value, struct sp_error *err)
{
    wipe(field);
    *field = strdup(value);
    return *field ? SP_OK : bb_fail_memory(err);
}

/* An empty value is as good as none. */
static int set(struct bb_settings *settings, const struct bb_setting *row, const char *value,
               struct sp_error *err)
{
    const struct sp_setting *declared = &row->declared;
    void *field = (char *)settings + row->offset;

    if (!value || !*value)
        return SP_OK;
    switch (declared->type) {
    case SP_SETTING_BOOLEAN:
        return set_boolean(declared, field, value, err);
    case SP_SETTING_INTEGER:
        return set_number(declared, field, value, err);
    case SP_SETTING_DATE:
        if (!bb_day_parse(value, field))
            return bb_fail_setting(err, declared->key, "%s: %s is no date (YYYY-MM-DD)",
                                   declared->key, value);
        return SP_OK;
    default:
        return set_text(field, value, err);
    }
}

static int set_key(struct bb_settings *settings, const struct sp_pair *pair,
                   struct sp_error *err)
{
    for (size_t i = 0; i < bb_setting_count; i++)
        if (strcmp(bb_setting_table[i].declared.key, pair->key) == 0)
            return set(settings, &bb_setting_table[i], pair->value, err);
    return bb_fail_setting(err, pair->key, "unknown setting %s", pair->key);
}

static bool has_control(const char *text)
{
    for (; text && *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7F)
            return true;
    return false;
}

static int check_login(const struct bb_settings *settings, struct sp_error *err)
{
    if (settings->password && settings->token)
        return bb_fail_setting(err, "token", "password and token are both set; one is needed");
    if (!settings->password && !settings->token)
        return bb_fail_setting(err, "password", "password (or token) is missing");
    if (settings->password && !settings->username)
        return bb_fail_setting(err, "username",
                               "username is missing: the account that the "
                               "password belongs to");
    if (has_control(settings->password))
        return bb_fail_setting(err, "password", "password holds a control character");
    if (has_control(settings->token))
        return bb_fail_setting(err, "token", "token holds a control character");
    if (has_control(settings->username) ||
        (settings->password && strchr(settings->username, ':')))
        return bb_fail_setting(err, "username",
                               "username holds a colon or a control "
                               "character, which no login can carry");
    return SP_OK;
}

static int check_meaning(const struct bb_settings *settings, struct sp_error *err)
{
    if (!settings->base_url)
        return bb_fail_setting(err, "base_url", "base_url is missing: the server's whole URL");
    if (settings->client_key && !settings->client_cert)
        return bb_fail_setting(err, "client_cert", "client_key is set without client_cert");
    return check_login(settings, err);
}

int bb_settings_read(struct bb_settings *settings, const struct sp_pair *pairs, size_t n,
                     struct sp_error *err)
{
    int rc = SP_OK;

    memset(settings, 0, sizeof *settings);
    for (size_t i = 0; !rc && i < bb_setting_count; i++)
        rc = set(settings, &bb_setting_table[i], bb_setting_table[i].declared.fallback, err);
    for (size_t i = 0; !rc && i < n; i++)
        rc = set_key(settings, &pairs[i], err);
    if (!rc)
        rc = check_meaning(settings, err);
    if (rc)
        bb_settings_clear(settings);
    return rc;
}

static bool is_text(uint32_t type)
{
    return type != SP_SETTING_BOOLEAN && type != SP_SETTING_INTEGER && type != SP_SETTING_DATE;
}

void bb_settings_clear(struct bb_settings *settings)
{
    for (size_t i = 0; i < bb_setting_count; i++) {
        char **field = (char **)((char *)settings + bb_setting_table[i].offset);

        if (is_text(bb_setting_table[i].declared.type))
            wipe(field);
    }
}

int bb_settings_exclude(const struct bb_settings *settings, const char *path)
{
    char *globs, *rest = NULL;
    int rc = FNM_NOMATCH;

    if (!settings->exclude)
        return 0;
    globs = strdup(settings->exclude);
    if (!globs)
        return SP_ERR_NOMEM;
    for (char *glob = strtok_r(globs, " \t,", &rest); glob && rc == FNM_NOMATCH;
         glob = strtok_r(NULL, " \t,", &rest))
        rc = fnmatch(glob, path, FNM_CASEFOLD);
    free(globs);
    return rc == 0 ? 1 : rc == FNM_NOMATCH ? 0 : SP_ERR_NOMEM;
}
