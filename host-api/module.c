/* module.c - finds the modules of a directory and says which can be used
 *
 * libltdl opens them.  It has three traps: every failure reads "file not found"; it binds
 * lazily, so that a missing function is found out at its first call; and it is not
 * thread-safe.  So dlopen goes first, which tells the true reason, binds at once, and keeps
 * the module in memory (a host may hold pointers into its tables); and a lock is held.
 */
#include "source_provider_host.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <ltdl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct loaded {
    struct sp_module module;
    lt_dlhandle handle;
    char *file;
    char *reason;
};

struct sp_modules {
    struct loaded *loaded;
    size_t n;
};

static pthread_mutex_t ltdl_lock = PTHREAD_MUTEX_INITIALIZER;

static char *reason_of(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* NULL: out of memory. */
static char *reason_of(const char *format, ...)
{
    va_list args;
    char *text = NULL;

    va_start(args, format);
    if (vasprintf(&text, format, args) < 0)
        text = NULL;
    va_end(args);
    return text;
}

static int is_name(const char *text, const char *more)
{
    size_t length = text ? strlen(text) : 0;

    if (length == 0 || length > 63 || text[0] < 'a' || text[0] > 'z')
        return 0;
    for (const char *c = text; *c; c++)
        if (!(*c >= 'a' && *c <= 'z') && !(*c >= '0' && *c <= '9') && !strchr(more, *c))
            return 0;
    return 1;
}

static char *settings_fault(const struct source_provider *provider)
{
    if (provider->n_settings == 0)
        return NULL;
    if (!provider->settings ||
        provider->setting_size < offsetof(struct sp_setting, flags) + sizeof(uint32_t))
        return reason_of("its settings table is missing or older than ABI %d", SP_ABI_VERSION);
    for (size_t i = 0; i < provider->n_settings; i++) {
        const struct sp_setting *setting =
            (const void *)((const char *)provider->settings + i * provider->setting_size);

        if (!is_name(setting->key, "_"))
            return reason_of("setting %zu has no proper key", i + 1);
        if (setting->type > SP_SETTING_LIST)
            return reason_of("setting %s has the unknown type %u", setting->key, setting->type);
    }
    return NULL;
}

static const char *missing_callback(const struct source_provider *provider)
{
    return !provider->configure   ? "configure"
           : !provider->close     ? "close"
           : !provider->enumerate ? "enumerate"
           : !provider->import    ? "import"
           : !provider->health    ? "health"
           : !provider->account   ? "account"
                                  : NULL;
}

static char *provider_fault(const struct source_provider *provider)
{
    if (!SP_HAS(struct source_provider, provider, account))
        return reason_of("its description has %zu bytes, ABI %d needs %zu: it was built for an "
                         "older host",
                         provider->size, SP_ABI_VERSION,
                         offsetof(struct source_provider, account) + sizeof provider->account);
    if (provider->abi != SP_ABI_VERSION)
        return reason_of("it speaks ABI %u, this host ABI %d", provider->abi, SP_ABI_VERSION);
    if (!is_name(provider->name, "-"))
        return reason_of("it has no proper name ([a-z][a-z0-9-]*)");
    if (!provider->title || !provider->version)
        return reason_of("it has no title or no version");
    if (provider->threading > SP_PARALLEL)
        return reason_of("it asks for the unknown threading level %u", provider->threading);
    if (missing_callback(provider))
        return reason_of("it lacks the callback %s", missing_callback(provider));
    return settings_fault(provider);
}

/* Fills loaded->module.provider, or returns why not. */
static char *enter(struct loaded *loaded)
{
    union {
        void *symbol; /* which is a function, as POSIX has it */
        sp_entry_fn call;
    } entry = {.symbol = lt_dlsym(loaded->handle, SP_ENTRY_SYMBOL)};
    const struct source_provider *provider;
    char *fault;

    if (!entry.symbol)
        return reason_of("it is not a source provider: it has no " SP_ENTRY_SYMBOL);
    provider = entry.call(SP_ABI_VERSION);
    if (!provider)
        return reason_of("it does not speak this host's ABI %d", SP_ABI_VERSION);
    fault = provider_fault(provider);
    if (!fault)
        loaded->module.provider = provider;
    return fault;
}

static lt_dlhandle open_local(const char *file)
{
    lt_dladvise advise;
    lt_dlhandle handle = NULL;

    errno = 0;
    if (lt_dladvise_init(&advise))
        return NULL;
    if (!lt_dladvise_local(&advise))
        handle = lt_dlopenadvise(file, advise);
    lt_dladvise_destroy(&advise);
    return handle;
}

/* Fills loaded->module.provider, or returns why not; NULL: out of memory. */
static char *load(struct loaded *loaded)
{
    void *first;

    errno = 0;
    first = dlopen(loaded->file, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!first) {
        int e = errno;
        const char *text = dlerror();

        return e == ENOMEM ? NULL : reason_of("%s", text ? text : "it cannot be opened");
    }
    loaded->handle = open_local(loaded->file);
    dlclose(first);
    if (loaded->handle)
        return enter(loaded);
    return errno == ENOMEM ? NULL : reason_of("libltdl cannot open it, though the system can");
}

/* Another try may find a module that there was no memory for, so it is not told as a bad one.
 */
static int module_load(struct loaded *loaded, struct sp_error *err)
{
    loaded->module.file = loaded->file;
    loaded->reason = load(loaded);
    loaded->module.reason = loaded->reason;
    if (!loaded->module.provider && !loaded->reason)
        return sp_error_set(err, SP_ERR_NOMEM, "%s: out of memory", loaded->file);
    return SP_OK;
}

static void refuse_second(struct sp_modules *modules, size_t at)
{
    struct loaded *later = &modules->loaded[at];

    for (size_t i = 0; i < at; i++) {
        const struct source_provider *first = modules->loaded[i].module.provider;

        if (!first || !later->module.provider ||
            strcmp(first->name, later->module.provider->name) != 0)
            continue;
        later->reason =
            reason_of("its name %s is taken by %s", first->name, modules->loaded[i].file);
        later->module.reason = later->reason ? later->reason : "its name is taken";
        later->module.provider = NULL;
        return;
    }
}

static int is_module(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);

    return length > 3 && strcmp(entry->d_name + length - 3, ".so") == 0;
}

