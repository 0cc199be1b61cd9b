/* describe.c - what can be set of a provider's connections */
#include "command.h"
#include "output.h"
#include "report.h"

#include <inttypes.h>
#include <stdio.h>

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
            sh_print_json(sh_report_setting((const void *)row));
        else
            print_text((const void *)row);
    }
    return SH_DONE;
}
