/* api_connections.c - providers and connections: what there is, and how it goes */
#include "web/api.h"

#include "ingest/resume.h"
#include "output.h"
#include "report.h"
#include "web/answer.h"
#include "web/connection.h"
#include "web/costs.h"

#include <stdlib.h>
#include <string.h>

/* ---- Providers ------------------------------------------------------------- */

static struct json_object *settings_of(const struct source_provider *provider)
{
    struct json_object *settings = json_object_new_array();

    for (size_t i = 0; i < provider->n_settings; i++) {
        const char *row = (const char *)provider->settings + i * provider->setting_size;
        struct json_object *setting = sh_report_setting((const void *)row);

        sh_json_text(setting, "fallback",
                     ((const struct sp_setting *)(const void *)row)->fallback);
        sh_json_append(settings, setting);
    }
    return settings;
}

void sh_api_providers(struct sh_request *request)
{
    struct json_object *object = json_object_new_object();
    struct json_object *usable = json_object_new_array(), *others = json_object_new_array();
    const struct sp_module *module;

    for (size_t i = 0; (module = sp_modules_get(request->web->host.modules, i)); i++) {
        struct json_object *row = sh_report_module(module);

        if (module->provider)
            sh_json_put(row, "settings", settings_of(module->provider));
        sh_json_append(module->provider ? usable : others, row);
    }
    sh_json_put(object, "providers", usable);
    sh_json_put(object, "unusable", others);
    sh_answer(request, object);
}

/* ---- Connections ----------------------------------------------------------- */

/* A URL may hold a login where somebody wrote one against all advice. */
static bool may_be_shown(const struct sp_setting *setting, const struct sp_entry *entry)
{
    bool is_secret =
        setting->flags & SP_SETTING_SECRET && strcmp(setting->key, entry->key) == 0;

    return !is_secret && !(setting->type == SP_SETTING_URL && strchr(entry->value, '@'));
}

static void add_settings(struct json_object *object, const struct sp_modules *modules,
                         const struct sp_connection_file *file)
{
    const struct source_provider *provider =
        file ? sp_modules_find(modules, file->provider) : NULL;
    struct json_object *settings = json_object_new_object(), *secrets = json_object_new_array();

    for (size_t i = 0; provider && i < file->settings.n; i++) {
        const struct sp_entry *entry = &file->settings.entry[i];
        const struct sp_setting *setting = sp_settings_find(provider, entry->key);

        if (setting && setting->flags & SP_SETTING_SECRET && *entry->value)
            sh_json_append(secrets, json_object_new_string(setting->key));
        if (setting && may_be_shown(setting, entry))
            sh_json_text(settings, entry->key, entry->value);
    }
    sh_json_put(object, "settings", settings);
    sh_json_put(object, "secrets_set", secrets);
}

struct listing {
    struct sh_web *web;
    struct sh_host *host;
    struct json_object *rows;
    char **names; /* of files; what has been told is NULL */
    size_t n_names;
    struct sp_error *err;
};

static int add_row(struct listing *listing, const struct sh_connection_row *row, bool has_file)
{
    struct sh_connection connection;
    struct sh_connection_cost cost;
    struct json_object *object;
    int rc =
        sh_costs_of(listing->web->costs, listing->host->store, row->name, &cost, listing->err);

    if (rc)
        return rc;
    rc = sh_connection_read(listing->host, row->name, &connection, listing->err);
    if (!rc) {
        const struct sp_connection_file *file = has_file ? connection.file : NULL;

        object = sh_report_connection(row, &cost, has_file);
        sh_json_text(object, "provider", file ? file->provider : NULL);
        sh_json_text(object, "owner", file ? file->owner : NULL);
        sh_json_bool(object, "usable", file && !row->problem);
        add_settings(object, listing->host->modules, file);
        sh_json_append(listing->rows, object);
    }
    sh_connection_clear(&connection);
    return rc;
}

static int on_connection(void *ctx, const struct sh_connection_row *row)
{
    struct listing *listing = ctx;
    bool has_file = false;

    for (size_t i = 0; i < listing->n_names; i++)
        if (listing->names[i] && strcmp(listing->names[i], row->name) == 0) {
            has_file = true;
            free(listing->names[i]);
            listing->names[i] = NULL;
        }
    return add_row(listing, row, has_file);
}

/* A file that was written just now the store may not know yet. */
static int list(struct listing *listing)
{
    int rc = sh_catalog_connections(listing->host->store, NULL, on_connection, listing,
                                    listing->err);

    for (size_t i = 0; i < listing->n_names && !rc; i++)
        if (listing->names[i])
            rc = add_row(listing, &(struct sh_connection_row){.name = listing->names[i]}, true);
    return rc;
}

int sh_connections_json(struct sh_web *web, struct json_object **ret, struct sp_error *err)
{
    struct sh_host *host = &web->host;
    struct listing listing = {
        .web = web, .host = host, .rows = json_object_new_array(), .err = err};
    int rc = sh_connection_names(host, &listing.names, &listing.n_names, err);

    if (!rc)
        rc = list(&listing);
    sh_connection_names_free(listing.names, listing.n_names);
    if (rc)
        json_object_put(listing.rows);
    else
        *ret = listing.rows;
    return rc;
}

void sh_api_connections(struct sh_request *request)
{
    struct json_object *object, *rows;
    struct sp_error err;

    if (sh_connections_json(request->web, &rows, &err)) {
        sh_answer_error(request, &err);
        return;
    }
    object = json_object_new_object();
    sh_json_put(object, "connections", rows);
    sh_answer(request, object);
}

void sh_api_resume(struct sh_request *request)
{
    struct sh_connection connection;
    struct sp_error err;
    char *name;
    int rc = sh_request_connection(request, &connection, &err);

    name = connection.name;
    if (!rc)
        rc = sh_resume(&request->web->host, name, &err);
    if (rc)
        sh_answer_error(request, &err);
    else
        sh_answer(request, json_object_new_object());
    sh_connection_clear(&connection);
}
