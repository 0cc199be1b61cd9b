/* check_descriptor.c - what a module says of itself: its description and its settings */
#include "kit.h"

#include <dlfcn.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A host that asks for an ABI which the module does not speak must get NULL. */
static void check_entry(struct kit *kit, const char *file)
{
    char *path = realpath(file, NULL); /* a bare name would be looked for elsewhere */
    void *handle = path ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
    union {
        void *symbol; /* which is a function, as POSIX has it */
        sp_entry_fn call;
    } entry = {.symbol = handle ? dlsym(handle, SP_ENTRY_SYMBOL) : NULL};

    if (!entry.symbol)
        kit_fault(kit, "%s cannot be opened again", file);
    else if (entry.call(SP_ABI_VERSION + 1000))
        kit_fault(kit, SP_ENTRY_SYMBOL " gives a description for ABI %d, which is none",
                  SP_ABI_VERSION + 1000);
    else if (entry.call(SP_ABI_VERSION) != kit->provider)
        kit_fault(kit, SP_ENTRY_SYMBOL " gives another description each time");
    if (handle)
        dlclose(handle);
    free(path);
}

void kit_check_descriptor(struct kit *kit)
{
    const struct sp_module *module = sp_modules_get(kit->modules, 0);

    if (!module || !module->provider) {
        kit_fault(kit, "%s", module ? module->reason : "it is not found");
        return;
    }
    kit->provider = module->provider;
    kit_tell(kit, "%s %s, ABI %u", kit->provider->name, kit->provider->version,
             kit->provider->abi);
    if (!*kit->provider->title || !*kit->provider->version)
        kit_fault(kit, "its title or its version is empty");
    kit_look(kit, "title", kit->provider->title);
    kit_look(kit, "version", kit->provider->version);
    check_entry(kit, kit->module);
}

/* ---- Settings -------------------------------------------------------------- */

static bool is_date(const char *text)
{
    struct tm tm = {0};
    const char *end = strptime(text, "%Y-%m-%d", &tm);

    return end && !*end;
}

static const char *fallback_fault(const struct sp_setting *setting)
{
    char *end;
    long long number;

    if (setting->flags & (SP_SETTING_REQUIRED | SP_SETTING_SECRET))
        return "is required or secret and has a fallback";
    switch (setting->type) {
    case SP_SETTING_INTEGER:
        errno = 0;
        number = strtoll(setting->fallback, &end, 10);
        if (errno || end == setting->fallback || *end)
            return "has a fallback that is no number";
        if (setting->minimum < setting->maximum &&
            (number < setting->minimum || number > setting->maximum))
            return "has a fallback out of its bounds";
        return NULL;
    case SP_SETTING_BOOLEAN:
        return sp_is_boolean(setting->fallback) ? NULL : "has a fallback that is no boolean";
    case SP_SETTING_DATE:
        return is_date(setting->fallback) ? NULL : "has a fallback that is no date";
    default:
        return NULL;
    }
}

static bool is_text(const char *text)
{
    return text && *text && !strpbrk(text, "\n\r\t");
}

static const char *row_fault(const struct sp_setting *setting)
{
    const uint32_t known = SP_SETTING_REQUIRED | SP_SETTING_SECRET | SP_SETTING_PEM;

    if (!is_text(setting->label))
        return "has no label, or one of several lines";
    if (!is_text(setting->help))
        return "has no help, or one of several lines";
    if (setting->help[strlen(setting->help) - 1] != '.')
        return "has a help that is no sentence: it ends without a full stop";
    if (setting->flags & ~known)
        return "has unknown flags";
    if (setting->flags & SP_SETTING_PEM && setting->type != SP_SETTING_FILE)
        return "is PEM and no file";
    if (setting->minimum > setting->maximum)
        return "has a minimum above its maximum";
    if (setting->type != SP_SETTING_INTEGER && (setting->minimum || setting->maximum))
        return "has bounds and is no number";
    return setting->fallback ? fallback_fault(setting) : NULL;
}

void kit_check_settings(struct kit *kit)
{
    if (kit->provider->n_settings == 0)
        kit_tell(kit, "it has no settings");
    for (size_t i = 0; i < kit->provider->n_settings; i++) {
        const struct sp_setting *setting = kit_setting(kit, i);
        const char *fault = row_fault(setting);

        kit_look(kit, "a label", setting->label);
        kit_look(kit, "a help", setting->help);
        if (fault)
            kit_fault(kit, "setting %s %s", setting->key, fault);
        /* KEY_file and the like of a secret name another setting, too. */
        for (size_t j = 0; j < i; j++)
            if (strcmp(kit_setting(kit, j)->key, setting->key) == 0)
                kit_fault(kit, "there are two settings %s", setting->key);
        if (sp_settings_find(kit->provider, setting->key) != setting)
            kit_fault(kit, "setting %s cannot be told from where a secret stands",
                      setting->key);
    }
}
