/* settings.c - holds settings against the table that a provider declares */
#include "connection_file.h"
#include "values.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { SECRET_MAX = 8192 };

struct checker {
    const struct source_provider *provider;
    const struct sp_connection_file *file;
    struct sp_values *values;
    sp_problem_fn problem;
    void *ctx;
    int errors;
};

#define FAULT(checker, line, ...)                                                              \
    ((checker)->errors++, sp_problem_tell((checker)->problem, (checker)->ctx,                  \
                                          (checker)->file->path, line, 0, __VA_ARGS__))

static const struct sp_setting *setting_at(const struct source_provider *provider, size_t i)
{
    return (const void *)((const char *)provider->settings + i * provider->setting_size);
}

/* True for "password_file" where "password" is a secret of the table. */
static int is_file_of(const char *key, const struct sp_setting *setting)
{
    size_t length = strlen(setting->key);

    return (setting->flags & SP_SETTING_SECRET) && strncmp(key, setting->key, length) == 0 &&
           strcmp(key + length, "_file") == 0;
}

static const struct sp_setting *setting_for(const struct source_provider *provider,
                                            const char *key)
{
    for (size_t i = 0; i < provider->n_settings; i++) {
        const struct sp_setting *setting = setting_at(provider, i);

        if (strcmp(setting->key, key) == 0 || is_file_of(key, setting))
            return setting;
    }
    return NULL;
}

unsigned sp_settings_line(const struct sp_connection_file *file, const char *key)
{
    size_t length = strlen(key);

    for (size_t i = 0; i < file->settings.n; i++) {
        const char *set = file->settings.entry[i].key;

        if (strcmp(set, key) == 0 ||
            (strncmp(set, key, length) == 0 && strcmp(set + length, "_file") == 0))
            return file->settings.entry[i].line;
    }
    return file->settings_line;
}

static int is_boolean(const char *value)
{
    static const char *const words[] = {"true", "false", "yes", "no", "on", "off", "1", "0"};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcasecmp(value, words[i]) == 0)
            return 1;
    return 0;
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

static void check_value(struct checker *checker, const struct sp_setting *setting,
                        const struct sp_entry *entry, const char *value)
{
    const char *shown = setting->flags & SP_SETTING_SECRET ? "its value" : value;

    switch (setting->type) {
    case SP_SETTING_INTEGER:
        check_integer(checker, setting, entry, value, shown);
        break;
    case SP_SETTING_BOOLEAN:
        if (!is_boolean(value))
            FAULT(checker, entry->line, "%s: %s is neither true nor false", entry->key, shown);
        break;
    case SP_SETTING_DATE:
        if (*value && !is_date(value))
            FAULT(checker, entry->line, "%s: %s is no date of the form YYYY-MM-DD", entry->key,
                  shown);
        break;
    case SP_SETTING_FILE:
        if (*value && access(value, R_OK))
            FAULT(checker, entry->line, "%s: %s: %s", entry->key, shown, strerror(errno));
        break;
    default:
        break;
    }
}

/* Reads the first line into text; returns what is wrong with it, or NULL. */
static const char *read_first_line(FILE *file, char *text, size_t size)
{
    size_t n, length;

    setvbuf(file, NULL, _IONBF, 0); /* no copy of the secret in a buffer of stdio */
    n = fread(text, 1, size - 1, file);
    if (ferror(file))
        return strerror(errno);
    text[n] = '\0';
    length = strcspn(text, "\r\n");
    if (length == 0)
        return n > 0 && !text[0] ? "it holds a NUL byte" : "its first line is empty";
    if (length == size - 1)
        return "its first line is too long for a secret";
    if (length < n && !text[length])
        return "it holds a NUL byte";
    explicit_bzero(text + length, n - length);
    return NULL;
}

/* First line of the file, without its end of line; NULL after a fault was told. */
static char *read_secret(struct checker *checker, const struct sp_entry *entry)
{
    char *text = calloc(1, SECRET_MAX);
    FILE *file = text ? fopen(entry->value, "re") : NULL;
    const char *fault = NULL;
    struct stat st;

    if (!file || fstat(fileno(file), &st)) {
        FAULT(checker, entry->line, "%s: %s: %s", entry->key, entry->value, strerror(errno));
    } else {
        if (S_ISREG(st.st_mode) && (st.st_mode & 077))
            sp_problem_tell(checker->problem, checker->ctx, checker->file->path, entry->line, 1,
                            "%s: others may read %s (mode %04o); chmod 600 keeps the secret",
                            entry->key, entry->value, (unsigned)st.st_mode & 07777);
        fault = read_first_line(file, text, SECRET_MAX);
        if (fault)
            FAULT(checker, entry->line, "%s: %s: %s", entry->key, entry->value, fault);
    }
    if (file)
        fclose(file);
    if (text && (fault || !*text)) {
        explicit_bzero(text, SECRET_MAX);
        free(text);
        text = NULL;
    }
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
                  "%s and %s_file are both set; one of them is needed", setting->key,
                  setting->key);
            explicit_bzero(value, strlen(value));
            free(value);
            return;
        }
    values->pair[values->n].key = setting->key;
    values->pair[values->n++].value = value;
}

/* Names all that there are: the right one is among them. */
static void fault_unknown(struct checker *checker, const struct sp_entry *entry)
{
    const struct source_provider *provider = checker->provider;
    char known[400] = "";
    size_t length = 0;

    for (size_t i = 0; i < provider->n_settings && length < sizeof known; i++)
        length += (size_t)snprintf(known + length, sizeof known - length, "%s%s", i ? ", " : "",
                                   setting_at(provider, i)->key);
    FAULT(checker, entry->line, "unknown setting %s; %s has %s", entry->key, provider->name,
          known);
}

static void check_entry(struct checker *checker, const struct sp_entry *entry)
{
    const struct sp_setting *setting = setting_for(checker->provider, entry->key);

    if (!setting) {
        fault_unknown(checker, entry);
    } else if (strcmp(setting->key, entry->key) != 0) {
        char *value = read_secret(checker, entry);

        if (value)
            check_value(checker, setting, entry, value);
        keep(checker, setting, value);
    } else {
        char *value = strdup(entry->value);

        check_value(checker, setting, entry, entry->value);
        if (!value)
            checker->errors++;
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
    if (!checker.values || !checker.values->pair) {
        sp_values_free(checker.values);
        return SP_ERR_NOMEM;
    }
    for (size_t i = 0; i < file->settings.n; i++)
        check_entry(&checker, &file->settings.entry[i]);
    if (!checker.errors)
        check_required(&checker);
    if (checker.errors) {
        sp_values_free(checker.values);
        return SP_ERR_INVALID;
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
