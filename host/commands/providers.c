/* providers.c - the modules of the providers directory */
#include "command.h"
#include "output.h"
#include "report.h"

static void print_text(const struct sp_module *module)
{
    const struct source_provider *provider = module->provider;

    if (provider)
        sh_print("%s: %s %s (%s)", provider->name, provider->title, provider->version,
                 module->file);
    else
        sh_print("%s: cannot be used: %s", module->file, module->reason);
}

enum sh_exit sh_command_providers(struct sh_host *host, const struct sh_arguments *arguments)
{
    const struct sp_module *module;
    struct sp_error err;

    (void)arguments;
    if (sh_host_need_modules(host, &err))
        return sh_fail(&err);
    for (size_t i = 0; (module = sp_modules_get(host->modules, i)); i++) {
        if (host->options.json)
            sh_print_json(sh_report_module(module));
        else
            print_text(module);
    }
    if (!sp_modules_get(host->modules, 0) && !host->options.json)
        sh_print("no modules in %s", host->options.providers);
    return SH_DONE;
}