static int load_all(struct sp_modules *modules, const char *directory, struct dirent **names,
                    int n, struct sp_error *err)
{
    modules->loaded = calloc((size_t)n + 1, sizeof *modules->loaded);
    if (!modules->loaded)
        return sp_error_set(err, SP_ERR_NOMEM, "out of memory");
    for (int i = 0; i < n; i++) {
        struct loaded *loaded = &modules->loaded[modules->n];

        if (asprintf(&loaded->file, "%s/%s", directory, names[i]->d_name) < 0) {
            loaded->file = NULL;
            return sp_error_set(err, SP_ERR_NOMEM, "out of memory");
        }
        modules->n++;
        if (module_load(loaded, err))
            return SP_ERR_NOMEM;
        refuse_second(modules, modules->n - 1);
    }
    return SP_OK;
}

/* One that failed has counted too: without lt_dlexit the next would believe that all is there.
 */
static struct sp_modules *start(struct sp_error *err)
{
    struct sp_modules *modules = calloc(1, sizeof *modules);
    int failures = 0;

    if (modules) {
        pthread_mutex_lock(&ltdl_lock);
        failures = lt_dlinit();
        if (failures)
            lt_dlexit();
        pthread_mutex_unlock(&ltdl_lock);
    }
    if (modules && !failures)
        return modules;
    sp_error_set(err, SP_ERR_NOMEM, "%sout of memory",
                 failures ? "libltdl cannot be started: " : "");
    free(modules);
    return NULL;
}

int sp_modules_open(const char *directory, struct sp_modules **ret, struct sp_error *err)
{
    struct sp_modules *modules;
    struct dirent **names = NULL;
    int n, rc = SP_ERR_NOMEM;

    n = scandir(directory, &names, is_module, alphasort);
    if (n < 0)
        return errno == ENOMEM
                   ? sp_error_set(err, SP_ERR_NOMEM, "out of memory")
                   : sp_error_set(err, SP_ERR_NOT_FOUND, "providers directory %s: %s",
                                  directory, strerror(errno));
    modules = start(err);
    if (modules) {
        pthread_mutex_lock(&ltdl_lock);
        rc = load_all(modules, directory, names, n, err);
        pthread_mutex_unlock(&ltdl_lock);
    }
    for (int i = 0; i < n; i++)
        free(names[i]);
    free(names);
    if (rc)
        sp_modules_free(modules);
    else
        *ret = modules;
    return rc;
}

void sp_modules_free(struct sp_modules *modules)
{
    if (!modules)
        return;
    pthread_mutex_lock(&ltdl_lock);
    for (size_t i = 0; i < modules->n; i++) {
        if (modules->loaded[i].handle)
            lt_dlclose(modules->loaded[i].handle);
        free(modules->loaded[i].file);
        free(modules->loaded[i].reason);
    }
    lt_dlexit();
    pthread_mutex_unlock(&ltdl_lock);
    free(modules->loaded);
    free(modules);
}

const struct sp_module *sp_modules_get(const struct sp_modules *modules, size_t n)
{
    return n < modules->n ? &modules->loaded[n].module : NULL;
}

const struct source_provider *sp_modules_find(const struct sp_modules *modules,
                                              const char *name)
{
    for (size_t i = 0; i < modules->n; i++) {
        const struct source_provider *provider = modules->loaded[i].module.provider;

        if (provider && strcmp(provider->name, name) == 0)
            return provider;
    }
    return NULL;
}
