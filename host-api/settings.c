/* settings.c - holds settings against the table that a provider declares */
#include "pem.h"
#include "problem.h"
#include "secret.h"
#include "values.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

struct checker {
    const struct source_provider *provider;
    const struct sp_connection_file *file;
    struct sp_values *values;
    sp_problem_fn problem;
    void *ctx;
    int errors;
    int lacks_memory;
};

#define FAULT(checker, line, ...)                                                              \
    ((checker)->errors++, sp_problem_tell((checker)->problem, (checker)->ctx,                  \
                                          (checker)->file->path, line, 0, __VA_ARGS__))

static const struct sp_setting *setting_at(const struct source_provider *provider, size_t i)
{
    return (const void *)((const char *)provider->settings + i * provider->setting_size);
}

const struct sp_setting *sp_settings_find(const struct source_provider *provider,
                                          const char *key)
{
    for (size_t i = 0; i < provider->n_settings; i++) {
        const struct sp_setting *setting = setting_at(provider, i);

        if (strcmp(setting->key, key) == 0 || sp_secret_source(key, setting))
            return setting;
    }
    return NULL;
}

unsigned sp_settings_line(const struct sp_connection_file *file, const char *key)
{
    struct sp_setting secret = {.key = key, .flags = SP_SETTING_SECRET};

    for (size_t i = 0; i < file->settings.n; i++) {
        const char *set = file->settings.entry[i].key;

        if (strcmp(set, key) == 0 || sp_secret_source(set, &secret))
            return file->settings.entry[i].line;
    }
    return file->settings_line;
}

static int is_among(const char *text, const char *const words[4])
{
    for (size_t i = 0; i < 4; i++)
        if (strcasecmp(text, words[i]) == 0)
            return 1;
    return 0;
}

int sp_is_yes(const char *text)
{
    return is_among(text, (const char *const[]){"true", "yes", "on", "1"});
}

int sp_is_boolean(const char *text)
{
    return sp_is_yes(text) || is_among(text, (const char *const[]){"false", "no", "off", "0"});
}

/* strptime alone takes 24-1-1 and February 31. */
static int is_date(const char *value)
{
    struct tm tm = {0};
    const char *end = strptime(value, "%Y-%m-%d", &tm);
    char again[16];

    if (!end || *end)
        return 0;
    timegm(&tm);
    return strftime(again, sizeof again, "%Y-%m-%d", &tm) > 0 && strcmp(value, again) == 0;
}

/* `shown` stands for the value in messages: a secret is not in them. */
static void check_integer(struct checker *checker, const struct sp_setting *setting,
                          const struct sp_entry *entry, const char *value, const char *shown)
{
    char *end;
    long long number;

    errno = 0;
    number = strtoll(value, &end, 10);
    if (errno || end == value || *end)
        FAULT(checker, entry->line, "%s: %s is not a number", entry->key, shown);
    else if (setting->minimum < setting->maximum &&
             (number < setting->minimum || number > setting->maximum))
        FAULT(checker, entry->line, "%s: %s is not between %" PRId64 " and %" PRId64,
              entry->key, shown, setting->minimum, setting->maximum);
}

static void check_file(struct checker *checker, const struct sp_setting *setting,
                       const struct sp_entry *entry, const char *value, const char *shown)
{
    const char *fault = NULL;

    errno = 0;
    if (access(value, R_OK))
        fault = strerror(errno);
    else if (setting->flags & SP_SETTING_PEM)
        fault = sp_pem_fault(value);
    if (fault && errno == ENOMEM)
        checker->lacks_memory = 1;
    else if (fault)
        FAULT(checker, entry->line, "%s: %s: %s", entry->key, shown, fault);
}

static void check_value(struct checker *checker, const struct sp_setting *setting,
                        const struct sp_entry *entry, const char *value)
{
    const char *shown = setting->flags & SP_SETTING_SECRET ? "its value" : value;

    switch (setting->type) {
    case SP_SETTING_INTEGER:
        check_integer(checker, setting, entry, value, shown);
        break;
    case SP_SETTING_BOOLEAN:
        if (!sp_is_boolean(value))
            FAULT(checker, entry->line, "%s: %s is neither true nor false", entry->key, shown);
        break;
    case SP_SETTING_DATE:
        if (*value && !is_date(value))
            FAULT(checker, entry->line, "%s: %s is no date of the form YYYY-MM-DD", entry->key,
                  shown);
        break;
    case SP_SETTING_FILE:
        if (*value)
            check_file(checker, setting, entry, value, shown);
        break;
    default:
        break;
    }
}

/* The secret that stands elsewhere; NULL after a fault was told. */
static char *read_secret(struct checker *checker, const struct sp_entry *entry,
                         enum sp_secret_source source)
{
    struct sp_secret_notes notes = {0};
    char *text = sp_secret_read(source, entry->value, &notes);

