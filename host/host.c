/* host.c - see host.h */
#include "host.h"

#include "directories.h"
#include "output.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What each exit code means, the worse the later. */
static const struct {
    enum sh_exit code;
    const char *meaning;
} exits[] = {
    {SH_DONE, "done"},
    {SH_PARTLY, "partly done"},
    {SH_FAILED, "failed"},
    {SH_USAGE, "wrong use or configuration"},
    {SH_LOGIN_REFUSED, "login refused"},
};

_Static_assert(sizeof exits / sizeof *exits == SH_EXITS, "each exit code has its row");

static size_t severity(enum sh_exit code)
{
    size_t i = 0;

    while (exits[i].code != code)
        i++;
    return i;
}

const char *sh_exit_meaning(enum sh_exit code)
{
    return exits[severity(code)].meaning;
}

enum sh_exit sh_worse(enum sh_exit a, enum sh_exit b)
{
    return severity(a) > severity(b) ? a : b;
}

enum sh_exit sh_exit_for(int code)
{
    if (code == SP_OK)
        return SH_DONE;
    if (code == SP_ERR_LOGIN)
        return SH_LOGIN_REFUSED;
    return code == SP_ERR_INVALID ? SH_USAGE : SH_FAILED;
}

/* A setting that one of them cannot do with is no wrong use of the command. */
enum sh_exit sh_exit_for_one(int code)
{
    return code == SP_ERR_LOGIN ? sh_exit_for(code) : SH_FAILED;
}

enum sh_exit sh_fail(const struct sp_error *err)
{
    sh_complain_of(NULL, err);
    return sh_exit_for(err->code);
}

/* The variable, else for root the system's directory, else the user's below `xdg`, a
 * variable of the XDG base directories, or below `home` in the home directory. */
static char *directory(const char *variable, const char *system_directory, const char *xdg,
                       const char *home)
{
    const char *value = getenv(variable), *base = xdg ? getenv(xdg) : NULL;
    char *path = NULL;
    int length;

    if (value && *value)
        return strdup(value);
    if (!xdg || geteuid() == 0)
        return strdup(system_directory);
    if (base && *base)
        length = asprintf(&path, "%s/source-host", base);
    else
        length =
            asprintf(&path, "%s/%s/source-host", getenv("HOME") ? getenv("HOME") : ".", home);
    return length < 0 ? NULL : path;
}

static char *store_path(const char *data)
{
    const char *value = getenv("SOURCE_HOST_STORE");
    char *path = NULL;

    if (value && *value)
        return strdup(value);
    return asprintf(&path, "%s/store.sqlite", data) < 0 ? NULL : path;
}

int sh_host_init(struct sh_host *host, struct sp_error *err)
{
    struct sh_options *options = &host->options;

    if (!options->config)
        options->config =
            directory("SOURCE_HOST_CONFIG", CONFIG_DIRECTORY, "XDG_CONFIG_HOME", ".config");
    if (!options->providers)
        options->providers = directory("SOURCE_HOST_PROVIDERS", PROVIDER_DIRECTORY, NULL, NULL);
    if (!options->data)
        options->data =
            directory("SOURCE_HOST_DATA", DATA_DIRECTORY, "XDG_DATA_HOME", ".local/share");
    if (options->data && !options->store)
        options->store = store_path(options->data);
    if (!options->config || !options->providers || !options->data || !options->store)
        return sp_error_set(err, SP_ERR_NOMEM, "out of memory");
    return sh_configuration_read(options->config, &host->configuration, err);
}

void sh_host_clear(struct sh_host *host)
{
    sh_presence_end(host->presence);
    sh_store_close(host->store);
    sp_modules_free(host->modules);
    free(host->options.config);
    free(host->options.providers);
    free(host->options.data);
    free(host->options.store);
    free(host->options.trace);
}

char *sh_host_mirror(const struct sh_host *host, const char *connection, int64_t repository_id)
{
    char *path = NULL;

    return asprintf(&path, "%s/mirrors/%s/%lld.git", host->options.data, connection,
                    (long long)repository_id) < 0
               ? NULL
               : path;
}

int sh_host_need_modules(struct sh_host *host, struct sp_error *err)
{
    return host->modules ? SP_OK
                         : sp_modules_open(host->options.providers, &host->modules, err);
}

int sh_host_need_store(struct sh_host *host, struct sp_error *err)
{
    int rc = SP_OK;

    if (host->store)
        return SP_OK;
    rc = sh_make_data_directory(host->options.data, err);
    return rc ? rc : sh_store_open(host->options.store, &host->store, err);
}

int sh_host_need_presence(struct sh_host *host, struct sp_error *err)
{
    int rc;

    if (host->presence || !sh_store_is_shared(host->options.store))
        return SP_OK;
    rc = sh_make_data_directory(host->options.data, err);
    return rc ? rc
              : sh_presence_begin(host->options.store, host->options.data, host->command,
                                  host->configuration.mirror_grace_ms, &host->presence, err);
}

int sh_host_need_config(struct sh_host *host, struct sp_error *err)
{
    char *path = NULL;
    int rc;

    if (asprintf(&path, "%s/connections.d", host->options.config) < 0)
        return sp_error_set(err, SP_ERR_NOMEM, "out of memory");
    rc = sh_make_directories(path, err);
    free(path);
    return rc;
}
