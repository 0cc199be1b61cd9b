/* instance.c - configure and close */
#include "instance.h"

#include "cleanup.h"
#include "error.h"
#include "name.h"
#include "utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int check_plaintext(const struct sp_instance *instance, struct sp_error *err)
{
    const char *proxy = instance->settings.proxy;
    bool is_here = true;

    if (instance->base.is_https || instance->settings.allow_plaintext)
        return SP_OK;
    if (!instance->base.is_loopback)
        return bb_fail_setting(err, "base_url",
                               "base_url: http:// would send the credentials to %s "
                               "unencrypted; use https://, or set allow_plaintext = true",
                               instance->base.host);
    if (proxy && bb_proxy_is_here(proxy, &is_here, err))
        return err->code;
    if (!is_here)
        return bb_fail_setting(err, "proxy",
                               "proxy: http:// would send the credentials to the proxy "
                               "unencrypted; use https:// in base_url, or set "
                               "allow_plaintext = true");
    return SP_OK;
}

int bb_configure(const struct sp_host *host, const struct sp_pair *pairs, size_t n,
                 struct sp_instance **ret, struct sp_error *err)
{
    struct sp_instance *instance;
    int rc;

    if (curl_global_init(CURL_GLOBAL_DEFAULT))
        return bb_fail(err, SP_ERR_NOMEM, "libcurl cannot be started: out of memory");
    instance = calloc(1, sizeof *instance);
    if (!instance) {
        curl_global_cleanup();
        return bb_fail_memory(err);
    }
    instance->host = host;
    instance->span = host && SP_HAS(struct sp_host, host, span) ? host->span : NULL;
    rc = bb_settings_read(&instance->settings, pairs, n, err);
    if (!rc)
        rc = bb_base_parse(&instance->base, instance->settings.base_url, err);
    if (!rc && instance->settings.proxy)
        rc = bb_proxy_check(instance->settings.proxy, err);
    if (!rc)
        rc = check_plaintext(instance, err);
    if (!rc)
        rc = bb_secret_make(&instance->secret, &instance->settings, err);
    bb_gate_init(&instance->gate, (unsigned)instance->settings.max_concurrency,
                 instance->settings.max_requests_per_second, host);
    if (rc)
        bb_close(instance);
    else
        *ret = instance;
    return rc;
}

void bb_close(struct sp_instance *instance)
{
    if (!instance)
        return;
    while (instance->n_idle > 0)
        curl_multi_cleanup(instance->idle[--instance->n_idle]);
    bb_gate_clear(&instance->gate);
    bb_base_clear(&instance->base);
    bb_secret_clear(&instance->secret);
    bb_settings_clear(&instance->settings);
    free(instance);
    curl_global_cleanup();
}

/* Of hosts upper and lower case are the same too. */
int bb_account(struct sp_instance *instance, char *account, size_t size, struct sp_error *err)
{
    BB_AUTOFREE char *name = NULL, *folded = NULL;

    account[0] = '\0';
    if (!instance->settings.password)
        return SP_OK;
    if (asprintf(&name, "%s %s", instance->base.origin, instance->settings.username) < 0)
        name = NULL;
    folded = name ? bb_name_fold(name) : NULL;
    if (!folded)
        return bb_fail_memory(err);
    if (strlen(folded) >= size)
        return bb_fail(err, SP_ERR_INVALID, "the account's name is too long");
    strcpy(account, folded);
    return SP_OK;
}

CURLM *bb_instance_take_multi(struct sp_instance *instance)
{
    CURLM *multi = NULL;

    pthread_mutex_lock(&instance->gate.lock);
    if (instance->n_idle > 0)
        multi = instance->idle[--instance->n_idle];
    pthread_mutex_unlock(&instance->gate.lock);
    return multi ? multi : curl_multi_init();
}

void bb_instance_give_multi(struct sp_instance *instance, CURLM *multi)
{
    pthread_mutex_lock(&instance->gate.lock);
    if (instance->n_idle < BB_IDLE_MAX) {
        instance->idle[instance->n_idle++] = multi;
        multi = NULL;
    }
    pthread_mutex_unlock(&instance->gate.lock);
    curl_multi_cleanup(multi);
}

int64_t bb_instance_now_ms(const struct sp_instance *instance)
{
    const struct sp_host *host = instance->host;

    return host && SP_HAS(struct sp_host, host, now_ms) && host->now_ms
               ? host->now_ms(host->ctx)
               : (int64_t)time(NULL) * 1000;
}

void bb_log(const struct sp_instance *instance, enum sp_log_level level, const char *format,
            ...)
{
    char *line = NULL;
    va_list args;
    int length;

    if (!instance->host || !instance->host->log)
        return;
    va_start(args, format);
    length = vasprintf(&line, format, args);
    va_end(args);
    if (length < 0)
        return;
    /* A path may be one that a server has sent us to, with what it knows of us in it. */
    bb_secret_hide(&instance->secret, line, (size_t)length);
    bb_utf8_line(line);
    instance->host->log(instance->host->ctx, level, line);
    free(line);
}
