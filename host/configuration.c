/* configuration.c - see configuration.h */
#include "configuration.h"

#include "source_provider_host.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define GIB (UINT64_C(1) << 30)

#define INTERVAL_MAX_MS (INT64_C(1000) * 24 * 60 * 60 * 1000)

struct reader {
    FILE *file;
    const char *path;
    unsigned line;
    struct sh_configuration *out;
    struct sp_error *err;
};

/* fgets for libinih, which tells no line numbers. */
static char *read_line(char *buffer, int size, void *stream)
{
    struct reader *reader = stream;

    reader->line++;
    return fgets(buffer, size, reader->file);
}

/* Bytes, or with KiB, MiB, GiB, TiB behind; the B, or iB, may be missing. */
static int parse_size(const char *text, uint64_t *ret)
{
    static const char units[] = "KMGT";
    char *end = NULL;
    uint64_t number;
    const char *unit;
    unsigned shift = 0;

    errno = 0;
    number = strtoull(text, &end, 10);
    if (errno || !isdigit((unsigned char)*text))
        return -1;
    end += strspn(end, " ");
    unit = *end ? strchr(units, toupper((unsigned char)*end)) : NULL;
    if (unit) {
        shift = 10 * (unsigned)(unit - units + 1);
        end++;
        if (strcasecmp(end, "iB") == 0 || strcasecmp(end, "B") == 0)
            end += strlen(end);
    }
    if (*end || number > UINT64_MAX >> shift)
        return -1;
    *ret = number << shift;
    return 0;
}

/* "15 min", "1 h": seconds, minutes, hours or days; milliseconds. */
static int parse_interval(const char *text, int64_t *ret)
{
    static const struct {
        const char *name;
        int64_t ms;
    } units[] = {{"s", 1000}, {"min", 60000}, {"h", 3600000}, {"d", 86400000}};
    char *end = NULL;
    long number = strtol(text, &end, 10);

    end += strspn(end, " ");
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(end, units[i].name) == 0 && number > 0 &&
            number <= INTERVAL_MAX_MS / units[i].ms) {
            *ret = number * units[i].ms;
            return 0;
        }
    return -1;
}

static int fail(struct reader *reader, const char *section, const char *key, const char *value)
{
    bool is_interval = strcmp(key, "list_interval") == 0 || strcmp(key, "sync_interval") == 0;

    if (strcmp(section, "host") != 0)
        sp_error_set(reader->err, SP_ERR_INVALID,
                     "%s:%u: unknown section [%s]; there is [host]", reader->path, reader->line,
                     section);
    else if (is_interval)
        sp_error_set(reader->err, SP_ERR_INVALID,
                     "%s:%u: %s = %s is no interval; write one as 15 min, 1 h or 1 d",
                     reader->path, reader->line, key, value);
    else if (strcmp(key, "min_free") != 0)
        sp_error_set(reader->err, SP_ERR_INVALID,
                     "%s:%u: unknown key %s in [host]; there are min_free, list_interval and "
                     "sync_interval",
                     reader->path, reader->line, key);
    else
        sp_error_set(reader->err, SP_ERR_INVALID,
                     "%s:%u: min_free = %s is no size; write one as 1 GiB or 500 MiB",
                     reader->path, reader->line, value);
    return 0;
}

static int take(struct reader *reader, const char *key, const char *value)
{
    struct sh_configuration *out = reader->out;

    if (strcmp(key, "list_interval") == 0)
        return parse_interval(value, &out->pace.list_ms);
    if (strcmp(key, "sync_interval") == 0)
        return parse_interval(value, &out->pace.sync_ms);
    if (strcmp(key, "min_free") != 0)
        return -1;
    snprintf(out->place, sizeof out->place, "%s:%u", reader->path, reader->line);
    return parse_size(value, &out->min_free);
}

static int on_value(void *user, const char *section, const char *key, const char *value)
{
    struct reader *reader = user;

    if (reader->err->code)
        return 0;
    if (strcmp(section, "host") != 0 || take(reader, key, value))
        return fail(reader, section, key, value);
    return 1;
}

static int read_file(struct reader *reader)
{
    int line;

    reader->file = fopen(reader->path, "re");
    if (!reader->file)
        return errno == ENOENT ? SP_OK
                               : sp_error_set(reader->err, SP_ERR_INVALID, "%s: %s",
                                              reader->path, strerror(errno));
    line = ini_parse_stream(read_line, reader, on_value, reader);
    fclose(reader->file);
    if (line && !reader->err->code)
        sp_error_set(reader->err, SP_ERR_INVALID,
                     "%s:%d: this is neither [section] nor key = value", reader->path, line);
    return reader->err->code;
}

int sh_configuration_read(const char *directory, struct sh_configuration *ret,
                          struct sp_error *err)
{
    struct reader reader = {.out = ret, .err = err};
    char *path = NULL;
    int rc;

    sp_error_clear(err);
    if (asprintf(&path, "%s/source-host.conf", directory) < 0)
        return sp_error_set(err, SP_ERR_NOMEM, "out of memory");
    reader.path = path;
    *ret = (struct sh_configuration){.min_free = GIB, .pace = SH_PACE_DEFAULT};
    snprintf(ret->place, sizeof ret->place, "%s", path);
    rc = read_file(&reader);
    free(path);
    return rc;
}
