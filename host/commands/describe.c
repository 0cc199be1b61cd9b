/* describe.c - what can be set of a provider's connections */
#include "command.h"
#include "output.h"

#include <inttypes.h>
#include <stdio.h>

/* The settings that say where a secret is kept, instead of the secret. */
static struct json_object *secret_keys(const char *key)
{
    static const char *const suffixes[] = {"file", "env", "credential"};
    struct json_object *keys = json_object_new_array();
    char name[80];

    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        snprintf(name, sizeof name, "%s_%s", key, suffixes[i]);
        json_object_array_add(keys, json_object_new_string(name));
    }
    return keys;
}

static void print_json(const struct sp_setting *setting)
{
    struct json_object *object = json_object_new_object();
    bool bounded = setting->minimum < setting->maximum;
    bool secret = setting->flags & SP_SETTING_SECRET;

    sh_json_text(object, "key", setting->key);
    json_object_object_add(object, "secret_keys", secret ? secret_keys(setting->key) : NULL);
    sh_json_text(object, "type", sp_setting_type_name(setting->type));
    sh_json_bool(object, "required", setting->flags & SP_SETTING_REQUIRED);
    sh_json_bool(object, "secret", secret);
    sh_json_text(object, "default", setting->fallback);
    json_object_object_add(object, "minimum",
                           bounded ? json_object_new_int64(setting->minimum) : NULL);
    json_object_object_add(object, "maximum",
                           bounded ? json_object_new_int64(setting->maximum) : NULL);
    sh_json_text(object, "label", setting->label);
    sh_json_text(object, "help", setting->help);
    sh_print_json(object);
}

static void print_text(const struct sp_setting *setting)
{
    char bounds[64] = "", fallback[300] = "";

    if (setting->minimum < setting->maximum)
        snprintf(bounds, sizeof bounds, " %" PRId64 "..%" PRId64, setting->minimum,
                 setting->maximum);
    if (setting->fallback)
        snprintf(fallback, sizeof fallback, ", default %s", setting->fallback);
    sh_print("%s  (%s%s%s%s%s)", setting->key, sp_setting_type_name(setting->type), bounds,
             setting->flags & SP_SETTING_REQUIRED ? ", required" : "",
             setting->flags & SP_SETTING_SECRET ? ", secret" : "", fallback);
    sh_print("    %s", setting->help ? setting->help : "");
    if (setting->flags & SP_SETTING_SECRET)
        sh_print("    Or %s_file: a file whose only line it is; %s_env: a variable of the "
                 "environment; %s_credential: a credential from systemd.",
                 setting->key, setting->key, setting->key);
}

enum sh_exit sh_command_describe(struct sh_host *host, const struct sh_arguments *arguments)
{
    const struct source_provider *provider;
    struct sp_error err;

    if (sh_host_need_modules(host, &err))
        return sh_fail(&err);
    provider = sp_modules_find(host->modules, arguments->name[0]);
    if (!provider) {
        sh_complain("no provider %s in %s; `source-host providers` lists them",
                    arguments->name[0], host->options.providers);
        return SH_USAGE;
    }
    if (!host->options.json)
        sh_print("%s %s, provider = %s", provider->title, provider->version, provider->name);
    for (size_t i = 0; i < provider->n_settings; i++) {
        const char *row = (const char *)provider->settings + i * provider->setting_size;

        if (host->options.json)
            print_json((const void *)row);
        else
            print_text((const void *)row);
    }
    return SH_DONE;
}
