/* space.c - see space.h */
#include "space.h"

#include "store/job.h"

#include <stdio.h>
#include <sys/statvfs.h>

static const char *size_text(uint64_t bytes, char *text, size_t size)
{
    static const char *const units[] = {"KiB", "MiB", "GiB", "TiB"};
    double amount = (double)bytes / 1024;
    size_t at = 0;

    while (amount >= 1024 && at + 1 < sizeof units / sizeof *units) {
        amount /= 1024;
        at++;
    }
    snprintf(text, size, "%.4g %s", amount, units[at]);
    return text;
}

int sh_space_check(const struct sh_host *host, struct sp_error *err)
{
    const struct sh_configuration *configuration = &host->configuration;
    char free_text[32], least_text[32];
    struct statvfs disk;
    uint64_t left;

    /* A directory that cannot be asked about will tell its own error when it is written to. */
    if (statvfs(host->options.data, &disk))
        return SP_OK;
    left = (uint64_t)disk.f_bavail * disk.f_frsize;
    if (left >= configuration->min_free)
        return SP_OK;
    return sp_error_set(err, SH_ERR_PAUSED,
                        "imports are paused: %s are free in %s, less than min_free = %s (%s); "
                        "make room, or set min_free lower",
                        size_text(left, free_text, sizeof free_text), host->options.data,
                        size_text(configuration->min_free, least_text, sizeof least_text),
                        configuration->place);
}
