/* subject.c - the module and its connection, as every host gets them */
#include "kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* libsource-provider loads folders: this one has a link to the module in it. */
int kit_folder_make(struct kit_folder *folder, const char *module)
{
    char *target = realpath(module, NULL);
    const char *place = getenv("TMPDIR");

    snprintf(folder->path, sizeof folder->path, "%s/source-provider-check-XXXXXX",
             place && *place ? place : "/tmp");
    if (!target || !mkdtemp(folder->path))
        folder->path[0] = '\0';
    snprintf(folder->link, sizeof folder->link, "%s/module.so", folder->path);
    if (!target || !folder->path[0] || symlink(target, folder->link)) {
        fprintf(stderr, "source-provider-check: %s: %m\n", module);
        kit_folder_remove(folder);
        free(target);
        return -1;
    }
    free(target);
    return 0;
}

void kit_folder_remove(const struct kit_folder *folder)
{
    if (!folder->path[0])
        return;
    unlink(folder->link);
    rmdir(folder->path);
}

const struct sp_setting *kit_setting(const struct kit *kit, size_t n)
{
    const struct source_provider *provider = kit->provider;

    return (const void *)((const char *)provider->settings + n * provider->setting_size);
}

/* ---- The settings of the file ---------------------------------------------- */

static void on_problem(void *ctx, const struct sp_problem *problem)
{
    (void)ctx;
    fprintf(stderr, "%s:%u: %s%s\n", problem->file, problem->line,
            problem->warning ? "warning: " : "", problem->text);
}

/* Stands in for the provider's: sees what it would be given. */
static int capture(const struct sp_host *host, const struct sp_pair *pairs, size_t n,
                   struct sp_instance **out, struct sp_error *err)
{
    struct kit *kit = host->ctx;

    (void)err;
    for (size_t i = 0; i < n; i++) {
        kit->pair = kit_grow(kit->pair, i, sizeof *kit->pair);
        kit->pair[i] = (struct sp_pair){kit_strdup(pairs[i].key), kit_strdup(pairs[i].value)};
    }
    kit->n_pairs = n;
    *out = (struct sp_instance *)kit; /* none, but not NULL */
    return SP_OK;
}

static void close_nothing(struct sp_instance *instance)
{
    (void)instance;
}

static int capture_pairs(struct kit *kit)
{
    struct source_provider spy = *kit->provider;
    struct sp_connection *connection;
    struct sp_error err;

    spy.configure = capture;
    spy.close = close_nothing;
    if (sp_connection_open(&spy, &kit->host.sp, kit->values, &connection, &err)) {
        fprintf(stderr, "source-provider-check: %s\n", err.message);
        return err.code;
    }
    sp_connection_close(connection);
    for (size_t i = 0; i < kit->n_pairs; i++) {
        const struct sp_setting *setting = sp_settings_find(kit->provider, kit->pair[i].key);

        if (setting && setting->flags & SP_SETTING_SECRET && *kit->pair[i].value &&
            !kit_secrets_add(&kit->secrets, setting->key, kit->pair[i].value))
            fprintf(stderr,
                    "source-provider-check: %s is too short to be looked for in texts\n",
                    setting->key);
    }
    return SP_OK;
}

int kit_read(struct kit *kit, const char *config)
{
    int rc = sp_connection_file_read(config, &kit->file, on_problem, NULL);

    if (rc)
        return rc;
    if (strcmp(kit->file->provider, kit->provider->name) != 0) {
        fprintf(stderr, "%s:%u: provider = %s, but the module is %s\n", config,
                kit->file->provider_line, kit->file->provider, kit->provider->name);
        return SP_ERR_INVALID;
    }
    rc = sp_settings_check(kit->provider, kit->file, &kit->values, on_problem, NULL);
    return rc ? rc : capture_pairs(kit);
}

/* ---- Connections ----------------------------------------------------------- */

/* libsource-provider gives the pairs of the file; a check may want others. */
static int relay(const struct sp_host *host, const struct sp_pair *pairs, size_t n,
                 struct sp_instance **out, struct sp_error *err)
{
    struct kit *kit = host->ctx;

    return kit->given ? kit->provider->configure(host, kit->given, kit->n_given, out, err)
                      : kit->provider->configure(host, pairs, n, out, err);
}

int kit_open(struct kit *kit, const struct sp_pair *pairs, size_t n, struct sp_connection **ret,
             struct sp_error *err)
{
    int rc;

    kit->relay = *kit->provider;
    kit->relay.configure = relay;
    kit->given = pairs;
    kit->n_given = n;
    rc = sp_connection_open(&kit->relay, &kit->host.sp, kit->values, ret, err);
    kit_look_at_error(kit, "configure", err);
    return rc;
}

struct sp_connection *kit_connect(struct kit *kit)
{
    struct sp_connection *connection = NULL;
    struct sp_error err;

    if (!kit_open(kit, NULL, 0, &connection, &err))
        return connection;
    kit_fault(kit, "configure refuses the settings of the file: %s", err.message);
    return NULL;
}

struct sp_pair *kit_pairs_with(const struct kit *kit, const char *key, const char *value,
                               size_t *ret_n)
{
    struct sp_pair *pairs = calloc(kit->n_pairs + 1, sizeof *pairs);
    size_t n = 0;

    if (!pairs)
        abort();
    for (size_t i = 0; i < kit->n_pairs; i++)
        if (strcmp(kit->pair[i].key, key) != 0)
            pairs[n++] = kit->pair[i];
    if (value)
        pairs[n++] = (struct sp_pair){key, value};
    *ret_n = n;
    return pairs;
}

void kit_subject_clear(struct kit *kit)
{
    for (size_t i = 0; i < kit->n_pairs; i++) {
        char *value = (char *)kit->pair[i].value;

        explicit_bzero(value, strlen(value));
        free(value);
        free((char *)kit->pair[i].key);
    }
    free(kit->pair);
    sp_values_free(kit->values);
    sp_connection_file_free(kit->file);
    sp_modules_free(kit->modules);
    kit_secrets_clear(&kit->secrets);
}