    if (*notes.warning)
        sp_problem_tell(checker->problem, checker->ctx, checker->file->path, entry->line, 1,
                        "%s: %s", entry->key, notes.warning);
    if (notes.lacks_memory)
        checker->lacks_memory = 1;
    else if (!text)
        FAULT(checker, entry->line, "%s: %s", entry->key, notes.fault);
    return text;
}

static void keep(struct checker *checker, const struct sp_setting *setting, char *value)
{
    struct sp_values *values = checker->values;

    if (!value)
        return;
    for (size_t i = 0; i < values->n; i++)
        if (values->pair[i].key == setting->key) {
            FAULT(checker, sp_settings_line(checker->file, setting->key),
                  "%s is given twice, in different ways; one of them is needed", setting->key);
            explicit_bzero(value, strlen(value));
            free(value);
            return;
        }
    values->pair[values->n].key = setting->key;
    values->pair[values->n++].value = value;
}

/* The secret in the line before when an unknown key may be the rest of it: such a key looks
 * like no name of a setting, and must not be shown. */
static const char *secret_before(const struct checker *checker, const struct sp_entry *entry)
{
    const struct sp_entry *before = entry - 1;
    const struct sp_setting *setting;

    if (entry == checker->file->settings.entry || before->line + 1 != entry->line ||
        !entry->key[strspn(entry->key, "abcdefghijklmnopqrstuvwxyz_")])
        return NULL;
    setting = sp_settings_find(checker->provider, before->key);
    return setting && setting->flags & SP_SETTING_SECRET ? before->key : NULL;
}

/* Names all that there are: the right one is among them. */
static void fault_unknown(struct checker *checker, const struct sp_entry *entry)
{
    const struct source_provider *provider = checker->provider;
    const char *secret = secret_before(checker, entry);
    char known[400] = "";
    size_t length = 0;

    if (secret) {
        FAULT(checker, entry->line,
              "this is no setting; if it goes on with %s: a secret has one line, and no line "
              "feed in it",
              secret);
        return;
    }
    for (size_t i = 0; i < provider->n_settings && length < sizeof known; i++)
        length += (size_t)snprintf(known + length, sizeof known - length, "%s%s", i ? ", " : "",
                                   setting_at(provider, i)->key);
    FAULT(checker, entry->line, "unknown setting %s; %s has %s", entry->key, provider->name,
          known);
}

static void check_entry(struct checker *checker, const struct sp_entry *entry)
{
    const struct sp_setting *setting = sp_settings_find(checker->provider, entry->key);

    if (!setting) {
        fault_unknown(checker, entry);
    } else if (strcmp(setting->key, entry->key) != 0) {
        char *value = read_secret(checker, entry, sp_secret_source(entry->key, setting));

        if (value)
            check_value(checker, setting, entry, value);
        keep(checker, setting, value);
    } else {
        char *value = strdup(entry->value);

        check_value(checker, setting, entry, entry->value);
        if (!value)
            checker->lacks_memory = 1;
        keep(checker, setting, value);
    }
}

static int has_value(const struct sp_values *values, const char *key)
{
    for (size_t i = 0; i < values->n; i++)
        if (strcmp(values->pair[i].key, key) == 0)
            return values->pair[i].value[0] != '\0';
    return 0;
}

static void check_required(struct checker *checker)
{
    for (size_t i = 0; i < checker->provider->n_settings; i++) {
        const struct sp_setting *setting = setting_at(checker->provider, i);

        if ((setting->flags & SP_SETTING_REQUIRED) && !has_value(checker->values, setting->key))
            FAULT(checker, sp_settings_line(checker->file, setting->key), "%s is missing: %s",
                  setting->key, setting->help ? setting->help : "");
    }
}

int sp_settings_check(const struct source_provider *provider,
                      const struct sp_connection_file *file, struct sp_values **ret,
                      sp_problem_fn problem, void *ctx)
{
    struct checker checker = {
        .provider = provider, .file = file, .problem = problem, .ctx = ctx};

    checker.values = calloc(1, sizeof *checker.values);
    if (checker.values)
        checker.values->pair = calloc(provider->n_settings + 1, sizeof(struct sp_pair));
    checker.lacks_memory = !checker.values || !checker.values->pair;
    for (size_t i = 0; i < file->settings.n && !checker.lacks_memory; i++)
        check_entry(&checker, &file->settings.entry[i]);
    if (!checker.errors && !checker.lacks_memory)
        check_required(&checker);
    if (checker.errors || checker.lacks_memory) {
        if (checker.lacks_memory)
            sp_problem_tell(problem, ctx, file->path, 0, 0, "out of memory");
        sp_values_free(checker.values);
        return checker.lacks_memory ? SP_ERR_NOMEM : SP_ERR_INVALID;
    }
    *ret = checker.values;
    return SP_OK;
}

void sp_values_free(struct sp_values *values)
{
    if (!values)
        return;
    for (size_t i = 0; i < values->n; i++) {
        char *value = (char *)values->pair[i].value;

        explicit_bzero(value, strlen(value));
        free(value);
    }
    free(values->pair);
    free(values);
}
